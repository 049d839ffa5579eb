"""Format plain text for people: printable names, sentences with numbers in them, aligned columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["aligned", "few_of", "in_old_encoding", "padded", "places", "shown", "shown_size"]

# Encodings that Windows used before UTF-8, and letters that a text in that encoding contains.
OLD_ENCODINGS = (("cp949", "[가-힣]"), ("cp932", "[ぁ-ヿ]"), ("gb18030", "[一-鿿]"), ("cp1252", ""))


def in_old_encoding(data: bytes) -> tuple[str, str] | None:
    """Decode bytes that are not UTF-8 in the old encoding that fits best.

    Returns:
        The text and the name of the encoding; `None` if no encoding fits.
    """
    for encoding, letters in OLD_ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(letters, text):
            return text, encoding
    return None


def shown(name: str) -> str:
    """Return a file name as printable text; control characters and bytes that are not UTF-8 are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def few_of(names: Sequence[str], most: int = 20) -> str:
    """Return the first `most` names as text, separated by commas, and the number of the remaining ones."""
    more = [f"… (+{len(names) - most:,})"] if len(names) > most else []
    return ", ".join([*map(shown, names[:most]), *more])


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column aligned left, the others right. A Korean letter takes two places.

    Args:
        rows: the cells of each row; one row or more, all of the same length.
    """
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join("  " + " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def places(text: str) -> int:
    """Return the number of places that a text takes in a terminal; a Korean letter takes two."""
    return _width(text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces appended until it takes `width` places."""
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shown_size(count: float) -> str:
    """Return a number of bytes as text: "66 MB", "1.2 GB" (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
