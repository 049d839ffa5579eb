"""The page's sentences in the language that was asked for, with numbers and names set into them."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.inspect import english, korean
from pipeline.inspect.files import HUGE_PIXELS, TINY_SIDE, Finding
from pipeline.inspect.sentence import Sentence

__all__ = ["LANGUAGES", "Words", "byte_size"]

LANGUAGES = {"en": english.TEXT, "ko": korean.TEXT}
OF_KINDS = {"side": TINY_SIDE, "megapixels": HUGE_PIXELS // 1_000_000}


@dataclasses.dataclass(frozen=True)
class Words:
    """One language.

    Args:
        lang: a key of `LANGUAGES`.
    """

    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key`; integers get thousands' separators, and choose between `{count:# file|# files}`."""
        return LANGUAGES[self.lang][key].format(**{name: _figure(value) for name, value in values.items()})

    def why(self, finding: Finding | Sentence) -> str:
        """What is the matter with a file, or another sentence with its values."""
        return self(finding.says, **finding.values)

    def kind(self, kind: str) -> str:
        """What a kind of finding means and what to do about it."""
        return self(f"why_{kind}", **OF_KINDS)


class _Count(int):
    """An integer in a sentence: by itself, or with the words for one and for any other number around it."""

    def __format__(self, choice: str) -> str:
        figure = f"{int(self):,}"
        if not choice:
            return figure
        one, _, more = choice.partition("|")
        return (one if self == 1 else more).replace("#", figure)


def _figure(value: object) -> object:
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def byte_size(count: float) -> str:
    """Bytes for people: 45 KB, 67.5 MB, 1.2 GB (powers of ten)."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}" if count < 100 * size else f"{count / size:,.0f} {unit}"
    return f"{count:.0f} B"
