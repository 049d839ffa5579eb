"""Tests of the facts about the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.measure import environment as module
from bench.measure.environment import environment, row
from tests.support.places import ROOT


def test_it_is_this_machine() -> None:
    facts = environment()
    assert facts["cores"] == len(os.sched_getaffinity(0))
    assert float(facts["memory_gb"]) * 1e9 <= psutil.virtual_memory().total + 1e8
    assert facts["python"] == platform.python_version()
    assert facts["processor"]


def test_versions_are_those_installed() -> None:
    import numpy as np

    facts = environment(("numpy", "no-such-distribution"))
    assert facts["numpy"] == np.__version__
    assert facts["no-such-distribution"] == "not installed"


def test_the_commit_is_the_checkout_s_and_a_change_is_marked(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e@x"]
        done = subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROOT", tmp_path)
        assert environment()["commit"] == "unknown"
        git("init", "-q")
        (tmp_path / "file").write_text("1")
        git("add", "file")
        git("commit", "-q", "-m", "one")
        commit = git("rev-parse", "--short", "HEAD")
        assert environment()["commit"] == commit
        (tmp_path / "file").write_text("2")
        assert environment()["commit"] == commit + "+"


def test_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, bench.measure.environment as e; e.environment(); "
        "print(*({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_it_is_one_line() -> None:
    assert row({"processor": "X", "cores": 2}) == "processor X, cores 2"
