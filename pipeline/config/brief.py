"""Print a configuration in one line: the fields that differ from their defaults."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["brief", "print_briefly"]


def brief(config: Any) -> str:
    """Return a dataclass as `Name(field=value, ...)` without the fields at their defaults."""
    parts = []
    for field in dataclasses.fields(config):
        value, default = getattr(config, field.name), field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if value != default:
            parts.append(f"{field.name}={brief(value) if dataclasses.is_dataclass(value) else repr(value)}")
    return f"{type(config).__name__}({', '.join(parts)})"


def print_briefly(config: Any, printer: Any, cycle: bool) -> None:
    """Print `brief` for IPython: the `_repr_pretty_` of each configuration.

    `repr` stays complete, because the keys of disk caches and the states of runs contain it. This is no base class,
    because jsonargparse would then accept subclasses in place of a configuration.
    """
    printer.text(brief(config))
