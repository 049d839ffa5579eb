"""The page's sentences in the language that was asked for, and figures as people write them."""

from __future__ import annotations

from pipeline.evaluate import english, korean
from pipeline.plain_text import Language

__all__ = ["LANGUAGES", "Words", "decimals", "percent"]

LANGUAGES = {"en": english.TEXT, "ko": korean.TEXT}


class Words(Language):
    """One language."""

    languages = LANGUAGES


def percent(share: float) -> str:
    """71.5 %."""
    return f"{100 * share:.1f} %"


def decimals(value: float | None) -> str:
    """Three decimals; a dash for what is not defined."""
    return "–" if value is None else f"{value:.3f}"
