"""Share one NumPy array with TensorFlow without a copy; the memory cache is such an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from pipeline.errors import InputError

__all__ = ["allocate", "is_shareable", "share", "take", "without_rows", "writable_view"]

# Bytes. TensorFlow's kernels require this alignment, and end the process if an array does not have it.
ALIGNMENT = 64


def allocate(
    count: int,
    image_shape: tuple[int, int, int],
    dtype: DTypeLike = np.uint8,
    *,
    needs: str = "cache='memory' needs",
    way_out: str = "use cache='disk', cache='none' or a smaller image_size",
) -> NDArray[Any]:
    """Return an uninitialised array that begins on a 64-byte boundary.

    The system provides memory as it is written, so a partly filled array takes only the memory of the filled part.

    Args:
        count: the number of images.
        image_shape: `(H, W, C)` of an image.
        dtype: the array's dtype.
        needs: the beginning of the error message.
        way_out: the end of the error message: what to do.

    Returns:
        An array `[count, H, W, C]`.

    Raises:
        InputError: the process cannot get so much memory.
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
    """Return a variable on the CPU that uses the memory of an array (through DLPack). `tf.constant` would copy it.

    It is a variable, because `tf.data` copies a tensor that a function captures into its optimised graph, but of a
    variable only the handle. Use `take` to gather rows. The memory is kept as long as the variable is used.

    Args:
        array: an array for which `is_shareable` is true. It must not be written afterwards.
    """
    with tf.device("CPU:0"):
        tensor = tf.experimental.dlpack.from_dlpack(array.__dlpack__()) if array.size else tf.constant(array)
        return tf.Variable(tensor, trainable=False)


def is_shareable(array: NDArray[Any]) -> bool:
    """Return whether `share` accepts an array: C-contiguous, on a 64-byte boundary, in native byte order."""
    return array.flags.c_contiguous and array.ctypes.data % ALIGNMENT == 0 and array.dtype.isnative


class _Writable:
    """A writable view of a read-only array. TensorFlow rejects read-only arrays, though it does not write to them."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array  # NumPy keeps this object alive, and this object keeps the mapped file open
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def writable_view(array: NDArray[Any]) -> NDArray[Any]:
    """Return a writable view of a read-only array, over the same memory, that `share` accepts."""
    return np.asarray(_Writable(array))


def take(images: tf.Variable, index: tf.Tensor) -> tf.Tensor:
    """Gather rows of a variable that `share` returned, eagerly or in a graph.

    `tf.gather(images, index)` would copy the whole array first, because a variable that is gathered from directly
    must own its memory.

    Args:
        images: `[N, H, W, C]`.
        index: int64 `[B]`.

    Returns:
        The rows, `[B, H, W, C]`.
    """
    return tf.gather(images.value(), index)


def without_rows(array: NDArray[Any], rows: Sequence[int]) -> NDArray[Any]:
    """Remove rows from an array in place and return a view of the rest; a copy would need twice the memory."""
    kept = np.delete(np.arange(len(array)), rows)
    for row, old in enumerate(kept):
        if row != old:
            array[row] = array[old]
    return array[: len(kept)]
