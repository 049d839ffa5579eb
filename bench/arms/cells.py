"""One point of the benchmark's space: what every arm is asked to deliver there."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["CENTRE", "Cell"]

SEED = 15


@dataclasses.dataclass(frozen=True)
class Cell:
    """A point; the defaults are the central one, which the targets are for.

    Args:
        augmented: whether the notebook's augmentation is applied.
        side: height and width of a picture, pixels.
        batch: pictures a batch.
        megapixels: of a photo on disk; 0.15 stands for the photos as they are.
        count: photos in the data set; 0 stands for all that the folder holds.
        pages: `"warm"`, or `"cold"` where the photos are dropped from the page cache before each round.
        cores: processors that the arm may use; 0 stands for all.
    """

    augmented: bool = True
    side: int = 150
    batch: int = 100
    megapixels: float = 0.15
    count: int = 0
    pages: str = "warm"
    cores: int = 0

    def changed(self, **fields: Any) -> Cell:
        """This point with other fields."""
        return dataclasses.replace(self, **fields)

    def name(self) -> str:
        """`augmented`, and what differs from the central point: `augmented-side224`, `plain`."""
        parts = ["augmented" if self.augmented else "plain"]
        for field in dataclasses.fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                parts.append(value if isinstance(value, str) else f"{field.name}{value:g}")
        return "-".join(parts)


CENTRE = Cell()
