"""A few photos of each class side by side, where a wrong label is seen at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline.inspect.findings import Inspection, Photo
from pipeline.inspect.pictures import thumbnail

__all__ = ["Shelf", "shelves"]

MOST, LEAST = 24, 4  # photos of a class
ALL = 240  # photos on the page, where the classes are not too many
CLASSES = 40
SIDE = 96  # pixels of the longer side


@dataclasses.dataclass(frozen=True)
class Shelf:
    """Photos of one class.

    Args:
        class_name: of the class.
        photos: (the photo, its `data:` address) of each that is shown.
        count: how many the class has.
    """

    class_name: str
    photos: tuple[tuple[Photo, str], ...]
    count: int


def shelves(inspection: Inspection) -> list[Shelf]:
    """Return the first `CLASSES` classes that have photos, with photos from all over each class's list."""
    found: dict[str, list[Photo]] = {name: [] for name in inspection.class_names}
    for photo in inspection.good:
        if photo.found.class_name in found:
            found[photo.found.class_name].append(photo)
    there = [(name, photos) for name, photos in found.items() if photos][:CLASSES]
    most = min(MOST, max(LEAST, ALL // max(1, len(there))))
    return [Shelf(name, tuple(_drawn(_spread(photos, most))), len(photos)) for name, photos in there]


def _spread(photos: Sequence[Photo], most: int) -> list[Photo]:
    count = min(len(photos), most)
    return [photos[k * len(photos) // count] for k in range(count)]


def _drawn(photos: Sequence[Photo]) -> list[tuple[Photo, str]]:
    """Each photo with its thumbnail; one that is gone by now is left out."""
    drawn = [(photo, thumbnail(photo, SIDE)) for photo in photos]
    return [(photo, address) for photo, address in drawn if address]
