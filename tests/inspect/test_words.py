"""Both languages say the same things with the same figures."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from pipeline.inspect.words import LANGUAGES, Words, byte_size
from pipeline.reports.file_faults import BROKEN, KINDS, Finding
from tests.support.places import ROOT

ROOM = ROOT / "pipeline" / "inspect"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_have_the_same_keys() -> None:
    assert LANGUAGES["en"].keys() == LANGUAGES["ko"].keys()


@pytest.mark.parametrize("key", LANGUAGES["en"])
def test_a_sentence_has_the_same_values_in_each_language(key: str) -> None:
    assert fields(LANGUAGES["en"][key]) == fields(LANGUAGES["ko"][key])


@pytest.mark.parametrize("key", [key for key in LANGUAGES["ko"] if key not in ("unknown", "percent")])
def test_korean_is_korean(key: str) -> None:
    assert re.search("[가-힣]", LANGUAGES["ko"][key])
    assert not re.search("[가-힣]", LANGUAGES["en"][key])


def sentences(file: Path) -> set[str]:
    """Every key that a module gives to `Sentence`, `Finding` or `_broken` as it stands."""
    place = {"Sentence": 0, "Finding": 1, "_broken": 1}
    found = set()
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in place:
            found |= {str(one.value) for one in call.args[place[call.func.id] :][:1] if isinstance(one, ast.Constant)}
    return found


def test_whatever_is_found_has_words_in_both_languages() -> None:
    found = set().union(*(sentences(file) for file in ROOM.glob("*.py")))
    assert {"name_taken", "too_many_pixels", "empty", "split_no_seed"} <= found
    for text in LANGUAGES.values():
        assert found <= text.keys()


def test_no_key_is_written_twice() -> None:
    for file in ("english.py", "korean.py"):
        (table,) = [node for node in ast.walk(ast.parse((ROOM / file).read_text())) if isinstance(node, ast.Dict)]
        keys = [key.value for key in table.keys if isinstance(key, ast.Constant)]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_a_name_and_a_meaning(lang: str) -> None:
    words = Words(lang)
    assert set(BROKEN) < set(KINDS)
    for kind in KINDS:
        assert words(f"kind_{kind}")
        assert "{" not in words.kind(kind)


def test_figures_get_separators_and_text_is_left_alone() -> None:
    assert Words("en")("and_more", count=12345).startswith("and 12,345 more")
    assert Words("en").why(Finding("tiny", "sides", {"width": 1200, "height": 5})) == "1,200×5 pixels"


def test_one_is_singular_and_every_other_number_is_not() -> None:
    words = Words("en")
    assert words("groups_surplus", count=1, surplus=1) == "1 group, 1 surplus file"
    assert words("groups_surplus", count=0, surplus=2000) == "0 groups, 2,000 surplus files"
    assert words("smaller", count=1, height=9, width=9) == "1 photo has a side smaller than 9×9 and is enlarged."


@pytest.mark.parametrize("key", LANGUAGES["en"])
def test_every_noun_behind_a_count_has_a_singular(key: str) -> None:
    counts = "count|files|steps|epochs|layers|parameters|examples|poolings|surplus|rest|whole|many"
    assert not re.search(rf"\{{({counts})\}} (\w+ )?[a-z]+s\b", LANGUAGES["en"][key])


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
    assert (Words("ko").split(name), Words("en").split(name)) == (korean, english)
    assert Words("ko").split("", "all") == "전체"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_unit_can_be_torn_from_its_number(lang: str) -> None:
    assert [text for text in LANGUAGES[lang].values() if re.search("[0-9}] (%|[KMG]?B)(?![a-z])", text)] == []


def test_korean_leaves_no_choice_of_particles_to_the_reader_and_calls_an_epoch_and_a_seed_by_one_name() -> None:
    text = "\n".join(LANGUAGES["ko"].values())
    assert not re.search(r"\((이|으|은|는|을|를|가|와|과)\)|에폭|번째 에포크", text)
    assert re.findall(r"(?<![(=])seed[는가의]", text) == []


def test_a_name_with_braces_is_no_placeholder() -> None:
    assert Words("ko")("cannot_open", detail="{count}{0}") == "열 수 없습니다: {count}{0}"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (45_200, "45.2 KB"), (67_500_000, "67.5 MB"), (123e9, "123 GB")]
)
def test_bytes_for_people(count: float, text: str) -> None:
    """And no line breaks between figure and unit."""
    assert byte_size(count) == text.replace(" ", "\u00a0")
