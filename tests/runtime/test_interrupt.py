"""Real signals to this process are raised at once, or held back until files are complete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.runtime.interrupt import Interrupts
from tests.support.places import ROOT


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def send(number: int) -> None:
    """Send a signal to this process; Python handles it before the next line."""
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_interrupts_and_gives_its_exit_code(number: int, code: int) -> None:
    with Interrupts() as interrupts:
        assert interrupts.exit_code == 0
        with pytest.raises(KeyboardInterrupt):
            send(number)
    assert interrupts.exit_code == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_held_signal_waits_for_the_release(number: int, code: int) -> None:
    with Interrupts() as interrupts:
        interrupts.hold()
        send(number)
        done = True
        with pytest.raises(KeyboardInterrupt):
            interrupts.release()
    assert done
    assert interrupts.exit_code == code


PASSING_THROUGH_C = """
import ctypes, sys
from pipeline.runtime.interrupt import Interrupts
with Interrupts() as interrupts:
    ctypes.pythonapi.PyRun_SimpleString(b"import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
sys.exit(interrupts.exit_code)
"""


def test_a_signal_in_code_that_c_began_leaves_the_exit_code_alone(tmp_path: Path) -> None:
    """Raise a subclass, since `python -m` would end by SIGINT after a `KeyboardInterrupt` there."""
    (tmp_path / "command.py").write_text(PASSING_THROUGH_C)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "command"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 143


def test_without_a_signal_a_release_is_nothing() -> None:
    with Interrupts() as interrupts:
        interrupts.hold()
        interrupts.release()
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            send(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert interrupts.exit_code == 0


# ---- the deadline

STUCK = """
import sys
from pipeline.runtime.interrupt import Interrupts
with Interrupts(0.2) as interrupts:
    interrupts.hold()
    interrupts.lost = lambda: "the last checkpoint is 개"
    print("ready", flush=True)
    {work}
"""
ENDLESS_IN_C = "import hashlib; hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)"
ENDLESS_IN_PYTHON = "while True: pass"


@pytest.mark.parametrize("work", [ENDLESS_IN_C, ENDLESS_IN_PYTHON])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_does_not_end_is_ended(number: int, code: int, work: str) -> None:
    """End the process even during a call that does not return, when Python's own handlers are not called."""
    pipe = subprocess.PIPE
    code_of_process = STUCK.format(work=work)
    with subprocess.Popen([sys.executable, "-c", code_of_process], cwd=ROOT, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        said = process.stderr.read().decode()
    assert process.returncode == code
    assert said == "\ninterrupted; not ended within 0.2 s: the last checkpoint is 개\n"


def test_what_ends_in_time_is_left_alone() -> None:
    with Interrupts(1000) as interrupts:
        interrupts.hold()
        send(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    assert interrupts.exit_code == 143
    assert signal.set_wakeup_fd(-1) == -1  # nothing is left behind
    assert "interrupts" not in [thread.name for thread in threading.enumerate()]


def test_other_signals_do_not_start_the_clock() -> None:
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
    try:
        with Interrupts(0) as interrupts:
            send(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (heard, interrupts.exit_code) == ([1], 0)
