"""The memory cache: one uint8 array, filled in place, handed to TensorFlow without a copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["allocate", "share", "without_rows"]

# TensorFlow's kernels require it, and check it by ending the process.
ALIGNMENT = 64


def allocate(count: int, image_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """An uninitialised uint8 array `[count, H, W, C]` whose first byte stands on a 64-byte boundary.

    Pages are taken as they are written, so a part-filled array costs what is filled.
    """
    size = count * int(np.prod(image_shape))
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].reshape(count, *image_shape)


def share(array: NDArray[np.uint8]) -> tf.Tensor:
    """`array` as a tensor on the CPU over the same memory (DLPack); `tf.constant` would hold it twice.

    The array must come from `allocate` and must not be written afterwards.
    """
    if array.size == 0:
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def without_rows(array: NDArray[np.uint8], rows: Sequence[int]) -> NDArray[np.uint8]:
    """`array` without some of its rows, closed up in place: a copy would need the memory twice."""
    kept = np.delete(np.arange(len(array)), rows)
    for row, old in enumerate(kept):
        if row != old:
            array[row] = array[old]
    return array[: len(kept)]
