"""A number with its noun: "1 photo", "2,000 photos"."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, more: str = "") -> str:
    """`count` with a thousands' separator and its noun.

    Args:
        count: how many.
        one: the noun where it is one, such as "batch of 5".
        more: where it is not, such as "batches of 5"; by default `one` with an "s" behind it.
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"
