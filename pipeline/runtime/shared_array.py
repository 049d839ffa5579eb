"""The memory cache: one array, filled in place, handed to TensorFlow and gathered from without a copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from pipeline.errors import InputError

__all__ = ["allocate", "is_shareable", "lent", "share", "take", "without_rows"]

# TensorFlow's kernels require it, and check it by ending the process.
ALIGNMENT = 64


def allocate(
    count: int,
    image_shape: tuple[int, int, int],
    dtype: DTypeLike = np.uint8,
    *,
    needs: str = "cache='memory' needs",
    way_out: str = "use cache='disk', cache='none' or a smaller image_size",
) -> NDArray[Any]:
    """An uninitialised array `[count, H, W, C]` of `dtype` whose first byte stands on a 64-byte boundary.

    Pages are taken as they are written, so a part-filled array costs what is filled.

    Raises:
        InputError: the process may not have that much memory; `needs` begins and `way_out` ends its line.
    """
    kind = np.dtype(dtype)
    size = count * int(np.prod(image_shape)) * kind.itemsize
    try:
        raw = np.empty(size + ALIGNMENT, np.uint8)
    except MemoryError:
        raise InputError(f"{needs} {size / 1e9:.1f} GB, which this process cannot get; {way_out}") from None
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(kind).reshape(count, *image_shape)


def share(array: NDArray[Any]) -> tf.Variable:
    """`array` as a variable on the CPU over the same memory (DLPack); `tf.constant` would hold it twice.

    A variable, because `tf.data` copies a tensor that a function captures into the graph that it optimises, and of a
    variable only the handle. Gather from it by `take`. The array must begin on a 64-byte boundary, as one from
    `allocate` or a mapped file does, and must not be written afterwards; the memory lives as long as who reads it.
    """
    with tf.device("CPU:0"):
        tensor = tf.experimental.dlpack.from_dlpack(array.__dlpack__()) if array.size else tf.constant(array)
        return tf.Variable(tensor, trainable=False)


def is_shareable(array: NDArray[Any]) -> bool:
    """Whether `share` can take `array` as it is: C-contiguous, on a 64-byte boundary, in native byte order."""
    return array.flags.c_contiguous and array.ctypes.data % ALIGNMENT == 0 and array.dtype.isnative


class _Lent:
    """An array that does not say that it must not be written: TensorFlow takes no other (and writes to none)."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array  # NumPy holds on to this object, and this object to the mapping
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def lent(array: NDArray[Any]) -> NDArray[Any]:
    """`array`, over the same memory, for `share` to take though it is read only."""
    return np.asarray(_Lent(array))


def take(pictures: tf.Variable, index: tf.Tensor) -> tf.Tensor:
    """Rows of what `share` gave, eagerly or in a graph: int64 `[B]` to `[B, H, W, C]`.

    `tf.gather(pictures, index)` would copy the whole first: a variable that is gathered from directly must own its
    memory.
    """
    return tf.gather(pictures.value(), index)


def without_rows(array: NDArray[Any], rows: Sequence[int]) -> NDArray[Any]:
    """`array` without some of its rows, closed up in place: a copy would need the memory twice."""
    kept = np.delete(np.arange(len(array)), rows)
    for row, old in enumerate(kept):
        if row != old:
            array[row] = array[old]
    return array[: len(kept)]
