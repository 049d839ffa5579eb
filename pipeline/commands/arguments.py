"""Turn Python keywords into the arguments of a command."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.config import checks

__all__ = ["to_arguments", "to_paths"]


def _text(name: str, value: Any) -> str:
    """Return a keyword's value as the text of an argument.

    Raises:
        InputError: the value is neither text, a path nor a number.
    """
    if isinstance(value, os.PathLike):
        return os.fsdecode(os.fspath(value))
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise checks.refusal(name, "text, a path or a number", value)


def to_arguments(positional: Mapping[str, Iterable[Any]], options: Mapping[str, Any]) -> list[str]:
    """Return the arguments for the command's parser, which applies the defaults and the checks.

    Args:
        positional: values by name.
        options: values by name. `None` and `False` leave an option out; `True` gives a flag.

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
    """Return a list of paths from one path or several.

    Raises:
        InputError: the value is neither a path nor a list of at least one path.
    """
    if isinstance(value, str | os.PathLike):
        return [value]
    listed = checks.listed(value)
    if not listed:
        raise checks.refusal(name, "a path or a list of paths", value)
    return list(listed)
