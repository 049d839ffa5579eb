"""Imitate a camera: frame size, texture, light, sensor noise and JPEG compression as in real snapshots.

The tables are percentiles that were measured on 1,500 photos of Kaggle's cats and dogs.
"""

from __future__ import annotations

import io
import math

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["choose_size", "develop", "encode"]

_SHARES = (0.0, 0.05, 0.1, 0.25, 0.4, 0.5, 0.75, 0.95, 1.0)
_LONG_SIDES = (136, 200, 255, 359, 460, 499, 500, 500, 500)
_ASPECTS = (0.56, 0.666, 0.745, 0.915, 1.14, 1.254, 1.337, 1.512, 1.8)
_DENSITIES = (0.12, 0.18, 0.2, 0.241, 0.275, 0.297, 0.369, 0.518, 0.9)  # bytes per pixel
_FIRST_QUALITY = 90
_OVERSHOOT = 0.92  # the estimate in `encode` is 8 % too high on these drawings

Gray = npt.NDArray[np.uint8]


def choose_size(rng: np.random.Generator) -> tuple[int, int]:
    """Choose a width and a height in pixels, distributed as in real photos; the longer side is 500 at most."""
    long, aspect = (float(np.interp(rng.random(), _SHARES, table)) for table in (_LONG_SIDES, _ASPECTS))
    return (round(long), round(long / aspect)) if aspect > 1 else (round(long * aspect), round(long))


def develop(
    picture: Image.Image, relief: Image.Image, silhouette: Image.Image, rng: np.random.Generator
) -> Image.Image:
    """Return the RGB image with light, hair and grain; `relief` (L, any size) is the light."""
    size = picture.size
    fine = float(rng.random())
    light = np.asarray(relief.resize(size, Image.Resampling.BILINEAR), np.int16)
    hair = _hair(size, rng).astype(np.int16) - 128
    inside = np.asarray(silhouette, np.int16) >> 4
    gain = light + ((hair * inside * int(5 + 9 * fine)) >> 9)
    gain += ((_surface(size, rng).astype(np.int16) - 128) * (19 - inside)) >> 6
    gain += ((rng.integers(0, 256, size[::-1], np.uint8).astype(np.int16) - 128) * int(3 + 9 * fine)) >> 7
    lit = np.asarray(picture).astype(np.int32) * gain[:, :, None] >> 7
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).point(_exposure(rng))


def encode(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Encode an image as a baseline JPEG, 4:2:0, without EXIF, with as many bytes per pixel as real photos.

    The quality (70 to 97) is estimated from a first encoding: near it, a step of quality changes the size by about 6 %.
    """
    wanted = _OVERSHOOT * float(np.interp(rng.random(), _SHARES, _DENSITIES)) * picture.width * picture.height
    first = _jpeg(picture, _FIRST_QUALITY)
    return _jpeg(picture, round(_FIRST_QUALITY + math.log(wanted / len(first)) / 0.06))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=min(max(quality, 70), 97), subsampling="4:2:0")
    return buffer.getvalue()


def _noise(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    return Image.fromarray(rng.integers(0, 256, (max(2, height), max(2, width)), np.uint8))


def _hair(size: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Return streaks in one direction: noise that is stretched and rotated in one step."""
    width, height = size
    across, along, lean = rng.uniform(0.35, 0.6), rng.uniform(0.06, 0.14), rng.uniform(-0.3, 0.3)
    tile = _noise(int((width + abs(lean) * height) * across) + 3, int(height * along) + 3, rng)
    start = max(0.0, -lean) * height * across + 1
    matrix = (across, lean * across, start, 0.0, along, 1.0)
    return np.asarray(tile.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


def _surface(size: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Return the texture of walls, cloth and lawns: a blend of three octaves of noise."""
    width, height = size
    octaves = [
        _noise(width // step, height // step, rng).resize(size, Image.Resampling.BILINEAR) for step in (48, 12, 3)
    ]
    return np.asarray(Image.blend(Image.blend(octaves[0], octaves[1], 0.5), octaves[2], 0.4))


def _exposure(rng: np.random.Generator) -> list[int]:
    """Return a table for `Image.point`, channel by channel, with random brightness, contrast and warmth of light."""
    brightness, contrast = rng.uniform(0.72, 1.2), rng.uniform(0.8, 1.15)
    warmth = rng.uniform(-0.08, 0.08)
    levels = (np.arange(256) - 118) * contrast + 118
    channels = [levels * brightness * (1 + tint) for tint in (warmth, 0.0, -warmth)]
    return [int(level) for level in np.clip(np.rint(np.concatenate(channels)), 0, 255).tolist()]
