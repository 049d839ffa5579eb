"""Uniform draws to augmentation parameters, with the ranges and meanings of `ImageDataGenerator`'s arguments.

Two things are mended on the way, and both only show where they were wrong: Keras 3's own generator moves the
picture's columns by `height_shift_range` and its rows by `width_shift_range`, and turns a picture that is not
square about a point beside its centre. Here each does what its name says. (`pipeline.legacy` keeps Keras' way.)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import tensorflow as tf

from pipeline.augment.draw import COLUMNS
from pipeline.config import Augment

__all__ = ["Parameters", "parameters"]


class Parameters(NamedTuple):
    """The parameters of each image of a batch: float32 `[B]` each."""

    rotation: tf.Tensor  # radians
    width_shift: tf.Tensor  # pixels along the width
    height_shift: tf.Tensor  # pixels along the height
    shear: tf.Tensor  # radians
    zoom_width: tf.Tensor  # factor on coordinates: above 1 shows more, smaller
    zoom_height: tf.Tensor
    flip_width: tf.Tensor  # -1 mirrored left to right, otherwise 1
    flip_height: tf.Tensor
    channel_shift: tf.Tensor  # levels of 0-255
    brightness: tf.Tensor  # factor


def _between(u: tf.Tensor, low: float, high: float) -> tf.Tensor:
    return low + (high - low) * u


def _symmetric(u: tf.Tensor, limit: float) -> tf.Tensor:
    return _between(u, -limit, limit)


def _shift(u: tf.Tensor, sign: tf.Tensor, given: float | int | tuple[float, ...], length: int) -> tf.Tensor:
    """Pixels: a float is a limit, an int n stands for 0..n-1, a tuple is a choice; below 1 they are fractions."""
    if isinstance(given, float) or given == 0:
        return _symmetric(u, float(given) * (length if given < 1 else 1))
    choices = [float(value) for value in (range(given) if isinstance(given, int) else given)]
    scale = length if max(choices) < 1 and not isinstance(given, int) else 1
    index = tf.minimum(tf.cast(u * len(choices), tf.int32), len(choices) - 1)
    return tf.gather(tf.constant(choices, tf.float32) * scale, index) * tf.where(sign < 0.5, -1.0, 1.0)


def _flip(u: tf.Tensor, wanted: bool) -> tf.Tensor:
    return tf.where(u < 0.5, -1.0, 1.0) if wanted else tf.ones_like(u)


def parameters(u: tf.Tensor, augment: Augment, height: int, width: int) -> Parameters:
    """Scale draws to the ranges of `augment`.

    Args:
        u: float32 `[B, len(COLUMNS)]` in `[0, 1)`, from `pipeline.augment.draw.uniform`.
        augment: the ranges.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
    """
    column = {name: u[:, k] for k, name in enumerate(COLUMNS)}
    brightness = augment.brightness_range or (1.0, 1.0)
    return Parameters(
        rotation=_symmetric(column["rotation"], math.radians(augment.rotation_range)),
        width_shift=_shift(column["width_shift"], column["width_shift_sign"], augment.width_shift_range, width),
        height_shift=_shift(column["height_shift"], column["height_shift_sign"], augment.height_shift_range, height),
        shear=_symmetric(column["shear"], math.radians(augment.shear_range)),
        zoom_width=_between(column["zoom_width"], *augment.zoom),
        zoom_height=_between(column["zoom_height"], *augment.zoom),
        flip_width=_flip(column["horizontal_flip"], augment.horizontal_flip),
        flip_height=_flip(column["vertical_flip"], augment.vertical_flip),
        channel_shift=_symmetric(column["channel_shift"], augment.channel_shift_range),
        brightness=_between(column["brightness"], *brightness),
    )
