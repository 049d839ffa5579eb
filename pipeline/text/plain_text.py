"""Text for people: names as they can be printed, figures in sentences, columns below each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["aligned", "few_of", "in_old_encoding", "padded", "places", "shown", "shown_size"]

# Encodings of files and archives that Windows made before UTF-8, and what a text has that was meant in them.
OLD_ENCODINGS = (("cp949", "[가-힣]"), ("cp932", "[ぁ-ヿ]"), ("gb18030", "[一-鿿]"), ("cp1252", ""))


def in_old_encoding(data: bytes) -> tuple[str, str] | None:
    """Return how bytes read that are not UTF-8, and the name of the encoding that they were meant in most likely."""
    for encoding, letters in OLD_ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(letters, text):
            return text, encoding
    return None


def shown(name: str) -> str:
    """A file's name as text: what cannot be printed, such as a byte that is no UTF-8, is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def few_of(names: Sequence[str], most: int = 20) -> str:
    """Return names as text: the first `most` of them, and how many more there are."""
    more = [f"… (+{len(names) - most:,})"] if len(names) > most else []
    return ", ".join([*map(shown, names[:most]), *more])


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns below each other, the first to the left; a Korean letter takes two places.

    Args:
        rows: one or more of the same length.
    """
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join("  " + " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def places(text: str) -> int:
    """Return how many places a terminal gives a text; a Korean letter takes two."""
    return _width(text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, up to so many places."""
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shown_size(count: float) -> str:
    """Bytes for people: 66 MB, 1.2 GB (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
