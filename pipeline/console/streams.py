"""Parse simple arguments, and print answers to stdout as UTF-8. This module imports nothing slow."""

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

# The help text of the argument that names a trained model.
TRAINED = (
    "the folder of a training run, such as runs/first, or a .keras file of your own beside which data.save_options "
    "wrote the options of its data"
)
JSON = "--json"
JSON_HELP = (
    "print one JSON object and nothing else on stdout; where stdout is no terminal it is on the last line anyway"
)


class Parser(argparse.ArgumentParser):
    """A parser for commands without a configuration. Wrong use raises an `InputError` of one line.

    `~` at the beginning of an argument or of an option's value is the home folder, even where the shell does not
    replace it (`--output=~/pages`, or in quotes).
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the arguments with `~` replaced by the home folder; `parse_args` calls this."""
        return super().parse_known_args(
            [_expand_home(one) for one in (sys.argv[1:] if args is None else args)], namespace
        )

    def error(self, message: str) -> NoReturn:
        """Raise an `InputError` instead of printing the usage and exiting."""
        raise InputError(f"{message}; {self.prog} --help says how it is used")


def _expand_home(argument: str) -> str:
    """Return an argument with a leading `~` of its path replaced by the home folder."""
    if not argument.startswith("--"):
        return os.path.expanduser(argument)
    name, separator, value = argument.partition("=")
    return name + separator + os.path.expanduser(value)


CLOSED = "stdout is closed, and the answer goes there: leave it open, or send it to /dev/null"


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn errors of writing to stdout in this context into an `InputError`.

    Raises:
        InputError: stdout cannot be written to, for example because the disk is full.
        BrokenPipeError: the reader of stdout has ended.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"stdout cannot be written, and the answer goes there: {error.strerror or error}") from None


class Stdout:
    """Stdout for bytes. Its methods raise the errors of `answering`.

    If stdout is a text stream only, such as a notebook's or `io.StringIO`, the bytes are decoded, and bytes that are
    not UTF-8 are escaped.
    """

    def write(self, data: bytes) -> None:
        """Write all bytes, now or at the next flush."""
        with answering():
            buffer = getattr(_stdout(), "buffer", None)
            if buffer is None:
                _stdout().write(data.decode("utf-8", "backslashreplace"))
            else:
                buffer.write(data)

    def flush(self) -> None:
        """Flush what was written."""
        with answering():
            getattr(_stdout(), "buffer", _stdout()).flush()

    @property
    def is_terminal(self) -> bool:
        """Return whether stdout is a terminal."""
        return is_terminal(sys.stdout)


def _stdout() -> Any:
    if sys.stdout is None:
        raise InputError(CLOSED)
    return sys.stdout


def print_text(text: str) -> None:
    """Print text to stdout and flush it, in UTF-8 whatever the terminal's encoding is.

    Raises:
        InputError: stdout is closed or cannot be written to.
        BrokenPipeError: the reader of stdout has ended.
    """
    out = Stdout()
    out.write(text.encode("utf-8", "backslashreplace"))
    out.flush()


def print_json(record: Mapping[str, Any]) -> None:
    """Print one line of JSON to stdout; the errors are those of `print_text`."""
    print_text(json_text(record) + "\n")


def read_by_people() -> bool:
    """Return whether a person reads stdout: whether it is a terminal or a notebook's output."""
    return is_terminal(sys.stdout) or (in_ipython() and not hasattr(sys.stdout, "buffer"))


def print_answer(record: Mapping[str, Any], text: str = "", *, json: bool | None = None) -> None:
    """Print a command's answer: the text to people; the text and then one line of JSON to programs.

    Args:
        record: the answer as data.
        text: the answer for people; empty if it was printed to stderr.
        json: whether `--json` was given: then only JSON is printed, to people too.
    """
    if text and not json:
        print_text(text)
    if json or not read_by_people():
        print_json(record)
