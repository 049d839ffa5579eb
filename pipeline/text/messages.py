"""Sentences for people: a catalogue for each language, and the numbers and names set into its sentences.

The catalogues are `catalogs/en.toml` and `catalogs/ko.toml`: a table for each page or picture, a key for each sentence.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["LANGUAGES", "Language", "Sentence", "catalog", "sentence"]

LANGUAGES = ("en", "ko")
# Korean particles behind a name: that behind a final consonant, and that behind a vowel.
PARTICLES = re.compile("([가-힣]+)/([가-힣]+)$")
# Unicode's table has each syllable without a final consonant, and then with each of them; number 8 is ㄹ.
FIRST_SYLLABLE, FINALS, RIEUL_NUMBER, RIEUL = ord("가"), 28, 8, "ㄹ"
# Latin letters and digits by the final consonant with which they are read at the end of a name: a vowel, ㄹ, others.
READ_WITH = {"": "afhijorsuvxyz2459", RIEUL: "l178", "ㄴ": "mn036"}


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A sentence that is said later, in whichever language is asked for.

    Args:
        says: its key in a catalogue.
        values: the numbers and names that are set into it.
    """

    says: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)


@functools.cache
def catalog(language: str, *tables: str) -> Mapping[str, str]:
    """Return the sentences of one or more tables, by their keys.

    Args:
        language: one of `LANGUAGES`.
        *tables: names of tables in the language's file.
    """
    return {key: text for table in tables for key, text in _tables(language)[table].items()}


@functools.cache
def _tables(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).parent / "catalogs" / f"{language}.toml").read_text(encoding="utf-8"))


def sentence(template: str, **values: Any) -> str:
    """Return a template with its `{values}` filled in. Integers get thousands separators.

    `{count:# file|# files}` chooses the first form for one and the second for any other number, and puts the number in
    place of "#". `{name:“#”을/를}` puts a text in place of "#" and chooses the Korean particle by its last sound:
    `“강아지”를`, `“곰”을`, `“cats”를`. Where the sound is not certain both particles are written: `“cat”을(를)`.
    """
    return template.format(**{name: _figure(value) for name, value in values.items()})


@dataclasses.dataclass(frozen=True)
class Language:
    """The sentences of a page or picture in one language; a subclass names the tables.

    Args:
        lang: one of `LANGUAGES`.
    """

    tables: ClassVar[tuple[str, ...]] = ()
    lang: str

    @property
    def texts(self) -> Mapping[str, str]:
        """The sentences as they stand in the catalogue, by their keys."""
        return catalog(self.lang, *self.tables)

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with its values, as `sentence` sets them in."""
        return sentence(self.texts[key], **values)

    def say(self, sentence: Sentence) -> str:
        """Return a sentence that brings its values."""
        return self(sentence.says, **sentence.values)

    def percent(self, share: float, decimals: int = 1) -> str:
        """Return a share as 71.5 %, which no line breaks; the sentence `percent` says how the language writes it."""
        return self("percent", figure=f"{100 * share:.{decimals}f}")


class _Count(int):
    """An integer whose format chooses between singular and plural."""

    def __format__(self, choice: str) -> str:
        figure = f"{int(self):,}"
        if not choice:
            return figure
        one, _, more = choice.partition("|")
        return (one if self == 1 else more).replace("#", figure)


class _Name(str):
    """A text whose format chooses the Korean particle after it."""

    def __format__(self, around: str) -> str:
        name = str(self)
        pair = PARTICLES.search(around)
        if pair is None:
            return format(name, around)
        return around[: pair.start()].replace("#", name) + _particle(name, *pair.groups())


def _particle(name: str, behind_consonant: str, behind_vowel: str) -> str:
    """Return the one of two particles that goes behind a name, or both where its last sound is not certain."""
    final = _final_of(unicodedata.normalize("NFC", name)[-1:])
    if final is None:
        if behind_consonant.endswith(behind_vowel):  # (으)로, (이)라고
            return f"({behind_consonant.removesuffix(behind_vowel)}){behind_vowel}"
        return f"{behind_consonant}({behind_vowel})"
    by_vowel = final == "" or (final == RIEUL and behind_consonant.startswith("으"))  # 서울로, 연필로
    return behind_vowel if by_vowel else behind_consonant


def _final_of(last: str) -> str | None:
    """Return the final consonant with which a character is read in Korean: empty for a vowel, `None` if uncertain.

    A syllable of Hangul has it in its code. Of Latin letters those count that end a word in one way: cats is 캣츠,
    lion is 라이언; but cat is 캣 and cut may be 커트. Digits are read as Sino-Korean numbers.
    """
    if "가" <= last <= "힣":
        number = (ord(last) - FIRST_SYLLABLE) % FINALS
        return "" if number == 0 else RIEUL if number == RIEUL_NUMBER else "ㄴ"
    for final, letters in READ_WITH.items():
        if last and last.lower() in letters:
            return final
    return None


def _figure(value: object) -> object:
    if isinstance(value, str):
        return _Name(value)
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value
