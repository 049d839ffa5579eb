"""Find the installed fonts that draw a text in a picture: matplotlib's own has no Hangul, no Han, no Thai."""

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

# Comes with matplotlib.
OWN = "DejaVu Sans"
# Asked first, in this order: made for reading, and found on Linux, macOS and Windows.
PREFERRED = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Nanum Gothic", "NanumGothic", "Apple SD Gothic Neo", "Malgun Gothic"),
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "NanumBarunGothic", "UnDotum", "Arial Unicode MS", "Unifont"),
)
# Draws a box that names the script in place of every character.
NO_FONT = "Last Resort"
# Packages of Debian, Ubuntu and hosted notebooks, by the first word of a character's name in Unicode.
PACKAGES = {
    "HANGUL": "fonts-nanum",
    **dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "FULLWIDTH", "IDEOGRAPHIC"), "fonts-noto-cjk"),
}
FOR_SYMBOLS, FOR_OTHERS = "fonts-symbola", "fonts-noto-core"
SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))  # of a glyph's variant; without a glyph of their own


@dataclasses.dataclass(frozen=True)
class Fonts:
    """Font families for a text.

    Args:
        families: for matplotlib's `font.family`, its own first.
        missing: characters that no installed font has.
    """

    families: tuple[str, ...]
    missing: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Names:
    """Names as a picture can show them.

    Args:
        names: `drawable` names; their numbers from 0 where `missing` is not empty.
        fonts: the families for the names that are drawn.
        missing: characters of the given names that no installed font has.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    missing: frozenset[str]


def find_fonts(texts: Iterable[str]) -> Fonts:
    """Find the font families that together draw every character.

    Line ends and characters without a glyph need no font. Fonts that were installed after matplotlib made its list of
    fonts are added to the list before a character is called missing.
    """
    wanted = {c for text in texts for c in text if _has_glyph(c)}
    found = _among_known(wanted)
    if found.missing and _add_new_fonts():
        found = _among_known(wanted)
    return found


def families_for(texts: Iterable[str]) -> list[str] | None:
    """Return the families of `find_fonts`; `None` where no installed font has one of the characters."""
    found = find_fonts(texts)
    return None if found.missing else list(found.families)


def letter_names(names: Sequence[str], also: Iterable[str] = ()) -> Names:
    """Make names drawable, or number them where no installed font has their letters.

    Args:
        names: such as those of classes.
        also: texts that the same fonts must draw.
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
    """Return a name as it is drawn: letters composed, control characters escaped, characters without a glyph removed.

    macOS stores 강 in a file's name as three characters, for which hardly a font has glyphs.
    """
    return shown(
        "".join(c for c in unicodedata.normalize("NFC", name) if _has_glyph(c) or unicodedata.category(c) == "Cc")
    )


def package_for(missing: Iterable[str]) -> str:
    """Name the package of Debian, Ubuntu and hosted notebooks that brings fonts for these characters."""
    return " ".join(sorted({_package(c) for c in missing}))


def shortened(text: str, most: int) -> str:
    """Shorten a text to at most so many characters: its middle makes way."""
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
    """Search the fonts that matplotlib's list names."""
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
    """Add fonts that are installed and not in matplotlib's list; say whether there were any."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {os.path.realpath(entry.fname) for entry in manager.ttflist}
    count = len(manager.ttflist)
    for path in sorted(font_manager.findSystemFonts()):
        if os.path.realpath(path) not in known:
            try:
                manager.addfont(path)
            except Exception:  # noqa: BLE001 - FreeType raises many kinds; matplotlib passes such files over, too
                continue
    return len(manager.ttflist) > count


def _paths() -> dict[str, str]:
    """Return the file of each family that is installed, upright and of normal weight where there is one."""
    from matplotlib.font_manager import fontManager

    # Fonts may be added and removed at any time, so the list and the files are looked at anew.
    known = _sorted(tuple((one.name, one.style, one.weight, one.fname) for one in fontManager.ttflist))
    paths: dict[str, str] = {}
    for name, path in known:
        if name not in paths and os.path.exists(path):
            paths[name] = path
    return paths


@functools.lru_cache(maxsize=4)
def _sorted(entries: tuple[tuple[str, str, str | int, str], ...]) -> list[tuple[str, str]]:
    """Return family and file of each font, upright ones of normal weight first."""
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
    except (OSError, RuntimeError):  # a font's file that is gone or damaged draws nothing
        return frozenset()
