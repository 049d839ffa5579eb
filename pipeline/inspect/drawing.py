"""Everything on the page that takes TensorFlow or matplotlib to draw."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.cache.choice import choose_cache, disk_room
from pipeline.cache.disk import disk_cache
from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.inspect.augmentation import extremes, fills, random_draws
from pipeline.inspect.charts import draw_charts, in_common
from pipeline.inspect.findings import Inspection, Photo
from pipeline.inspect.gallery import shelves
from pipeline.inspect.model import read_network
from pipeline.inspect.page import Drawn
from pipeline.inspect.pictures import squeezed
from pipeline.reports.words import byte_size
from pipeline.runtime.memory import available_memory
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import shown

__all__ = ["cache_auto", "draw"]

TRIED = 20  # photos, for one that training reads


def draw(inspection: Inspection, model: str | None) -> Drawn:
    """Draw it.

    Args:
        inspection: what was found.
        model: a run's folder or a `.keras` file, or none.

    Raises:
        InputError: the network cannot be read.
    """
    photo, pixels = _one(inspection)
    readable = [one for one in inspection.photos if one.judged.is_image]
    subject = inspection.subject
    augment = subject.augment
    return Drawn(
        shelves=shelves(inspection),
        charts=draw_charts(readable, subject.config.image.image_size) if readable else {},
        in_common=in_common(readable) if readable else [],
        squeezed=squeezed(inspection),
        photo="" if photo is None else shown(photo.found.name),
        rows=[] if pixels is None else extremes(pixels, augment),
        fills=[] if pixels is None else fills(pixels, augment),
        draws=[] if pixels is None else random_draws(pixels, augment, subject.config.seed or 0),
        cache=cache_auto(inspection),
        network=None
        if model is None
        else read_network(model, None if photo is None else photo.found.path, subject.config.image),
    )


def cache_auto(inspection: Inspection) -> Sentence:
    """Return what `cache="auto"` would choose for the training photos, and why."""
    config = inspection.subject.config
    disk = disk_cache(config.image, dataclasses.replace(config.loader, cache="auto"))
    room = disk_room(disk.folder, disk.size(), disk.limit)
    needed, memory = len(inspection.good) * disk.row_bytes, available_memory()
    choice = choose_cache("auto", needed, memory, room, disk.folder)
    sizes = {"needed": byte_size(needed), "memory": byte_size(memory), "disk": byte_size(room)}
    return Sentence(f"cache_{choice.cache}", {**sizes, "folder": shown(str(disk.folder))})


def _candidates(inspection: Inspection) -> Sequence[Photo]:
    """Training photos that are not enlarged, those nearest to the network's shape first."""
    height, width = inspection.subject.config.image.image_size
    ordered = [photo for photo, _ in reversed(inspection.stretched()) if photo.split == inspection.training]
    large = [photo for photo in ordered if photo.judged.height >= height and photo.judged.width >= width]
    return [*large, *ordered][:TRIED]


def _one(inspection: Inspection) -> tuple[Photo | None, NDArray[np.uint8] | None]:
    """A photo of the user's, and its pixels as the network gets them: uint8 `[H, W, C]`."""
    image = inspection.subject.config.image
    for photo in _candidates(inspection):
        try:
            pixels = load_image(
                photo.found.path,
                image.image_size,
                image.resize,
                image.decode,
                pad_value=image.pad_value,
                exif=image.exif,
                color_mode=image.color_mode,
            )
        except InputError:
            continue
        return photo, pixels
    return None, None
