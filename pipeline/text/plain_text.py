"""Format plain text for people: printable names, sentences with numbers in them, aligned columns."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

__all__ = ["Language", "aligned", "few_of", "in_old_encoding", "padded", "places", "sentence", "shown", "shown_size"]

# A pair of Korean particles: the one after a final consonant, and the one after a vowel.
PARTICLES = re.compile("([가-힣]+)/([가-힣]+)$")
FIRST_SYLLABLE, FINALS, RIEUL = ord("가"), 28, 8  # in Unicode each syllable has 28 forms: no final, then each final
# Encodings that Windows used before UTF-8, and letters that a text in that encoding contains.
OLD_ENCODINGS = (("cp949", "[가-힣]"), ("cp932", "[ぁ-ヿ]"), ("gb18030", "[一-鿿]"), ("cp1252", ""))


def in_old_encoding(data: bytes) -> tuple[str, str] | None:
    """Decode bytes that are not UTF-8 in the old encoding that fits best.

    Returns:
        The text and the name of the encoding; `None` if no encoding fits.
    """
    for encoding, letters in OLD_ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(letters, text):
            return text, encoding
    return None


def shown(name: str) -> str:
    """Return a file name as printable text; control characters and bytes that are not UTF-8 are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def few_of(names: Sequence[str], most: int = 20) -> str:
    """Return the first `most` names as text, separated by commas, and the number of the remaining ones."""
    more = [f"… (+{len(names) - most:,})"] if len(names) > most else []
    return ", ".join([*map(shown, names[:most]), *more])


def sentence(template: str, **values: Any) -> str:
    """Return a template with its `{values}` filled in. Integers get thousands separators.

    `{count:# file|# files}` chooses the first form for one and the second for any other number, and puts the number in
    place of "#". `{name:“#”을/를}` puts a text in place of "#" and chooses the Korean particle by its last syllable:
    `“강아지”를`, `“곰”을`. After a letter that is not Hangul both particles are written: `“cats”을(를)`.
    """
    return template.format(**{name: _figure(value) for name, value in values.items()})


@dataclasses.dataclass(frozen=True)
class Language:
    """The sentences of a page in one language. A subclass defines `languages`: the sentences by language and key.

    Args:
        lang: the language, a key of `languages`.
    """

    languages: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with its values filled in; see `sentence`."""
        return sentence(self.languages[self.lang][key], **values)

    def percent(self, share: float, decimals: int = 1) -> str:
        """Return a share as a percentage, such as "71.5 %", in the form of the language's sentence `percent`."""
        return self("percent", figure=f"{100 * share:.{decimals}f}")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column aligned left, the others right. A Korean letter takes two places.

    Args:
        rows: the cells of each row; one row or more, all of the same length.
    """
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join("  " + " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def places(text: str) -> int:
    """Return the number of places that a text takes in a terminal; a Korean letter takes two."""
    return _width(text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces appended until it takes `width` places."""
    return text + " " * (width - _width(text))


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
    """Return the particle that follows a name, or both particles if the name does not end in Hangul."""
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
    """Return a number of bytes as text: "66 MB", "1.2 GB" (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
