"""Tests of measuring the memory of a process and its children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.measure.memory import MemoryUse, high_water, memory_use, process_tree, sampled

MB = 1 << 20
# Holds 200 MB. Its forked child shares all of it and adds 50 MB of its own; `drop` ends the child.
CODE = """
import json, os, sys
mine = bytearray(os.urandom(1 << 20) * 200)
read, write = os.pipe()
child = os.fork()
if child == 0:
    own = bytearray(os.urandom(1 << 20) * 50)
    os.write(write, b"x")
    sys.stdin.readline()
    os._exit(0)
os.read(read, 1)
print(json.dumps({"child": child}), flush=True)
os.waitpid(child, 0)
del mine
print("{}", flush=True)
sys.stdin.readline()
"""


@contextmanager
def _running() -> Iterator[tuple[subprocess.Popen[str], int]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", CODE], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["child"]
        process.kill()


def _next(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    process.stdout.readline()


def test_shared_pages_count_once_in_pss_and_twice_in_rss() -> None:
    with _running() as (process, child):
        assert process_tree(process.pid) == [process.pid, child]
        seen = memory_use(process.pid)
    assert seen.processes == 2
    assert 450 * MB < seen.rss < 520 * MB
    assert 250 * MB < seen.pss < 290 * MB


def test_the_high_water_mark_stays_where_it_was() -> None:
    with _running() as (process, _):
        before = high_water(process.pid)
        _next(process)
        assert memory_use(process.pid).rss < 60 * MB
        assert high_water(process.pid) > 200 * MB
    assert before > 450 * MB


def test_the_sampler_keeps_the_most() -> None:
    with _running() as (process, _), sampled(process.pid) as sampler:
        while sampler.peak.processes < 2:
            pass
        _next(process)
    assert sampler.peak.rss > 450 * MB
    assert sampler.peak.processes == 2


def test_a_process_that_has_ended_holds_nothing() -> None:
    done = subprocess.Popen(["true"])
    done.wait()
    assert process_tree(done.pid) == []
    assert memory_use(done.pid) == MemoryUse()
    assert high_water(done.pid) == 0


def test_a_process_without_children_has_one_member() -> None:
    with _running() as (_, child):
        assert process_tree(child) == [child]
        assert memory_use(child).processes == 1
        assert memory_use(os.getpid()).rss > 10 * MB


@pytest.mark.parametrize(("one", "other"), [(MemoryUse(1, 5, 1), MemoryUse(2, 3, 2))])
def test_most_is_of_each(one: MemoryUse, other: MemoryUse) -> None:
    assert one.most(other) == other.most(one) == MemoryUse(2, 5, 2)
