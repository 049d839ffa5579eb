"""Both languages say the same things with the same figures."""

from __future__ import annotations

import re
import string

import pytest

from pipeline.evaluate.words import LANGUAGES, Words, decimals
from pipeline.reports.sentence import Sentence

# Are called so in Korean too, or are nothing but a value.
SAME = {"auc", "average_precision", "f1", "rmse", "r2", "percent", "examples", "source_folder"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(LANGUAGES["en"]) == list(LANGUAGES["ko"])


@pytest.mark.parametrize("key", LANGUAGES["en"])
def test_a_sentence_has_the_same_values_in_each_language(key: str) -> None:
    assert fields(LANGUAGES["en"][key]) == fields(LANGUAGES["ko"][key])
    assert bool(re.search("[가-힣]", LANGUAGES["ko"][key])) == (key not in SAME)
    assert not re.search("[가-힣]", LANGUAGES["en"][key])


def test_figures_as_people_write_them_and_no_line_breaks_them() -> None:
    english, korean = Words("en"), Words("ko")
    assert (decimals(0.71549), decimals(None)) == ("0.715", "–")
    assert (english.percent(0.7149), korean.percent(1)) == ("71.5\u00a0%", "100.0%")
    assert (english.points(0.3), korean.points(0.3)) == ("30.0 percentage points", "30.0%포인트")
    assert "1,234" in korean("mistakes_more", shown=25, count=1234)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_percent_sign_can_be_torn_from_its_number(lang: str) -> None:
    assert [text for text in LANGUAGES[lang].values() if re.search("[0-9}] %", text)] == []


def test_examples_are_called_what_they_are() -> None:
    """Photos have files; a data set's arrays have none."""
    source = Sentence("source_dataset", {"name": "digits"})
    said = [
        words("measured", run="r", source=words.say(source), examples=3)
        for words in (Words("en"), Words("ko"), Words("en", arrays=True), Words("ko", arrays=True))
    ]
    assert said == [
        "r, best epoch: measured on 3 photos from the data set digits",
        "r에서 가장 좋았던 에포크의 모델을 데이터 세트 digits의 사진 3장으로 재었습니다",
        "r, best epoch: measured on 3 pictures from the data set digits",
        "r에서 가장 좋았던 에포크의 모델을 데이터 세트 digits의 그림 3장으로 재었습니다",
    ]


@pytest.mark.parametrize("key", [key for key in LANGUAGES["ko"] if "{photos}" in LANGUAGES["ko"][key]])
def test_a_photo_takes_the_particles_of_a_final_consonant(key: str) -> None:
    """Both words end in one, so their particles are written out."""
    assert not re.search(r"\{photos\}(를|가 |는 |와 |로 )", LANGUAGES["ko"][key])


def test_korean_leaves_no_choice_of_particles_to_the_reader_and_calls_an_epoch_by_one_name() -> None:
    text = "\n".join(LANGUAGES["ko"].values())
    assert not re.search(r"\((이|으|은|는|을|를|가|와|과)\)", text)
    assert not re.search("에폭|번째 에포크|예시", text)
