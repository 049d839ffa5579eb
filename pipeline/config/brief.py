"""A configuration in one line: the fields that differ from their defaults."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["Brief", "brief"]


def brief(config: Any) -> str:
    """Return `Name(field=value, ...)` of a dataclass; fields at their defaults are left out."""
    parts = []
    for field in dataclasses.fields(config):
        value, default = getattr(config, field.name), field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if value != default:
            parts.append(f"{field.name}={brief(value) if dataclasses.is_dataclass(value) else repr(value)}")
    return f"{type(config).__name__}({', '.join(parts)})"


class Brief:
    """A base of dataclasses whose value in a notebook is `brief`.

    `repr` stays complete: disk caches and the states of runs are known by it.
    """

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print it for IPython."""
        printer.text(brief(self))
