"""Tests of starting, asking, halting and ending an arm's process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.measure.process import WorkerError, WorkerProcess

# Answers with the pid of a sleeping child. `fail` writes to stderr and ends the process.
MODULE = """
import json, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
print(json.dumps({"child": child.pid, "task": json.loads(sys.argv[1])}), flush=True)
for line in sys.stdin:
    if json.loads(line)["do"] == "fail":
        sys.exit("last words")
    print(line, end="", flush=True)
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    (tmp_path / "answering.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = WorkerProcess("answering", {"arm": "x"})
    yield started
    started.close()


def test_it_answers_what_it_is_asked(worker: WorkerProcess) -> None:
    assert worker.wait()["task"] == {"arm": "x"}
    assert worker.ask("draw", batches=3) == {"do": "draw", "batches": 3}


def _until(pid: int, *, is_stopped: bool) -> bool:
    """Wait until a process has stopped or continued, since a signal takes effect some time after it is sent."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (psutil.Process(pid).status() == psutil.STATUS_STOPPED) == is_stopped:
            return True
    return False


def test_it_is_halted_with_its_children_and_goes_on(worker: WorkerProcess) -> None:
    child = worker.wait()["child"]
    worker.stop()
    _, status = os.waitpid(worker.process.pid, os.WUNTRACED)
    assert os.WSTOPSIG(status) == signal.SIGSTOP
    assert _until(child, is_stopped=True)
    worker.go()
    assert worker.ask("draw")["do"] == "draw"
    assert _until(child, is_stopped=False)


def test_closing_ends_its_children_even_when_halted(worker: WorkerProcess) -> None:
    child = psutil.Process(worker.wait()["child"])
    worker.stop()
    worker.close()
    child.wait(timeout=30)
    assert worker.process.returncode == -signal.SIGKILL


def test_an_end_says_its_last_words(worker: WorkerProcess) -> None:
    worker.wait()
    with pytest.raises(WorkerError, match=r"answering.*ended:\s+last words"):
        worker.ask("fail")
    with pytest.raises(WorkerError):
        worker.ask("draw")


def test_silence_is_an_error(worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.wait()
    monkeypatch.setattr("bench.measure.process.PATIENCE", 0.05)
    worker.stop()
    with pytest.raises(WorkerError, match="gave no answer"):
        worker.ask("draw")
