"""An arm's process from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.entrant import Entrant, EntrantError

# Answers with the pid of a child that sleeps; `fail` ends it with words on stderr.
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
def entrant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entrant]:
    (tmp_path / "answering.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = Entrant("answering", {"arm": "x"})
    yield started
    started.close()


def test_it_answers_what_it_is_asked(entrant: Entrant) -> None:
    assert entrant.wait()["task"] == {"arm": "x"}
    assert entrant.ask("draw", batches=3) == {"do": "draw", "batches": 3}


def _until(pid: int, *, is_stopped: bool) -> bool:
    """Whether it comes to that: a signal sent is not yet a signal taken."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (psutil.Process(pid).status() == psutil.STATUS_STOPPED) == is_stopped:
            return True
    return False


def test_it_is_halted_with_its_children_and_goes_on(entrant: Entrant) -> None:
    child = entrant.wait()["child"]
    entrant.stop()
    _, status = os.waitpid(entrant.process.pid, os.WUNTRACED)
    assert os.WSTOPSIG(status) == signal.SIGSTOP
    assert _until(child, is_stopped=True)
    entrant.go()
    assert entrant.ask("draw")["do"] == "draw"
    assert _until(child, is_stopped=False)


def test_closing_ends_its_children_even_when_halted(entrant: Entrant) -> None:
    child = psutil.Process(entrant.wait()["child"])
    entrant.stop()
    entrant.close()
    child.wait(timeout=30)
    assert entrant.process.returncode == -signal.SIGKILL


def test_an_end_says_its_last_words(entrant: Entrant) -> None:
    entrant.wait()
    with pytest.raises(EntrantError, match=r"answering.*ended:\s+last words"):
        entrant.ask("fail")
    with pytest.raises(EntrantError):
        entrant.ask("draw")


def test_silence_is_an_error(entrant: Entrant, monkeypatch: pytest.MonkeyPatch) -> None:
    entrant.wait()
    monkeypatch.setattr("bench.entrant.PATIENCE", 0.05)
    entrant.stop()
    with pytest.raises(EntrantError, match="gave no answer"):
        entrant.ask("draw")
