"""Warp, shift and brighten a batch of images in one XLA-compiled call, with the results of Keras' generator."""

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

__all__ = ["Kernel", "join_and_pad", "transform_batch"]

COMPILED_DTYPES = (tf.uint8, tf.float32, tf.float64)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """The configuration of one compiled call.

    Args:
        moves: whether images are warped or flipped.
        shifts: whether channels are shifted.
        brightens: whether brightness changes.
        fill_mode: how the warp fills the area outside the image, a mode of SciPy.
        cval: the value there for `fill_mode="constant"`.
        rescale: a factor for the result, or `None`.
    """

    moves: bool
    shifts: bool
    brightens: bool
    fill_mode: str
    cval: float
    rescale: float | None = None

    @classmethod
    def of(cls, transforms: Transforms, fill_mode: str, cval: float) -> Kernel:
        """Return the kernel with the steps that `transforms` need."""
        shifts, brightens = transforms.channel_shift is not None, transforms.brightness is not None
        return cls(transforms.moves, shifts, brightens, fill_mode, float(cval))

    def with_rescale(self, factor: Any) -> Kernel:
        """Return the kernel with a rescaling at its end; the kernel itself where NumPy would round it differently."""
        # NumPy multiplies by a NumPy number in that number's own precision.
        is_python_number = type(factor) in (int, float)
        return dataclasses.replace(self, rescale=float(factor)) if is_python_number and factor else self

    @property
    def idle(self) -> bool:
        """Return whether the kernel leaves images unchanged."""
        return not (self.moves or self.shifts or self.brightens)

    def fits(self, images: tf.Tensor, order: int) -> bool:
        """Return whether the kernel computes what SciPy and Pillow compute.

        Args:
            images: `[B, H, W, C]`, a batch to transform.
            order: the order of the spline; only 1 is compiled.
        """
        if order != 1 or self.fill_mode not in FILL_MODES or images.dtype not in COMPILED_DTYPES:
            return False
        # Pillow changes the brightness of 8-bit images with 1, 3 or 4 channels only.
        pillow_takes = images.dtype == tf.uint8 and 0 <= self.cval <= 255 and images.shape[-1] in (1, 3, 4)
        return pillow_takes or not self.brightens


def _shift_channels(images: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)
    high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
    return tf.clip_by_value(images + tf.cast(shift, images.dtype)[:, None, None, None], low, high)


def _brighten(images: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Multiply like `PIL.ImageEnhance.Brightness`: values are rounded down before and after, alpha does not change."""
    levels = tf.floor(images)
    bright = tf.floor(tf.clip_by_value(tf.cast(factor, levels.dtype)[:, None, None, None] * levels, 0.0, 255.0))
    return bright if images.shape[3] != 4 else tf.concat([bright[..., :3], levels[..., 3:]], axis=3)


@functools.lru_cache(maxsize=32)
def _compile(kernel: Kernel, shape: tuple[int, ...], dtype: tf.DType) -> Callable[..., tf.Tensor]:
    """Compile the kernel for images of one shape and dtype: one fixed signature halves the cost of a call."""
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


def _padded_column(values: NDArray[np.float64] | None, count: int, total: int) -> NDArray[np.float32]:
    column = np.zeros(total, np.float32)
    if values is not None:
        column[:count] = values
    return column


class _WritableTensor:
    """A tensor as an object that NumPy can view as a writable array; the array keeps the tensor alive.

    TensorFlow marks a tensor's memory as read-only. Writing is safe here, since no other code has this tensor.
    """

    def __init__(self, tensor: tf.Tensor) -> None:
        view = np.asarray(tensor)
        self._tensor = tensor
        self.__array_interface__ = {**view.__array_interface__, "data": (view.ctypes.data, False)}


def join_and_pad(parts: Iterable[NDArray[Any] | tf.Tensor], size: int) -> tf.Tensor:
    """Join the parts of a batch and pad it with images of zeros.

    With the padding, an epoch's smaller last batch has the shape that is already compiled.

    Args:
        parts: arrays or tensors `[m, H, W, C]` of one dtype.
        size: number of images after padding, at least the sum of all m.

    Returns:
        `[size, H, W, C]`, of the parts' dtype.
    """
    with native(), tf.device("CPU:0"):
        tensors = [tf.convert_to_tensor(part) for part in parts]
        missing = size - sum(len(tensor) for tensor in tensors)
        if missing:
            tensors.append(tf.zeros([missing, *tensors[0].shape[1:]], tensors[0].dtype))
        return tensors[0] if len(tensors) == 1 else tf.concat(tensors, axis=0)


def transform_batch(kernel: Kernel, images: tf.Tensor, transforms: Transforms) -> NDArray[np.floating[Any]]:
    """Transform a batch.

    Args:
        kernel: the result of `Kernel.of` for `transforms`, perhaps with `rescale`.
        images: `[N, H, W, C]` from `join_and_pad`, uint8, float32 or float64.
        transforms: parameters of the first B images; the others are padding.

    Returns:
        `[B, H, W, C]`, float64 for float64 images, otherwise float32.
    """
    count, size = len(transforms), len(images)
    matrix = np.zeros((size, 6))
    matrix[:count] = matrices(transforms, *images.shape[1:3])
    columns = [_padded_column(values, count, size) for values in (transforms.channel_shift, transforms.brightness)]
    with native(), tf.device("CPU:0"):
        compiled = _compile(kernel, tuple(images.shape), images.dtype)
        result: NDArray[np.floating[Any]] = np.asarray(
            _WritableTensor(compiled(images, *map(tf.constant, (matrix, *columns))))
        )
    return result[:count]
