"""The page's sentences in the language that was asked for, and figures as people write them."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.evaluate import english, korean
from pipeline.plain_text import sentence

__all__ = ["LANGUAGES", "Words", "decimals", "percent"]

LANGUAGES = {"en": english.TEXT, "ko": korean.TEXT}


@dataclasses.dataclass(frozen=True)
class Words:
    """One language.

    Args:
        lang: a key of `LANGUAGES`.
    """

    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key`; integers get thousands' separators."""
        return sentence(LANGUAGES[self.lang][key], **values)


def percent(share: float) -> str:
    """71.5 %."""
    return f"{100 * share:.1f} %"


def decimals(value: float | None) -> str:
    """Three decimals; a dash for what is not defined."""
    return "–" if value is None else f"{value:.3f}"
