"""Find installed fonts that can draw a text in a figure. Matplotlib's own font has no Hangul, Han or Thai."""

from __future__ import annotations

import dataclasses
import functools
import os
import unicodedata
from collections.abc import Iterable, Sequence

from pipeline.text.plain_text import shown

__all__ = [
    "OWN",
    "Fonts",
    "Names",
    "drawable",
    "families_for",
    "find_fonts",
    "letter_names",
    "package_for",
    "shortened",
]

# The font that comes with matplotlib.
OWN = "DejaVu Sans"
# Fonts that are tried first, in this order: they are made for reading, and common on Linux, macOS and Windows.
PREFERRED = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Nanum Gothic", "NanumGothic", "Apple SD Gothic Neo", "Malgun Gothic"),
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "NanumBarunGothic", "UnDotum", "Arial Unicode MS", "Unifont"),
)
# A font that draws a box with the script's name for every character.
NO_FONT = "Last Resort"
# Packages of Debian, Ubuntu and hosted notebooks, by the first word of a character's name in Unicode.
PACKAGES = {
    "HANGUL": "fonts-nanum",
    **dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "FULLWIDTH", "IDEOGRAPHIC"), "fonts-noto-cjk"),
}
FOR_SYMBOLS, FOR_OTHERS = "fonts-symbola", "fonts-noto-core"
SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))  # select a glyph's variant and have no glyph themselves


@dataclasses.dataclass(frozen=True)
class Fonts:
    """Font families for a text.

    Args:
        families: values for matplotlib's `font.family`; its own font comes first.
        missing: characters that no installed font has.
    """

    families: tuple[str, ...]
    missing: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Names:
    """Names in the form that a figure can show.

    Args:
        names: `drawable` names, or their numbers from 0 if `missing` is not empty.
        families: the font families that draw them.
        missing: characters of the given names that no installed font has.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    missing: frozenset[str]


def find_fonts(texts: Iterable[str]) -> Fonts:
    """Find the font families that together draw every character.

    Line ends and characters without a glyph need no font. If a character is missing, fonts that were installed after
    matplotlib made its list of fonts are added to the list and searched too.
    """
    wanted = {c for text in texts for c in text if _has_glyph(c)}
    found = _among_known(wanted)
    if found.missing and _add_new_fonts():
        found = _among_known(wanted)
    return found


def families_for(texts: Iterable[str]) -> list[str] | None:
    """Return the families of `find_fonts`; `None` if no installed font has one of the characters."""
    found = find_fonts(texts)
    return None if found.missing else list(found.families)


def letter_names(names: Sequence[str], also: Iterable[str] = ()) -> Names:
    """Make names drawable, or replace them by numbers if no installed font has their letters.

    Args:
        names: names, such as those of classes.
        also: other texts that the same fonts must draw.
    """
    texts, others = tuple(map(drawable, names)), list(also)
    found = find_fonts([*texts, *others])
    if not found.missing:
        return Names(texts, found.families, frozenset())
    alone = find_fonts(texts)
    if alone.missing:
        texts = tuple(str(number) for number in range(len(texts)))
    return Names(texts, find_fonts([*texts, *others]).families, alone.missing)


def drawable(name: str) -> str:
    """Return a name ready to be drawn: letters composed, control characters escaped, others without a glyph removed.

    macOS stores 강 in a file name as three characters, and few fonts have glyphs for them.
    """
    return shown(
        "".join(c for c in unicodedata.normalize("NFC", name) if _has_glyph(c) or unicodedata.category(c) == "Cc")
    )


def package_for(missing: Iterable[str]) -> str:
    """Return the packages of Debian, Ubuntu and hosted notebooks that contain fonts for these characters."""
    return " ".join(sorted({_package(c) for c in missing}))


def shortened(text: str, most: int) -> str:
    """Shorten a text to at most `most` characters by replacing its middle with "…"."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[: most - 1 - head]}…{text[len(text) - head :]}"


def _has_glyph(c: str) -> bool:
    return c != "\n" and unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") and ord(c) not in SELECTORS


def _package(c: str) -> str:
    script = unicodedata.name(c, "").partition(" ")[0]
    if script in PACKAGES:
        return PACKAGES[script]
    return FOR_SYMBOLS if unicodedata.category(c) in ("So", "Sk") else FOR_OTHERS


def _among_known(wanted: set[str]) -> Fonts:
    """Search the fonts in matplotlib's list."""
    paths = _paths()
    families = [OWN]
    missing = {ord(c) for c in wanted} - _characters(paths[OWN])
    for family in _candidates(paths):
        if not missing:
            break
        if missing & _characters(paths[family]):
            missing -= _characters(paths[family])
            families.append(family)
    return Fonts(tuple(families), frozenset(map(chr, missing)))


def _add_new_fonts() -> bool:
    """Add installed fonts that are missing from matplotlib's list; return whether there were any."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {os.path.realpath(entry.fname) for entry in manager.ttflist}
    count = len(manager.ttflist)
    for path in sorted(font_manager.findSystemFonts()):
        if os.path.realpath(path) not in known:
            try:
                manager.addfont(path)
            except Exception:  # noqa: BLE001 - FreeType raises errors of many types; matplotlib skips such files too
                continue
    return len(manager.ttflist) > count


def _paths() -> dict[str, str]:
    """Return the file of each installed family; its upright file of normal weight if there is one."""
    from matplotlib.font_manager import fontManager

    # Fonts may be added and removed at any time, so the list and the files are checked again.
    known = _sorted(tuple((one.name, one.style, one.weight, one.fname) for one in fontManager.ttflist))
    paths: dict[str, str] = {}
    for name, path in known:
        if name not in paths and os.path.exists(path):
            paths[name] = path
    return paths


@functools.lru_cache(maxsize=4)
def _sorted(entries: tuple[tuple[str, str, str | int, str], ...]) -> list[tuple[str, str]]:
    """Return the family and the file of each font, upright ones of normal weight first."""
    ordered = sorted(entries, key=lambda one: (one[1] != "normal", one[2] != 400, one[3]))
    return [(name, path) for name, _, _, path in ordered]


def _candidates(paths: dict[str, str]) -> Sequence[str]:
    names = [name for name in PREFERRED if name in paths]
    return [*names, *sorted(one for one in paths if one not in names and one != OWN and not one.startswith(NO_FONT))]


@functools.cache
def _characters(path: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # a missing or damaged font file draws nothing
        return frozenset()
