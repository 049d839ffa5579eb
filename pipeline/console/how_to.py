"""Write the next step in a message: as a shell command, or as a Python call if a Python function was called."""

from __future__ import annotations

import contextlib
import contextvars
import shlex
from collections.abc import Iterator

__all__ = ["call", "option", "said_in_python"]

_IN_PYTHON = contextvars.ContextVar("in_python", default=False)


@contextlib.contextmanager
def said_in_python() -> Iterator[None]:
    """Let messages in this context name functions of `pipeline.commands` and their keywords."""
    token = _IN_PYTHON.set(True)
    try:
        yield
    finally:
        _IN_PYTHON.reset(token)


def call(name: str, *arguments: str, **options: str | bool) -> str:
    """Return `python -m pipeline.NAME ARGUMENTS --OPTION VALUE`, or the same as a call of `pipeline.commands`."""
    if _IN_PYTHON.get():
        keywords = [f"{option}={value!r}" for option, value in options.items()]
        return f"pipeline.commands.{name}({', '.join([*map(repr, arguments), *keywords])})"
    words = list(arguments)
    for option, value in options.items():
        words += [f"--{option}"] if value is True else [f"--{option}", str(value)]
    return " ".join([f"python -m pipeline.{name}", *map(shlex.quote, words)])


def option(name: str, value: str = "") -> str:
    """Return an option as `--GROUP.FIELD VALUE`, or as a keyword `GROUP={"FIELD": VALUE}`.

    Args:
        name: the option's dotted name.
        value: its value; "" for a flag. A value in capitals, such as `DIR`, is a placeholder and is not quoted.
    """
    if not _IN_PYTHON.get():
        return f"--{name} {value}".strip()
    group, _, field = name.rpartition(".")
    if not value.isupper():
        value = {"": "True", "true": "True", "null": "None"}.get(value, f'"{value}"')
    return f'{group}={{"{field}": {value}}}' if group else f"{field}={value}"
