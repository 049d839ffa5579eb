"""The type of a point at which arms are measured: the images that every arm has to deliver there."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["CENTRE", "Cell"]

SEED = 15


@dataclasses.dataclass(frozen=True)
class Cell:
    """A point at which arms are measured. The defaults are the central point, to which the targets apply.

    Args:
        augmented: whether the notebook's augmentation is applied.
        side: height and width of an image in pixels.
        batch: images in a batch.
        megapixels: size of a photo on disk; 0.15 stands for the photos as they are.
        count: photos in the data set; 0 stands for all in the folder.
        pages: `"warm"`, or `"cold"` if the photos are dropped from the page cache before each round.
        cores: cores that the arm may use; 0 stands for all.
    """

    augmented: bool = True
    side: int = 150
    batch: int = 100
    megapixels: float = 0.15
    count: int = 0
    pages: str = "warm"
    cores: int = 0

    def changed(self, **fields: Any) -> Cell:
        """Return this point with other values of these fields."""
        return dataclasses.replace(self, **fields)

    def name(self) -> str:
        """Return a name that says how the point differs from the central one: `augmented-side224`, `plain`."""
        parts = ["augmented" if self.augmented else "plain"]
        for field in dataclasses.fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                parts.append(value if isinstance(value, str) else f"{field.name}{value:g}")
        return "-".join(parts)


CENTRE = Cell()
