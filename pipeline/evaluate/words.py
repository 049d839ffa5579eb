"""The page's sentences in the language that was asked for, and figures as people write them."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.evaluate import english, korean
from pipeline.reports.sentence import Sentence
from pipeline.text.plain_text import Language

__all__ = ["LANGUAGES", "Words", "decimals"]

LANGUAGES = {"en": english.TEXT, "ko": korean.TEXT}


@dataclasses.dataclass(frozen=True)
class Words(Language):
    """One language.

    Args:
        arrays: whether the examples are rows of arrays, which have no files and are called pictures, not photos.
    """

    languages = LANGUAGES
    arrays: bool = False

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key` with its values; `{photos}` in it is what the examples are called."""
        photos = LANGUAGES[self.lang]["of_arrays" if self.arrays else "of_photos"]
        return super().__call__(key, photos=photos, **values)

    def say(self, sentence: Sentence) -> str:
        """A sentence that brings its values."""
        return self(sentence.says, **sentence.values)

    def points(self, difference: float) -> str:
        """A difference of two shares: 3.2 percentage points."""
        return self("points", figure=f"{100 * difference:.1f}")


def decimals(value: float | None) -> str:
    """Three decimals; a dash for what is not defined."""
    return "–" if value is None else f"{value:.3f}"
