"""Write a number with its noun: "1 photo", "2,000 photos"."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, more: str = "") -> str:
    """Return a number with thousands separators, and its noun.

    Args:
        count: the number.
        one: the noun in the singular, such as "batch of 5".
        more: the noun in the plural, such as "batches of 5"; by default `one` with an "s".
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"
