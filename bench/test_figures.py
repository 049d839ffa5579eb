"""Measure the targets other than throughput: the time of `--help`, a scan of a million files, a cache's memory."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from bench.measure.places import ROOT
from bench.measure.session import Clock, Session
from bench.questions.cache_memory import VALUES, pairs
from bench.questions.scan import FILES, measure

CLOCK = Clock()
CACHED = 10_000  # photos


def _skip_quick(session: Session) -> None:
    if session.suite == "quick":
        pytest.skip("not in --quick")


def _note(benchmark: Any, figure: str, unit: str, values: list[float]) -> None:
    benchmark.group = "figures"
    benchmark.extra_info.update(kind="figure", figure=figure, unit=unit, values=values)


@pytest.mark.benchmark(timer=CLOCK)
def test_help(benchmark: Any, measured: Session) -> None:
    """Measure the seconds that `python -m pipeline.train --help` takes."""
    seconds = []
    for _ in range(6):
        begun = time.perf_counter()
        command = [sys.executable, "-m", "pipeline.train", "--help"]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - begun)
    CLOCK.replay(benchmark, seconds[1:])
    _note(benchmark, "help", "s", seconds[1:])


@pytest.fixture(scope="module")
def scans(measured: Session) -> list[dict[str, float]]:
    """The results of three scans of a million files."""
    _skip_quick(measured)
    return measure(FILES, 3)


@pytest.mark.benchmark(timer=CLOCK)
def test_scan_seconds(benchmark: Any, scans: list[dict[str, float]]) -> None:
    """Measure the seconds to list a million files."""
    assert all(one["files"] == FILES for one in scans)
    seconds = [one["seconds"] for one in scans]
    CLOCK.replay(benchmark, seconds)
    _note(benchmark, "scan", "s", seconds)


@pytest.mark.benchmark(timer=CLOCK)
def test_scan_memory(benchmark: Any, scans: list[dict[str, float]]) -> None:
    """Measure the peak megabytes of memory that such a scan takes."""
    CLOCK.replay(benchmark, [one["seconds"] for one in scans])
    _note(benchmark, "scan memory", "MB", [one["bytes"] / 1e6 for one in scans])


@pytest.mark.benchmark(timer=CLOCK)
def test_cache_growth(benchmark: Any, measured: Session) -> None:
    """Measure how memory grows with the cache in an epoch, minus the growth without it, over the images' bytes."""
    _skip_quick(measured)
    found = pairs("uint8", measured.folder, CACHED)
    CLOCK.replay(benchmark, [memory["seconds"] for memory, _ in found])
    size = CACHED * VALUES
    _note(benchmark, "cache growth", "", [(memory["epoch"] - none["epoch"]) / size for memory, none in found])
