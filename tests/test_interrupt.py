"""Real signals to this very process: raised at once, or held until files are whole."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from pipeline.interrupt import Interrupts


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def send(number: int) -> None:
    """A signal to oneself has arrived when `os.kill` returns, and Python hears it before the next line."""
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
