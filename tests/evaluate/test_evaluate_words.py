"""Both languages say the same things with the same figures."""

from __future__ import annotations

import re
import string

import pytest

from pipeline.evaluate.words import LANGUAGES, Words, decimals, percent

SAME = {"auc", "average_precision", "f1", "rmse", "r2"}  # are called so in Korean too


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(LANGUAGES["en"]) == list(LANGUAGES["ko"])


@pytest.mark.parametrize("key", LANGUAGES["en"])
def test_a_sentence_has_the_same_values_in_each_language(key: str) -> None:
    assert fields(LANGUAGES["en"][key]) == fields(LANGUAGES["ko"][key])
    assert bool(re.search("[가-힣]", LANGUAGES["ko"][key])) == (key not in SAME)
    assert not re.search("[가-힣]", LANGUAGES["en"][key])


def test_figures_as_people_write_them() -> None:
    assert (percent(0.7149), percent(1), decimals(0.71549), decimals(None)) == ("71.5 %", "100.0 %", "0.715", "–")
    assert "1,234" in Words("ko")("mistakes_more", shown=25, count=1234)
