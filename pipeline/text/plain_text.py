"""Text for people: names as they can be printed, figures in sentences, columns below each other."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

__all__ = ["Language", "aligned", "few_of", "in_old_encoding", "padded", "places", "sentence", "shown", "shown_size"]

# Korean particles behind a name: that behind a final consonant, and that behind a vowel.
PARTICLES = re.compile("([가-힣]+)/([가-힣]+)$")
FIRST_SYLLABLE, FINALS, RIEUL = ord("가"), 28, 8  # of Unicode's table: each syllable without a final, then with each
# Encodings of files and archives that Windows made before UTF-8, and what a text has that was meant in them.
OLD_ENCODINGS = (("cp949", "[가-힣]"), ("cp932", "[ぁ-ヿ]"), ("gb18030", "[一-鿿]"), ("cp1252", ""))


def in_old_encoding(data: bytes) -> tuple[str, str] | None:
    """Return how bytes read that are not UTF-8, and the name of the encoding that they were meant in most likely."""
    for encoding, letters in OLD_ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(letters, text):
            return text, encoding
    return None


def shown(name: str) -> str:
    """A file's name as text: what cannot be printed, such as a byte that is no UTF-8, is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def few_of(names: Sequence[str], most: int = 20) -> str:
    """Return names as text: the first `most` of them, and how many more there are."""
    more = [f"… (+{len(names) - most:,})"] if len(names) > most else []
    return ", ".join([*map(shown, names[:most]), *more])


def sentence(template: str, **values: Any) -> str:
    """A sentence with its `{values}` set in; integers get thousands' separators.

    `{count:# file|# files}` is an integer with the words for one, or for any other number, around it. `{name:“#”을/를}`
    is a text with words around it and the Korean particle that its last syllable asks for: `“강아지”를`, `“곰”을`;
    behind any other letter stand both, `“cats”을(를)`.
    """
    return template.format(**{name: _figure(value) for name, value in values.items()})


@dataclasses.dataclass(frozen=True)
class Language:
    """The sentences of a page in one language; who derives from it says which languages there are.

    Args:
        lang: a key of `languages`.
    """

    languages: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key` with its values, as `sentence` sets them in."""
        return sentence(self.languages[self.lang][key], **values)

    def percent(self, share: float, decimals: int = 1) -> str:
        """71.5 %, which no line breaks; the sentence `percent` says how the language writes it."""
        return self("percent", figure=f"{100 * share:.{decimals}f}")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns below each other, the first to the left; a Korean letter takes two places.

    Args:
        rows: one or more of the same length.
    """
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join("  " + " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def places(text: str) -> int:
    """Return how many places a terminal gives a text; a Korean letter takes two."""
    return _width(text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, up to so many places."""
    return text + " " * (width - _width(text))


class _Count(int):
    """An integer in a sentence."""

    def __format__(self, choice: str) -> str:
        figure = f"{int(self):,}"
        if not choice:
            return figure
        one, _, more = choice.partition("|")
        return (one if self == 1 else more).replace("#", figure)


class _Name(str):
    """A text in a sentence."""

    def __format__(self, around: str) -> str:
        name = str(self)
        pair = PARTICLES.search(around)
        if pair is None:
            return format(name, around)
        return around[: pair.start()].replace("#", name) + _particle(name, *pair.groups())


def _particle(name: str, behind_consonant: str, behind_vowel: str) -> str:
    """The one of two particles that goes behind a name, or both where it does not end in a syllable of Hangul."""
    last = unicodedata.normalize("NFC", name)[-1:]
    if not "가" <= last <= "힣":
        if behind_consonant.endswith(behind_vowel):  # (으)로, (이)라고
            return f"({behind_consonant.removesuffix(behind_vowel)}){behind_vowel}"
        return f"{behind_consonant}({behind_vowel})"
    final = (ord(last) - FIRST_SYLLABLE) % FINALS
    by_vowel = final == 0 or (final == RIEUL and behind_consonant.startswith("으"))  # 서울로, 연필로
    return behind_vowel if by_vowel else behind_consonant


def _figure(value: object) -> object:
    if isinstance(value, str):
        return _Name(value)
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shown_size(count: float) -> str:
    """Bytes for people: 66 MB, 1.2 GB (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
