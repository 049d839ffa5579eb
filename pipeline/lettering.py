"""Which installed fonts draw a text in a picture: matplotlib's own has no Hangul, no Han, no Thai."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

__all__ = ["OWN", "families_for", "shortened"]

# Comes with matplotlib.
OWN = "DejaVu Sans"
# Asked first, in this order: made for reading, and found on Linux, macOS and Windows.
PREFERRED = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Nanum Gothic", "NanumGothic", "Apple SD Gothic Neo", "Malgun Gothic"),
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "NanumBarunGothic", "UnDotum", "Arial Unicode MS", "Unifont"),
)
# Draws a box that names the script in place of every character.
NO_FONT = "Last Resort"


def families_for(texts: Iterable[str]) -> list[str] | None:
    """The font families that together draw every character, matplotlib's own first.

    Returns:
        for matplotlib's `font.family`; `None` where no installed font has one of the characters.
    """
    families = [OWN]
    missing = {ord(c) for text in texts for c in text} - _characters(_paths()[OWN])
    for family, path in _candidates():
        if not missing:
            break
        if missing & _characters(path):
            missing -= _characters(path)
            families.append(family)
    return None if missing else families


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters: its middle makes way."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[: most - 1 - head]}…{text[len(text) - head :]}"


@functools.cache
def _paths() -> dict[str, str]:
    """The file of each family that is installed, upright and of normal weight where there is one."""
    from matplotlib.font_manager import fontManager

    entries = sorted(fontManager.ttflist, key=lambda one: (one.style != "normal", one.weight != 400, one.fname))
    paths: dict[str, str] = {}
    for entry in entries:
        paths.setdefault(entry.name, entry.fname)
    return paths


def _candidates() -> Sequence[tuple[str, str]]:
    paths = _paths()
    names = [name for name in PREFERRED if name in paths]
    names += sorted(name for name in paths if name not in names and name != OWN and not name.startswith(NO_FONT))
    return [(name, paths[name]) for name in names]


@functools.cache
def _characters(path: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # a font's file that is gone or damaged draws nothing
        return frozenset()
