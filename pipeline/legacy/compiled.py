"""Warp, channel shift and brightness of several pictures as one XLA-compiled call, as Keras' generator has them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.compiled import can_compile
from pipeline.augment.warp import FILL_MODES, warp
from pipeline.legacy.draws import Transforms
from pipeline.legacy.geometry import matrices

__all__ = ["Kernel", "transformed"]


@dataclasses.dataclass(frozen=True)
class Kernel:
    """What is compiled: which steps, and what lies beyond the border."""

    moves: bool
    shifts: bool
    brightens: bool
    fill_mode: str
    cval: float

    @classmethod
    def of(cls, transforms: Transforms, fill_mode: str, cval: float) -> Kernel:
        """The steps that `transforms` need."""
        shifts, brightens = transforms.channel_shift is not None, transforms.brightness is not None
        return cls(transforms.moves, shifts, brightens, fill_mode, float(cval))

    @property
    def idle(self) -> bool:
        """Whether pictures stay as they are."""
        return not (self.moves or self.shifts or self.brightens)

    def fits(self, images: NDArray[Any] | tf.Tensor, order: int) -> bool:
        """Whether it gives what SciPy and Pillow give, for pictures like these and splines of this order.

        Pillow's brightness is redone for whole levels in 0-255 and the channels that it knows.
        """
        if order != 1 or self.fill_mode not in FILL_MODES or images.dtype not in (np.uint8, np.float32, np.float64):
            return False
        levels = images.dtype == np.uint8 and 0 <= self.cval <= 255 and images.shape[-1] in (1, 3, 4)
        return levels or not self.brightens


def _shift_channels(images: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)
    high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
    return tf.clip_by_value(images + tf.cast(shift, images.dtype)[:, None, None, None], low, high)


def _brighten(images: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """As `PIL.ImageEnhance.Brightness` on whole levels: rounded down before and after; alpha is left alone."""
    levels = tf.floor(images)
    bright = tf.floor(tf.clip_by_value(tf.cast(factor, levels.dtype)[:, None, None, None] * levels, 0.0, 255.0))
    return bright if images.shape[3] != 4 else tf.concat([bright[..., :3], levels[..., 3:]], axis=3)


@functools.lru_cache(maxsize=32)
def _compiled(kernel: Kernel, shape: tuple[int, ...], dtype: tf.DType) -> Callable[..., tf.Tensor]:
    """For images of one shape and dtype: a function of one signature is called in half the time."""
    vector = tf.TensorSpec(shape[:1], tf.float32)
    signature = [tf.TensorSpec(shape, dtype), tf.TensorSpec([shape[0], 6], tf.float64), vector, vector]

    @tf.function(jit_compile=can_compile(), autograph=False, input_signature=signature)
    def transform(images: tf.Tensor, matrix: tf.Tensor, shift: tf.Tensor, brightness: tf.Tensor) -> tf.Tensor:
        if kernel.moves:
            images = warp(images, matrix, fill_mode=kernel.fill_mode, cval=kernel.cval)
        elif images.dtype == tf.uint8:
            images = tf.cast(images, tf.float32)
        if kernel.shifts:
            images = _shift_channels(images, shift)
        return _brighten(images, brightness) if kernel.brightens else images

    compiled: Callable[..., tf.Tensor] = transform.get_concrete_function()
    return compiled


def _filled(values: NDArray[np.float64] | None, count: int, total: int) -> NDArray[np.float32]:
    column = np.zeros(total, np.float32)
    if values is not None:
        column[:count] = values
    return column


def transformed(
    kernel: Kernel, images: NDArray[Any] | tf.Tensor, transforms: Transforms, chunk: int
) -> NDArray[np.floating[Any]]:
    """Transform up to `chunk` pictures.

    Args:
        kernel: `Kernel.of` the batch that they belong to.
        images: `[B, H, W, C]`, uint8, float32 or float64.
        transforms: of these pictures.
        chunk: fewer are filled up to so many, so that a data set's last batch compiles nothing of its own.

    Returns:
        `[B, H, W, C]` float32, or float64 where `images` are; read only.
    """
    count = len(transforms)
    height, width = images.shape[1:3]
    matrix = np.zeros((chunk, 6))
    matrix[:count] = matrices(transforms, height, width)
    if count < chunk:
        given = np.asarray(images)
        images = np.concatenate([given, np.zeros((chunk - count, *given.shape[1:]), given.dtype)])
    columns = [_filled(values, count, chunk) for values in (transforms.channel_shift, transforms.brightness)]
    with tf.device("CPU:0"):
        tensors = [tf.convert_to_tensor(value) for value in (images, matrix, *columns)]
        compiled = _compiled(kernel, tuple(tensors[0].shape), tensors[0].dtype)
        result: NDArray[np.floating[Any]] = np.asarray(compiled(*tensors))
    return result[:count]
