"""Fonts that a test brings itself, while the machine's own are hidden from matplotlib."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

KOREAN = "Korean letters of a test"


@dataclasses.dataclass
class Machine:
    """A machine with no fonts but matplotlib's own, and those that are installed here.

    Args:
        folder: where fonts are installed.
    """

    folder: Path

    def install(self, letters: str, family: str = KOREAN) -> Path:
        """Put a font's file where a system keeps it; matplotlib's list of fonts does not change."""
        path = self.folder / f"{family}.ttf"
        _make(letters, family, path)
        return path

    def install_korean(self, texts: Iterable[str]) -> Path:
        """Install a font with the Hangul of these texts, and with no other letter."""
        return self.install("".join(re.findall("[가-힣]", "".join(texts))))


def alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Hide the machine's fonts from matplotlib until the test ends."""
    manager, find = font_manager.fontManager, font_manager.findSystemFonts
    own = [entry for entry in manager.ttflist if Path(mpl.get_data_path()) in Path(entry.fname).parents]
    monkeypatch.setattr(manager, "ttflist", own)
    monkeypatch.setattr(
        font_manager, "findSystemFonts", lambda fontpaths=None, fontext="ttf": find(fontpaths or [folder], fontext)
    )
    return Machine(folder)


def _make(letters: str, family: str, path: Path) -> None:
    """Write a font whose letters are bars of different heights."""
    letters = "".join(dict.fromkeys(letters))
    names = [".notdef", *(f"u{ord(c):05X}" for c in letters)]
    glyphs = {}
    for k, name in enumerate(names):
        pen = TTGlyphPen(None)
        height = 300 + 50 * (k % 11)
        pen.moveTo((100, 0))
        for corner in ((100, height), (700 - 40 * (k % 7), height), (700 - 40 * (k % 7), 0)):
            pen.lineTo(corner)
        pen.closePath()
        glyphs[name] = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(c): f"u{ord(c):05X}" for c in letters})
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics(dict.fromkeys(names, (800, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular"})
    font.setupOS2(usWeightClass=400)
    font.setupPost()
    font.save(path)
