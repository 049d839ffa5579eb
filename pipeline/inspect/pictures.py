"""Pictures for the page: small, and inside it as `data:` addresses."""

from __future__ import annotations

import dataclasses
import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.errors import InputError
from pipeline.images.pillow import eight_bits
from pipeline.inspect.findings import Inspection, Photo
from pipeline.reports.file_faults import upright
from pipeline.text.html import data_uri

__all__ = ["Squeezed", "as_png", "as_uri", "squeezed", "thumbnail"]

THUMBNAIL = 160  # pixels of the longer side
QUALITY = 85
SHOWN = 4  # photos under stretch, pad and crop
LARGEST = 320  # pixels of the longer side of a picture on the page


@dataclasses.dataclass(frozen=True)
class Squeezed:
    """One photo, whole and in the three ways that it can be made to fit; each a `data:` address."""

    photo: Photo
    ratio: float
    whole: str
    ways: dict[str, str]


def as_uri(levels: NDArray[Any]) -> str:
    """A picture as a JPEG.

    Args:
        levels: uint8 `[H, W, C]`, C 1, 3 or 4, or float on the same scale.
    """
    picture = Image.fromarray(_rgb(np.clip(np.rint(levels), 0, 255).astype(np.uint8)))
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST))
    return _jpeg(picture)


def as_png(levels: NDArray[np.uint8]) -> str:
    """Likewise as a PNG, pixel for pixel: uint8 `[H, W, 3]`."""
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", optimize=True)
    return data_uri(file.getvalue(), "png")


def _rgb(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels[:, :, :3]


def _jpeg(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return data_uri(file.getvalue(), "jpeg")


def thumbnail(photo: Photo, side: int = THUMBNAIL) -> str:
    """Return a small picture of a photo, its longer side so many pixels; nothing where it cannot be read any more."""
    try:
        with warnings.catch_warnings(), Image.open(photo.found.path) as picture:
            warnings.simplefilter("ignore")
            picture.draft("RGB", (side * 2, side * 2))
            small = eight_bits(picture).convert("RGB")
            small.thumbnail((side, side))
            return _jpeg(upright(small, photo.judged.orientation))
    except (OSError, ValueError, SyntaxError):
        return ""


def squeezed(inspection: Inspection) -> list[Squeezed]:
    """The photos that stretching distorts most, as training would read them in each of the three ways.

    A photo that Pillow reads and training does not is passed over: the list of problems names it.
    """
    from pipeline.images.load import load_image

    image = inspection.subject.config.image
    shown: list[Squeezed] = []
    for photo, ratio in inspection.stretched():
        if len(shown) == SHOWN:
            break
        try:
            ways = {
                way: as_uri(
                    load_image(
                        photo.found.path,
                        image.image_size,
                        way,
                        image.decode,
                        pad_value=image.pad_value,
                        exif=image.exif,
                        max_pixels=image.max_pixels,
                        color_mode=image.color_mode,
                    )
                )
                for way in ("stretch", "pad", "crop")
            }
        except InputError:
            continue
        shown.append(Squeezed(photo, ratio, thumbnail(photo), ways))
    return shown
