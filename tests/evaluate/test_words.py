"""Sentences of an evaluation, and figures as people write them."""

from __future__ import annotations

import re

import pytest

from pipeline.evaluate.words import Words, decimals
from pipeline.text.messages import Sentence, catalog


def test_figures_as_people_write_them_and_no_line_breaks_them() -> None:
    english, korean = Words("en"), Words("ko")
    assert (decimals(0.71549), decimals(None)) == ("0.715", "–")
    assert (english.percent(0.7149), korean.percent(1)) == ("71.5\u00a0%", "100.0%")
    assert (english.points(0.3), korean.points(0.3)) == ("30.0 percentage points", "30.0%포인트")
    assert "1,234" in korean("mistakes_more", shown=25, count=1234)


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


@pytest.mark.parametrize("key", [key for key, text in catalog("ko", "evaluate").items() if "{photos}" in text])
def test_a_photo_takes_the_particles_of_a_final_consonant(key: str) -> None:
    """Both words end in one, so their particles are written out."""
    assert not re.search(r"\{photos\}(를|가 |는 |와 |로 )", catalog("ko", "evaluate")[key])
