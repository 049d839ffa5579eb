"""The type of a command: its name, its line in the list of commands, its arguments and its work."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.runtime.interrupt import Interrupts, interruptible

__all__ = ["Command"]


@dataclasses.dataclass(frozen=True)
class Command:
    """A command `python -m pipeline.NAME`.

    Its folder is `pipeline/NAME`. `command.py` there states the command as `COMMAND`, and `__main__.py` runs it.
    `python -m pipeline` imports every `command.py` to list the commands, so that these modules import TensorFlow and
    other slow packages inside functions only.

    Args:
        name: the last part of `pipeline.NAME`.
        summary: one line that says what the command does.
        place: its position in the list of commands; smaller numbers come first.
        arguments: reads the arguments (`None`: those of the process) and returns what `run` takes. Raises
            `InputError` for wrong use, and `SystemExit` after `--help`.
        run: does the work and returns the exit code. It is given the arguments and the signals that end the work.
        interrupted: the line on stderr after a signal ended the work, or a function of the arguments that returns it.
            With `None`, `run` handles signals itself or leaves them to Python.
    """

    name: str
    summary: str
    place: int
    arguments: Callable[[Sequence[str] | None], Any]
    run: Callable[[Any, Interrupts], int]
    interrupted: str | Callable[[Any], str | None] | None = None

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Read the arguments, do the work, and return the exit code.

        Args:
            argv: the arguments; `None` means those of the process.

        Raises:
            InputError: wrong use or bad input.
            SystemExit: `--help` was given, and has been printed.
        """
        given = self.arguments(argv)
        message = self.interrupted(given) if callable(self.interrupted) else self.interrupted
        if message is None:
            return self.run(given, Interrupts(numbers=()))
        return interruptible(lambda interrupts: self.run(given, interrupts), message)
