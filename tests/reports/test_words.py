"""Sentences about folders and files of photos."""

from __future__ import annotations

import pytest

from pipeline.reports.file_faults import BROKEN, KINDS, Finding
from pipeline.reports.words import FileWords, byte_size
from pipeline.text.messages import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_a_name_and_a_meaning(lang: str) -> None:
    words = FileWords(lang)
    assert set(BROKEN) < set(KINDS)
    for kind in KINDS:
        assert words(f"kind_{kind}")
        assert "{" not in words.kind(kind)


def test_figures_get_separators_and_text_is_left_alone() -> None:
    assert FileWords("en")("and_more", count=12345).startswith("and 12,345 more")
    assert FileWords("en").why(Finding("tiny", "sides", {"width": 1200, "height": 5})) == "1,200×5 pixels"


def test_one_is_singular_and_every_other_number_is_not() -> None:
    words = FileWords("en")
    assert words("groups_surplus", count=1, surplus=1) == "1 group, 1 surplus file"
    assert words("groups_surplus", count=0, surplus=2000) == "0 groups, 2,000 surplus files"
    assert words("smaller", count=1, height=9, width=9) == "1 photo has a side smaller than 9×9 and is enlarged."


@pytest.mark.parametrize(
    ("name", "korean", "english"),
    [
        ("Training", "학습용", "train"),
        ("val", "검증용", "validation"),
        ("test", "시험용", "test"),
        ("", "사진", "photos"),
        ("mine\n", "mine\\n", "mine\\n"),
    ],
)
def test_a_split_is_called_by_what_it_is_for(name: str, korean: str, english: str) -> None:
    assert (FileWords("ko").split(name), FileWords("en").split(name)) == (korean, english)
    assert FileWords("ko").split("", "all") == "전체"


def test_a_name_with_braces_is_no_placeholder() -> None:
    assert FileWords("ko")("cannot_open", detail="{count}{0}") == "열 수 없습니다: {count}{0}"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (45_200, "45.2 KB"), (67_500_000, "67.5 MB"), (123e9, "123 GB")]
)
def test_bytes_for_people(count: float, text: str) -> None:
    """And no line breaks between figure and unit."""
    assert byte_size(count) == text.replace(" ", "\u00a0")
