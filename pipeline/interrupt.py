"""Ctrl-C and SIGTERM end a fit, but never in the middle of writing its files."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

__all__ = ["Interrupts"]


class Interrupts:
    """In this context SIGINT and SIGTERM raise `KeyboardInterrupt`, or wait where `hold` was called.

    A signal that the process was started to ignore stays ignored, as Ctrl-C in a shell's background jobs.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._held = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself gave

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        if not self._held:
            raise KeyboardInterrupt

    def hold(self) -> None:
        """From here on signals wait."""
        self._held = True

    def release(self) -> None:
        """Signals are heard again.

        Raises:
            KeyboardInterrupt: one came while they were held.
        """
        self._held = False
        if self.received is not None:
            raise KeyboardInterrupt

    @property
    def exit_code(self) -> int:
        """The shell's code for what came: 130 after Ctrl-C, 143 after SIGTERM; 0 where nothing did."""
        return 0 if self.received is None else 128 + self.received
