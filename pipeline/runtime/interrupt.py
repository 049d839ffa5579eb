"""Ctrl-C and SIGTERM end a command at a moment of its choosing, and soon enough for who sent them.

Whoever sends SIGTERM sends SIGKILL after a while (10 s in `docker stop`, 30 s in Kubernetes). Where the chosen moment
does not come in time, a thread ends the process: it hears of a signal by `signal.set_wakeup_fd`, since Python's own
handlers wait for the end of whatever TensorFlow is doing.
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
# Seconds from a signal to the end of the process, whatever it is doing.
DEADLINE = 8.0


class Interrupted(KeyboardInterrupt):
    """A signal came. Not `KeyboardInterrupt` itself: where that passes through Python code that C began, as in an
    import of TensorFlow, a program that was begun by `python -m` ends by SIGINT, whatever its exit code, caught or not.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback."""
        return rendered(self)


def interruptible(work: Callable[[Interrupts], int], said: str) -> int:
    """Do a command's work; its exit code, or the shell's for a signal that ended it, which is then said.

    Args:
        work: takes what hears of signals.
        said: on stderr where a signal ended the work.
    """
    with Interrupts(DEADLINE) as interrupts:
        try:
            with explained():
                return work(interrupts)
        except BaseException:
            if interrupts.received is None:
                raise
            say(said)
            return interrupts.exit_code


def called(work: Callable[[Interrupts], T], said: str) -> T:
    """Do a command's work for a function that Python code called; Ctrl-C ends it as it ends the command.

    The handler of SIGINT is put back in the end. In another thread than the main one there is none, since Python raises
    Ctrl-C in the main thread. SIGTERM is left to the caller, and the process is never ended.

    Args:
        work: takes what hears of signals.
        said: the error's message where Ctrl-C ended the work, unless `work` raised `Interrupted` with a message.

    Raises:
        Interrupted: Ctrl-C came.
    """
    with Interrupts(numbers=(signal.SIGINT,)) as interrupts:
        try:
            with explained():
                return work(interrupts)
        except BaseException as error:
            if interrupts.received is None:
                raise
            own = str(error) if isinstance(error, Interrupted) else ""
            raise Interrupted(own or said) from None


def _shared_with_a_person() -> bool:
    """Return whether the process is an interactive Python or a notebook's, with variables that must not be lost."""
    return hasattr(sys, "ps1") or in_ipython()


class Interrupts:
    """In this context SIGINT and SIGTERM raise `Interrupted`, or wait where `hold` was called.

    An exception that is raised anywhere may be lost, or come out as another: TensorFlow calls Python from C++. So who
    catches it looks at `received`, whatever came out.

    A signal that the process was started to ignore stays ignored, as Ctrl-C in a shell's background jobs. Outside the
    main thread no signal is heard, since Python delivers them there alone.

    Args:
        deadline: seconds after a signal when the process ends with its exit code, even held; `None`: never. In a
            notebook or an interactive Python the process goes on, with what the person has in it.
        numbers: the signals that are heard. In another thread than the main one none is, as Python allows.
    """

    def __init__(self, deadline: float | None = None, numbers: Sequence[int] = NUMBERS) -> None:
        self.received: int | None = None
        self.lost: Callable[[], str] = lambda: "nothing was saved"
        """Says, where the deadline ends the process, what that means; called in another thread."""
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
            os.close(self._wake)  # which ends the thread's reading
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
        """From here on signals wait."""
        self._held = True

    def release(self) -> None:
        """Signals are heard again.

        Raises:
            Interrupted: one came while they were held.
        """
        self._held = False
        self.check()

    def check(self) -> None:
        """Nothing, unless a signal came.

        Raises:
            Interrupted: one did.
        """
        if self.received is not None:
            raise Interrupted

    @property
    def exit_code(self) -> int:
        """The shell's code for what came: 130 after Ctrl-C, 143 after SIGTERM; 0 where nothing did."""
        return 0 if self.received is None else 128 + self.received
