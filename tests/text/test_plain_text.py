"""Printable names, sentences with numbers, and aligned columns."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.plain_text import aligned, sentence, shown

PAIRS = ["을/를", "이/가", "은/는", "과/와", "으로/로", "이라고/라고"]
SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


def test_names_that_cannot_be_printed_are_escaped() -> None:
    assert shown("caf\udce9.jpg") == "caf\\udce9.jpg"
    assert shown("a\nb\x1b[0m\u202ec 고양이 <b>") == "a\\nb\\x1b[0m\\u202ec 고양이 <b>"


def test_figures_get_separators_and_names_are_no_placeholders() -> None:
    assert sentence("{n} of {name}", n=12345, name="{n}") == "12,345 of {n}"
    assert sentence("{yes}", yes=True) == "True"


def test_columns_stand_below_each_other_in_any_script() -> None:
    assert aligned([["class", "n"], ["고양이", "12"], ["a", "3"]]) == ["class    n", "고양이  12", "a        3"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("곰", "“곰”을 곰이 곰은 곰과 곰으로 곰이라고"),
        ("강아지", "“강아지”를 강아지가 강아지는 강아지와 강아지로 강아지라고"),
        ("연필", "“연필”을 연필이 연필은 연필과 연필로 연필이라고"),
        ("cats", "“cats”을(를) cats이(가) cats은(는) cats과(와) cats(으)로 cats(이)라고"),
        ("", "“”을(를) 이(가) 은(는) 과(와) (으)로 (이)라고"),
        ("{#}을/를", "“{#}을/를”을 {#}을/를이 {#}을/를은 {#}을/를과 {#}을/를로 {#}을/를이라고"),
    ],
)
def test_a_particle_is_the_one_that_the_name_asks_for(name: str, said: str) -> None:
    template = "{n:“#”을/를} {n:#이/가} {n:#은/는} {n:#과/와} {n:#으로/로} {n:#이라고/라고}"
    assert sentence(template, n=name) == said


@given(st.text(), SYLLABLES, st.sampled_from(PAIRS))
def test_behind_hangul_stands_one_particle_and_it_goes_by_the_letters_of_the_last_syllable(
    before: str, last: str, pair: str
) -> None:
    """Handle syllables in decomposed form (NFD), in which macOS writes file names."""
    consonant, vowel = pair.split("/")
    letters = unicodedata.normalize("NFD", last)
    ends_in = letters[2:] if consonant != "으로" else letters[2:].replace("ᆯ", "")
    particle = consonant if ends_in else vowel
    for name in (before + last, before + letters):
        assert sentence(f"{{name:#{pair}}}", name=name) == name + particle


@given(
    st.text().filter(lambda name: not "가" <= unicodedata.normalize("NFC", name)[-1:] <= "힣"), st.sampled_from(PAIRS)
)
def test_behind_anything_else_stand_both(name: str, pair: str) -> None:
    said = sentence(f"{{name:#{pair}}}", name=name).removeprefix(name)
    consonant, vowel = pair.split("/")
    assert said.replace("(", "").replace(")", "") in (consonant + vowel, consonant)
    assert vowel in said
