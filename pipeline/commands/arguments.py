"""Keywords of Python as the arguments of a command."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.config import checks

__all__ = ["to_arguments", "to_paths"]


def _text(name: str, value: Any) -> str:
    """A keyword's value as an argument of the command.

    Raises:
        InputError: it is neither text, a path nor a number.
    """
    if isinstance(value, os.PathLike):
        return os.fsdecode(os.fspath(value))
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise checks.refusal(name, "text, a path or a number", value)


def to_arguments(positional: Mapping[str, Iterable[Any]], options: Mapping[str, Any]) -> list[str]:
    """Return the arguments for the command's own parser, which has the defaults and the checks.

    Args:
        positional: values by name.
        options: values by name; `None` and `False` stand for an option that is not given, `True` for a flag.

    Raises:
        InputError: a value is neither text, a path nor a number.
    """
    arguments = []
    for name, value in options.items():
        if value is True:
            arguments.append(f"--{name}")
        elif value is not None and value is not False:
            arguments.append(f"--{name}={_text(name, value)}")
    return [*arguments, "--", *(_text(name, value) for name, values in positional.items() for value in values)]


def to_paths(name: str, value: Any) -> list[Any]:
    """Return one path, or several, as a list.

    Raises:
        InputError: it is neither, or an empty list.
    """
    if isinstance(value, str | os.PathLike):
        return [value]
    listed = checks.listed(value)
    if not listed:
        raise checks.refusal(name, "a path or a list of paths", value)
    return list(listed)
