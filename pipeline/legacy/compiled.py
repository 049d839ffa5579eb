"""Warp, channel shift and brightness of several pictures as one XLA-compiled call, as Keras' generator has them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.compiled import can_compile
from pipeline.augment.warp import FILL_MODES, warp
from pipeline.legacy.draws import Transforms
from pipeline.legacy.geometry import matrices
from pipeline.legacy.workers import native

__all__ = ["Kernel", "joined", "transformed"]

FAST = (tf.uint8, tf.float32, tf.float64)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """What is compiled: which steps, and what lies beyond the border."""

    moves: bool
    shifts: bool
    brightens: bool
    fill_mode: str
    cval: float
    rescale: float | None = None

    @classmethod
    def of(cls, transforms: Transforms, fill_mode: str, cval: float) -> Kernel:
        """The steps that `transforms` need."""
        shifts, brightens = transforms.channel_shift is not None, transforms.brightness is not None
        return cls(transforms.moves, shifts, brightens, fill_mode, float(cval))

    @property
    def idle(self) -> bool:
        """Whether pictures stay as they are."""
        return not (self.moves or self.shifts or self.brightens)

    def fits(self, images: tf.Tensor, order: int) -> bool:
        """Whether it gives what SciPy and Pillow give, for pictures like these and splines of this order.

        Pillow's brightness is redone for whole levels in 0-255 and the channels that it knows.
        """
        if order != 1 or self.fill_mode not in FILL_MODES or images.dtype not in FAST:
            return False
        levels = images.dtype == tf.uint8 and 0 <= self.cval <= 255 and images.shape[-1] in (1, 3, 4)
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
        if kernel.brightens:
            images = _brighten(images, brightness)
        return images if kernel.rescale is None else images * tf.constant(kernel.rescale, images.dtype)

    compiled: Callable[..., tf.Tensor] = transform.get_concrete_function()
    return compiled


def _filled(values: NDArray[np.float64] | None, count: int, total: int) -> NDArray[np.float32]:
    column = np.zeros(total, np.float32)
    if values is not None:
        column[:count] = values
    return column


class _Foreign:
    """A tensor's memory as NumPy may have it: for writing too, and not freed before the array is.

    By NumPy's array interface. A tensor is meant to be read only; this one was made for nobody else.
    """

    def __init__(self, tensor: tf.Tensor) -> None:
        view = np.asarray(tensor)
        self._tensor = tensor
        self.__array_interface__ = {**view.__array_interface__, "data": (view.ctypes.data, False)}


def joined(parts: Iterable[NDArray[Any] | tf.Tensor], size: int) -> tf.Tensor:
    """The parts of a batch as one, filled up with zeros to `size` pictures.

    So an epoch's last batch compiles nothing of its own. `parts` are `[m, H, W, C]` of one dtype.
    """
    with native(), tf.device("CPU:0"):
        tensors = [tf.convert_to_tensor(part) for part in parts]
        missing = size - sum(len(tensor) for tensor in tensors)
        if missing:
            tensors.append(tf.zeros([missing, *tensors[0].shape[1:]], tensors[0].dtype))
        return tensors[0] if len(tensors) == 1 else tf.concat(tensors, axis=0)


def transformed(kernel: Kernel, images: tf.Tensor, transforms: Transforms) -> NDArray[np.floating[Any]]:
    """Transform a batch.

    Args:
        kernel: `Kernel.of` the batch.
        images: from `joined`, uint8, float32 or float64.
        transforms: of the first of them; the others are filling.

    Returns:
        `[B, H, W, C]`, as many as `transforms`, float32, or float64 where the pictures are.
    """
    count, size = len(transforms), len(images)
    matrix = np.zeros((size, 6))
    matrix[:count] = matrices(transforms, *images.shape[1:3])
    columns = [_filled(values, count, size) for values in (transforms.channel_shift, transforms.brightness)]
    with native(), tf.device("CPU:0"):
        compiled = _compiled(kernel, tuple(images.shape), images.dtype)
        result: NDArray[np.floating[Any]] = np.asarray(
            _Foreign(compiled(images, *map(tf.constant, (matrix, *columns))))
        )
    return result[:count]
