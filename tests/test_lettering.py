"""Fonts for the names in pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from pipeline.lettering import OWN, families_for, shortened


def drawn(text: str, families: list[str]) -> np.ndarray:
    with rc_context({"font.family": families}):
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.3, text, fontsize=30)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
    return np.asarray(Image.open(file).convert("L"))


def test_latin_needs_no_other_font() -> None:
    assert families_for(["cats", "café", "Ελλάδα"]) == [OWN]


def test_hangul_is_drawn_where_a_font_has_it() -> None:
    families = families_for(["고양이", "cats"])
    if families is None:
        pytest.skip("no installed font has Hangul")
    assert families[0] == OWN
    # Two syllables without a glyph are two equal boxes; drawn, they differ.
    assert (drawn("고", families) != drawn("양", families)).any()


def test_letters_that_no_font_has_are_told() -> None:
    assert families_for(["\U000f0001"]) is None


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
