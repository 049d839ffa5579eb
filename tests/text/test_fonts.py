"""Fonts for the names in images: the tests bring the fonts that they need and hide the machine's."""

from __future__ import annotations

import io
import unicodedata
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from PIL import Image

from pipeline.text.fonts import OWN, drawable, families_for, find_fonts, letter_names, package_for, shortened
from tests.support.fonts import KOREAN

if TYPE_CHECKING:
    from tests.support.fonts import Machine


def drawn(text: str, families: list[str]) -> np.ndarray:
    with rc_context({"font.family": families}), warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that is missing is only warned of
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.3, text, fontsize=30)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
    return np.asarray(Image.open(file).convert("L"))


@pytest.mark.parametrize("text", ["cats", "café", "Ελλάδα", "two\nlines", "$x_1$", "\u200b\ufeff\u202ecats", "x\u0302"])
def test_what_matplotlib_s_own_font_draws_needs_no_other(machine: Machine, text: str) -> None:
    machine.install_korean("고양이")
    assert families_for([text]) == [OWN]


def test_hangul_is_drawn_by_a_font_that_has_no_other_letter(machine: Machine) -> None:
    """Ignore line ends, which have no glyph in most fonts."""
    machine.install_korean("고양이")
    families = families_for(["고양이", "cats\n고양이"])
    assert families == [OWN, KOREAN]
    # Two syllables without a glyph are two equal boxes; drawn, they differ.
    assert (drawn("고", families) != drawn("양", families)).any()


def test_a_font_that_was_installed_after_matplotlib_made_its_list_is_found(machine: Machine) -> None:
    assert families_for(["고양이"]) is None
    machine.install_korean("고양이")
    assert families_for(["고양이"]) == [OWN, KOREAN]
    assert drawn("고", [OWN, KOREAN]).min() < 100


def test_a_font_that_a_notebook_adds_itself_is_found(machine: Machine) -> None:
    assert families_for(["강"]) is None
    machine.folder = machine.folder.parent  # not where a system keeps fonts
    font_manager.fontManager.addfont(machine.install("강", "added by hand"))
    assert families_for(["강"]) == [OWN, "added by hand"]


def test_damaged_and_removed_fonts_are_passed_over(machine: Machine) -> None:
    (machine.folder / "a damaged one.ttf").write_bytes(b"no font")
    removed = machine.install("강", "removed")
    assert families_for(["강"]) == [OWN, "removed"]
    removed.unlink()
    assert families_for(["강"]) is None


def test_letters_that_no_font_has_are_told_with_a_package_that_brings_them(machine: Machine) -> None:
    assert families_for(["\U000f0001"]) is None
    assert find_fonts(["고양이 cats", "猫"]).missing == frozenset("고양이猫")
    assert package_for("고양이") == "fonts-nanum"
    assert package_for("猫かカ") == "fonts-noto-cjk"
    assert package_for("가ก\U0001fae0") == "fonts-nanum fonts-noto-core fonts-symbola"


def test_names_become_numbers_only_where_their_own_letters_are_missing(machine: Machine) -> None:
    machine.install_korean("고양이")
    assert letter_names(("고양이", "cats")).names == ("고양이", "cats")
    assert letter_names(("고양이", "猫")).names == ("0", "1")
    found = letter_names(("고양이", "cats"), ["정확도"])
    assert (found.names, found.missing) == (("고양이", "cats"), frozenset())
    assert found.families == (OWN, KOREAN)


def test_a_name_is_drawn_composed_and_without_what_has_no_glyph(machine: Machine) -> None:
    machine.install_korean("강아지")
    stored = unicodedata.normalize("NFD", "강아지")  # as macOS has it in a file's name
    assert len(stored) > 3
    assert letter_names((stored,)).names == ("강아지",)
    assert drawable("a\u200db\ufe0f\u202ec\u00ad") == "abc"
    assert drawable("line\nend\t") == "line\\nend\\t"
    assert drawable("\udcb0") == "\\udcb0"  # a byte that is no UTF-8


@given(st.text(max_size=60), st.integers(3, 40))
def test_a_shortened_text_keeps_its_ends(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    if len(text) <= most:
        assert short == text
    else:
        head, tail = short.split("…", 1) if "…" not in text else (short[:1], short[-1:])
        assert text.startswith(head)
        assert text.endswith(tail)
