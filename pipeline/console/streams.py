"""What commands share: wrong use is one line, and answers go to stdout as UTF-8. Nothing heavy is imported."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pipeline.errors import InputError
from pipeline.runtime.notebook import in_ipython
from pipeline.runtime.progress import is_terminal
from pipeline.text.json_text import json_text

__all__ = ["TRAINED", "Parser", "Stdout", "answering", "print_answer", "print_json", "print_text", "read_by_people"]

# What the commands after training take.
TRAINED = (
    "the folder of a training run, such as runs/first, or a .keras file of your own beside which data.save_options "
    "wrote the options of its data"
)
JSON = "--json"
JSON_HELP = (
    "print one JSON object and nothing else on stdout; where stdout is no terminal it is on the last line anyway"
)


class Parser(argparse.ArgumentParser):
    """For commands without a configuration: wrong use is an `InputError`, one line as everywhere in this package.

    `~` at the beginning of an argument or of an option's value is the home folder, also where a shell leaves it alone
    (`--output=~/pages`, or in quotes).
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse with the home folder in place of `~`; `parse_args` calls this."""
        return super().parse_known_args([_at_home(one) for one in (sys.argv[1:] if args is None else args)], namespace)

    def error(self, message: str) -> NoReturn:
        """Instead of the usage and an exit."""
        raise InputError(f"{message}; {self.prog} --help says how it is used")


def _at_home(argument: str) -> str:
    """Return the argument with its path in the home folder, where it begins with `~`."""
    if not argument.startswith("--"):
        return os.path.expanduser(argument)
    name, separator, value = argument.partition("=")
    return name + separator + os.path.expanduser(value)


CLOSED = "stdout is closed, and the answer goes there: leave it open, or send it to /dev/null"


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """What is written to stdout in this context is delivered, or it is said why not.

    Raises:
        InputError: it cannot be written to, such as where the disk is full.
        BrokenPipeError: its reader has left.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"stdout cannot be written, and the answer goes there: {error.strerror or error}") from None


class Stdout:
    """Stdout for bytes; each method raises what `answering` does.

    A stream of text alone, such as a notebook's or `io.StringIO`, gets the text; a byte that is no UTF-8 is escaped.
    """

    def write(self, data: bytes) -> None:
        """Write all of it, now or at the next flush."""
        with answering():
            buffer = getattr(_stdout(), "buffer", None)
            if buffer is None:
                _stdout().write(data.decode("utf-8", "backslashreplace"))
            else:
                buffer.write(data)

    def flush(self) -> None:
        """Deliver what was written."""
        with answering():
            getattr(_stdout(), "buffer", _stdout()).flush()

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches it."""
        return is_terminal(sys.stdout)


def _stdout() -> Any:
    if sys.stdout is None:
        raise InputError(CLOSED)
    return sys.stdout


def print_text(text: str) -> None:
    """To stdout, before what follows on stderr: UTF-8 whatever the terminal's encoding; what that lacks is escaped."""
    out = Stdout()
    out.write(text.encode("utf-8", "backslashreplace"))
    out.flush()


def print_json(record: Mapping[str, Any]) -> None:
    """One line of JSON to stdout."""
    print_text(json_text(record) + "\n")


def read_by_people() -> bool:
    """Return whether stdout is a terminal or a notebook's, where a person reads it, and no file or program."""
    return is_terminal(sys.stdout) or (in_ipython() and not hasattr(sys.stdout, "buffer"))


def print_answer(record: Mapping[str, Any], text: str = "", *, json: bool | None = None) -> None:
    """Print a command's answer: to people the text, to programs the text and one line of JSON behind it.

    Args:
        record: the answer.
        text: the same for people; empty where stderr has it.
        json: what `--json` says: JSON alone, wherever it goes.
    """
    if text and not json:
        print_text(text)
    if json or not read_by_people():
        print_json(record)
