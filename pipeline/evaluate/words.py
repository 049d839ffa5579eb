"""The page's sentences in the language that was asked for, and figures as people write them."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.text.messages import Language

__all__ = ["Words", "decimals"]


@dataclasses.dataclass(frozen=True)
class Words(Language):
    """The sentences of an evaluation in one language.

    Args:
        arrays: True where the examples are rows of arrays, which have no files and are called pictures, not photos.
    """

    tables = ("evaluate",)
    arrays: bool = False

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with its values; `{photos}` in it is the word for the examples."""
        photos = self.texts["of_arrays" if self.arrays else "of_photos"]
        return super().__call__(key, photos=photos, **values)

    def points(self, difference: float) -> str:
        """Return a difference of two shares: 3.2 percentage points."""
        return self("points", figure=f"{100 * difference:.1f}")


def decimals(value: float | None) -> str:
    """Return three decimals; a dash for an undefined value."""
    return "–" if value is None else f"{value:.3f}"
