"""Mistakes as tiles of the page: each image as the model saw it, small enough for a page that holds them all."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.dataset.preview import levels_of
from pipeline.evaluate.mistakes import Mistake, said, truth
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.words import Words
from pipeline.text.html import data_uri
from pipeline.text.plain_text import shown

__all__ = ["Tile", "tiles"]

LARGEST = 320  # pixels of the longer side on the page
EXACT = 64  # pixels up to which an image is kept exactly, and enlarged without blur
QUALITY = 85


@dataclasses.dataclass(frozen=True)
class Tile:
    """One mistake.

    Args:
        number: from 1, the worst first.
        name: of the file or row.
        true: the true class, classes or values.
        said: what the model said.
        badness: how sure it was, or how far off.
        picture: a `data:` address.
        exact: whether the image is small, and its pixels are to be seen.
    """

    number: int
    name: str
    true: str
    said: str
    badness: str
    picture: str
    exact: bool


def tiles(found: Evaluation, words: Words) -> list[Tile]:
    """Return the worst mistakes of an evaluation, the worst first."""
    names, mode = [shown(name) for name in found.run.class_names], found.run.label_mode
    if mode is None:
        return []
    made = []
    for number, one in enumerate(found.predictions.mistakes, 1):
        badness = f"{one.badness:.4g}" if mode == "regression" else words.percent(one.badness)
        true, answer = truth(one.label, names, mode), said(one.outputs, names, mode)
        levels = levels_of(one.picture, found.run.image.rescale)
        exact = max(levels.shape[:2]) <= EXACT
        made.append(Tile(number, _name(found, one, words), true, answer, badness, _address(levels, exact), exact))
    return made


def _name(found: Evaluation, one: Mistake, words: Words) -> str:
    if found.subject.arrays:
        return words("row", number=str(one.index))
    return shown(found.subject.names[one.index])


def _address(levels: NDArray[np.uint8], exact: bool) -> str:
    """Encode uint8 `[H, W, C]`, C 1, 3 or 4."""
    image = Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels[:, :, :3])
    file = io.BytesIO()
    if exact:
        image.save(file, "PNG", optimize=True)
        return data_uri(file.getvalue(), "png")
    image.thumbnail((LARGEST, LARGEST))
    image.save(file, "JPEG", quality=QUALITY)
    return data_uri(file.getvalue(), "jpeg")
