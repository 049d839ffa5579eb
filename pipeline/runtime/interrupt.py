"""Handle Ctrl-C and SIGTERM: a command ends at a moment that it chooses, but within a deadline.

SIGTERM is followed by SIGKILL after some time (10 s in `docker stop`, 30 s in Kubernetes). If the command does not end
before that, a thread ends the process. The thread learns of the signal through `signal.set_wakeup_fd`, because Python
runs its own signal handlers only when TensorFlow returns.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import TypeVar

from pipeline.errors import rendered
from pipeline.files.shortage import explained
from pipeline.runtime.notebook import in_ipython
from pipeline.runtime.progress import say

__all__ = ["DEADLINE", "Interrupted", "Interrupts", "called", "interruptible"]

T = TypeVar("T")

NUMBERS = (signal.SIGINT, signal.SIGTERM)
# Seconds after a signal at which the process is ended.
DEADLINE = 8.0


class Interrupted(KeyboardInterrupt):
    """The exception that a signal raises.

    It is a subclass because `KeyboardInterrupt` itself has a side effect: if it passes through Python code that was
    called from C, as in an import of TensorFlow, a program started by `python -m` ends by SIGINT even if it catches the
    exception.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback."""
        return rendered(self)


def interruptible(work: Callable[[Interrupts], int], message: str) -> int:
    """Do a command's work and return its exit code, or the shell's exit code for a signal that ended the work.

    Args:
        work: the work; it is given the handler of the signals.
        message: the line that is printed if a signal ended the work.

    Raises:
        InputError: the disk is full, there is not enough memory, or `work` raised it.
    """
    with Interrupts(DEADLINE) as interrupts:
        try:
            with explained():
                return work(interrupts)
        except BaseException:
            if interrupts.received is None:
                raise
            say(message)
            return interrupts.exit_code


def called(work: Callable[[Interrupts], T], message: str) -> T:
    """Do a command's work inside a Python function; Ctrl-C ends it as it ends the command.

    The previous handler of SIGINT is restored at the end. Outside the main thread no signal is handled, because Python
    delivers signals to the main thread only. SIGTERM is left to the caller, and the process is never ended.

    Args:
        work: the work; it is given the handler of the signals.
        message: the message of the error after Ctrl-C, unless `work` raised `Interrupted` with a message.

    Returns:
        The result of `work`.

    Raises:
        Interrupted: Ctrl-C was pressed.
    """
    with Interrupts(numbers=(signal.SIGINT,)) as interrupts:
        try:
            with explained():
                return work(interrupts)
        except BaseException as error:
            if interrupts.received is None:
                raise
            own = str(error) if isinstance(error, Interrupted) else ""
            raise Interrupted(own or message) from None


def _shared_with_a_person() -> bool:
    """Return whether the process is an interactive Python or a notebook, whose variables must not be lost."""
    return hasattr(sys, "ps1") or in_ipython()


class Interrupts:
    """A context in which SIGINT and SIGTERM raise `Interrupted`, or are held back after `hold` was called.

    TensorFlow calls Python from C++, where an exception may be lost or replaced by another one. Therefore code that
    catches exceptions checks `received`, whatever the exception was.

    A signal that the process ignored before, such as Ctrl-C in a shell's background job, stays ignored. Outside the
    main thread no signal is handled, because Python delivers signals to the main thread only.

    Args:
        deadline: seconds after a signal at which the process is ended with the signal's exit code, even if signals are
            held back; `None` for never. A notebook or an interactive Python is never ended.
        numbers: the signals that are handled.
    """

    def __init__(self, deadline: float | None = None, numbers: Sequence[int] = NUMBERS) -> None:
        self.received: int | None = None
        self.lost: Callable[[], str] = lambda: "nothing was saved"
        """Returns what is lost if the deadline ends the process, for the message; called in another thread."""
        main = threading.current_thread() is threading.main_thread()
        self._numbers = tuple(numbers) if main else ()
        self._deadline = deadline if main and not _shared_with_a_person() else None
        self._held = False
        self._watch: threading.Thread | None = None
        self._before: dict[int, object] = {}
        self._done = threading.Event()

    def __enter__(self) -> Interrupts:
        for number in self._numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)
        if self._deadline is not None:
            self._heard, self._wake = os.pipe()
            os.set_blocking(self._wake, False)
            self._wake_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
            self._watch = threading.Thread(target=self._wait, args=(self._deadline,), name="interrupts", daemon=True)
            self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._done.set()
            signal.set_wakeup_fd(self._wake_before)
            os.close(self._wake)  # this ends the thread's read
            self._watch.join()
            os.close(self._heard)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself gave

    def _wait(self, deadline: float) -> None:
        while data := os.read(self._heard, 1):
            number = data[0]
            if number in self._before and not self._done.wait(deadline):
                line = f"\ninterrupted; not ended within {deadline:g} s: {self.lost()}\n"
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, line.encode(errors="backslashreplace"))
                os._exit(128 + number)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        if not self._held:
            raise Interrupted

    def hold(self) -> None:
        """Hold signals back from now on."""
        self._held = True

    def release(self) -> None:
        """Let signals raise `Interrupted` again.

        Raises:
            Interrupted: a signal came while signals were held back.
        """
        self._held = False
        self.check()

    def check(self) -> None:
        """Raise `Interrupted` if a signal came.

        Raises:
            Interrupted: a signal came.
        """
        if self.received is not None:
            raise Interrupted

    @property
    def exit_code(self) -> int:
        """Return the shell's exit code for the signal: 130 after Ctrl-C, 143 after SIGTERM, 0 without a signal."""
        return 0 if self.received is None else 128 + self.received
