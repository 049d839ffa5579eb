"""The catalogues: complete, with the same values in each language, and every sentence is used."""

from __future__ import annotations

import ast
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.messages import LANGUAGES, Language, Sentence, catalog, sentence
from tests.support.places import ROOT

FOLDER = ROOT / "pipeline" / "text" / "catalogs"
CATALOGS: dict[str, dict[str, dict[str, str]]] = {
    language: tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")) for language in LANGUAGES
}
KEYS = [(table, key) for table, texts in CATALOGS["en"].items() for key in texts]
# Are called so in Korean too, or are nothing but a value.
SAME = {"auc", "average_precision", "f1", "rmse", "r2", "percent", "examples", "source_folder", "unknown"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_language_has_the_same_tables_and_keys_in_the_same_order() -> None:
    english, *others = ([(table, list(texts)) for table, texts in CATALOGS[one].items()] for one in LANGUAGES)
    for other in others:
        assert other == english


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_a_sentence_is_there_in_its_language_with_the_same_values(table: str, key: str) -> None:
    english, korean = CATALOGS["en"][table][key], CATALOGS["ko"][table][key]
    assert english.strip() == english != ""
    assert korean.strip() == korean != ""
    assert fields(english) == fields(korean)
    assert not re.search("[가-힣]", english)
    assert re.search("[가-힣]", korean) or key in SAME or not re.sub(r"\{\w+\}", "", english)


def constants() -> Iterator[str]:
    """Every text in the package's code that may be a key; a text with values in it as a regular expression."""
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"\w+" for one in node.values]
                if re.search("[a-z]", "".join(parts).replace(r"\w+", "")):
                    yield "".join(parts)
    for path in (ROOT / "pipeline").rglob("*.html"):
        template = path.read_text("utf-8")
        yield from re.findall(r'"(\w+)"', template)
        yield from (rf"{beginning}\w+" for beginning in re.findall(r'"(\w+_)" ~', template))


def test_every_sentence_is_used() -> None:
    used = re.compile("|".join({f"(?:{one})" for one in constants() if len(one) < 60}))
    assert [f"{table}.{key}" for table, key in KEYS if not used.fullmatch(key)] == []


def said(path: str) -> Iterator[str]:
    """Every key that a module gives to `Sentence`, `Finding` or `_broken` as it stands."""
    place = {"Sentence": 0, "Finding": 1, "_broken": 1}
    for call in ast.walk(ast.parse((ROOT / "pipeline" / path).read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in place:
            yield from (str(one.value) for one in call.args[place[call.func.id] :][:1] if isinstance(one, ast.Constant))


@pytest.mark.parametrize(("folder", "tables"), [("inspect", ("inspect", "network")), ("reports", ("inspect",))])
def test_every_sentence_that_is_said_is_there(folder: str, tables: tuple[str, ...]) -> None:
    paths = [path.relative_to(ROOT / "pipeline") for path in (ROOT / "pipeline" / folder).glob("*.py")]
    found = {key for path in paths for key in said(str(path))}
    assert found
    assert found - catalog("en", *tables).keys() == set()


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_every_noun_behind_a_count_has_a_singular(table: str, key: str) -> None:
    counts = "count|files|steps|epochs|layers|parameters|poolings|surplus|rest|whole|many"
    assert key == "classes_more" or not re.search(rf"\{{({counts})\}} ([a-z]+ )?[a-z]+s\b", CATALOGS["en"][table][key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_unit_can_be_torn_from_its_number(language: str) -> None:
    for texts in CATALOGS[language].values():
        assert [text for text in texts.values() if re.search("[0-9}] (%|[KMG]?B)(?![a-z])", text)] == []


def test_korean_leaves_no_choice_of_particles_to_the_reader_and_has_one_name_for_one_thing() -> None:
    text = "\n".join(text for texts in CATALOGS["ko"].values() for text in texts.values())
    assert not re.search(r"\((이|으|은|는|을|를|가|와|과)\)|에폭|예시", text)
    assert re.findall(r"(?<![(=])seed[는가의]", text) == []


PAIRS = re.compile(r"\{\w+:[^{}]*?([가-힣]+)/([가-힣]+)\}")
PARTICLES = {("을", "를"), ("은", "는"), ("이", "가"), ("과", "와"), ("으로", "로"), ("이라고", "라고"), ("이라", "라")}


def test_pairs_of_particles_are_those_of_the_language() -> None:
    for texts in CATALOGS["ko"].values():
        for text in texts.values():
            assert set(PAIRS.findall(text)) <= PARTICLES, text


# ---- how values are set in

PARTICLE_PAIRS = ["을/를", "이/가", "은/는", "과/와", "으로/로", "이라고/라고"]
SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


def test_figures_get_separators_and_names_are_no_placeholders() -> None:
    assert sentence("{n} of {name}", n=12345, name="{n}") == "12,345 of {n}"
    assert sentence("{yes}", yes=True) == "True"


def test_a_language_says_a_sentence_with_its_values() -> None:
    class Words(Language):
        tables = ("unreadable",)

    assert Words("en").say(Sentence("damaged", {"detail": "x"})) == "damaged: x"
    assert Words("ko")("damaged", detail="x") == "손상되었습니다: x"
    assert Words("en").texts == CATALOGS["en"]["unreadable"]


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{count:# file|# files}", {"count": 1}, "1 file"),
        ("{count:# file|# files}", {"count": 2000}, "2,000 files"),
        ("{name:“#”을/를}", {"name": "곰"}, "“곰”을"),
        ("{name:“#”을/를}", {"name": "강아지"}, "“강아지”를"),
        ("{name:“#”으로/로}", {"name": "연필"}, "“연필”로"),
        ("{detail}", {"detail": "{count}{0}"}, "{count}{0}"),
    ],
)
def test_values_are_set_in(template: str, values: dict[str, Any], text: str) -> None:
    assert sentence(template, **values) == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("곰", "“곰”을 곰이 곰은 곰과 곰으로 곰이라고"),
        ("강아지", "“강아지”를 강아지가 강아지는 강아지와 강아지로 강아지라고"),
        ("연필", "“연필”을 연필이 연필은 연필과 연필로 연필이라고"),
        ("cats", "“cats”를 cats가 cats는 cats와 cats로 cats라고"),
        ("lion", "“lion”을 lion이 lion은 lion과 lion으로 lion이라고"),
        ("girl7", "“girl7”을 girl7이 girl7은 girl7과 girl7로 girl7이라고"),
        ("cat", "“cat”을(를) cat이(가) cat은(는) cat과(와) cat(으)로 cat(이)라고"),
        ("", "“”을(를) 이(가) 은(는) 과(와) (으)로 (이)라고"),
        ("{#}을/를", "“{#}을/를”을 {#}을/를이 {#}을/를은 {#}을/를과 {#}을/를로 {#}을/를이라고"),
    ],
)
def test_a_particle_is_the_one_that_the_name_asks_for(name: str, said: str) -> None:
    template = "{n:“#”을/를} {n:#이/가} {n:#은/는} {n:#과/와} {n:#으로/로} {n:#이라고/라고}"
    assert sentence(template, n=name) == said


@given(st.text(), SYLLABLES, st.sampled_from(PARTICLE_PAIRS))
def test_behind_hangul_stands_one_particle_and_it_goes_by_the_letters_of_the_last_syllable(
    before: str, last: str, pair: str
) -> None:
    """A syllable's letters are what Unicode takes it apart into; so macOS writes the names of files."""
    consonant, vowel = pair.split("/")
    letters = unicodedata.normalize("NFD", last)
    ends_in = letters[2:] if consonant != "으로" else letters[2:].replace("ᆯ", "")
    particle = consonant if ends_in else vowel
    for name in (before + last, before + letters):
        assert sentence(f"{{name:#{pair}}}", name=name) == name + particle


@given(
    st.text().filter(lambda name: not re.search("[가-힣a-z0-9]$", unicodedata.normalize("NFC", name).lower())),
    st.sampled_from(PARTICLE_PAIRS),
)
def test_behind_anything_else_stand_both(name: str, pair: str) -> None:
    said = sentence(f"{{name:#{pair}}}", name=name).removeprefix(name)
    consonant, vowel = pair.split("/")
    assert said.replace("(", "").replace(")", "") in (consonant + vowel, consonant)
    assert vowel in said
