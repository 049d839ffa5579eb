"""Read the fields of one row of the JSON, and check their types."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bench.arms.cells import CENTRE, Cell
from pipeline.config import checks
from pipeline.errors import InputError

__all__ = ["Fields", "as_mapping"]


class Fields:
    """The fields of one `extra_info`. Errors name the file and the test."""

    def __init__(self, where: str, info: Mapping[str, Any]) -> None:
        self.where = where
        self.info = info

    def refusal(self, field: str, allowed: str) -> InputError:
        """Return the error for a field with a value that is not allowed."""
        return checks.refusal(f"{self.where}: {field}", allowed, self.info.get(field))

    def text(self, field: str) -> str:
        """Return a text that is not empty."""
        if isinstance(self.info.get(field), str) and self.info[field]:
            return str(self.info[field])
        raise self.refusal(field, "a text")

    def rates(self, field: str) -> tuple[float, ...]:
        """Return a list of positive figures, at least one, since they are used as divisors."""
        values = self.info.get(field)
        if isinstance(values, list) and values and all(checks.is_finite(value) and value > 0 for value in values):
            return tuple(float(value) for value in values)
        raise self.refusal(field, "a list of positive numbers, at least one")

    def numbers(self, field: str) -> tuple[float, ...]:
        """Return a list of finite figures, at least one."""
        values = self.info.get(field)
        if isinstance(values, list) and values and all(checks.is_finite(value) for value in values):
            return tuple(float(value) for value in values)
        raise self.refusal(field, "a list of numbers, at least one")

    def maybe_rates(self, field: str) -> tuple[float, ...]:
        """Return a list of positive figures, or none if the field is missing."""
        return self.rates(field) if self.info.get(field) else ()

    def maybe(self, field: str) -> float | None:
        """Return a figure, or `None` if it was not measured."""
        value = self.info.get(field)
        if value is None or checks.is_finite(value):
            return None if value is None else float(value)
        raise self.refusal(field, "a number or null")

    def integer(self, field: str) -> int:
        """Return an integer."""
        value = self.info.get(field)
        if checks.is_integer(value):
            return int(self.info[field])
        raise self.refusal(field, "an integer")

    def mapping(self, field: str) -> Mapping[str, Any]:
        """Return a mapping, which is empty if the field is missing."""
        value = self.info.get(field)
        if value is None or isinstance(value, dict):
            return value or {}
        raise self.refusal(field, "a mapping")

    def cell(self) -> Cell:
        """Return the point. Missing fields are those of the central point."""
        fields = self.mapping("cell")
        defaults = dataclasses.asdict(CENTRE)
        for name, value in fields.items():
            alike = isinstance(value, type(defaults.get(name))) or (name == "megapixels" and checks.is_finite(value))
            if name not in defaults or not alike:
                raise self.refusal("cell", f"a mapping of {', '.join(defaults)}")
        return Cell(**{**defaults, **fields})

    def searched(self) -> tuple[tuple[Mapping[str, Any], float | None], ...]:
        """Return the settings that were tried, with their images a second or `None`."""
        entries = self.info.get("searched") or []
        if isinstance(entries, list) and all(isinstance(entry, list) and len(entry) == 2 for entry in entries):
            return tuple((as_mapping(setting), rate if checks.is_finite(rate) else None) for setting, rate in entries)
        raise self.refusal("searched", "a list of [setting, images a second]")


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one for any other value."""
    return value if isinstance(value, dict) else {}
