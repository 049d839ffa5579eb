"""Wrap an iterator over batches of NumPy arrays in a `tf.data.Dataset`."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from pipeline.runtime.execution import of_length, with_fixed_options

__all__ = ["dataset_of"]


def _as_tuples(batch: Any) -> Any:
    """Convert lists of arrays to tuples, because `tf.data` would convert a list to one tensor."""
    return tuple(_as_tuples(part) for part in batch) if isinstance(batch, (list, tuple)) else batch


def _specification(batch: Any) -> Any:
    if isinstance(batch, tuple):
        return tuple(_specification(part) for part in batch)
    dtype = tf.string if batch.dtype.kind in "OUS" else tf.as_dtype(batch.dtype)
    return tf.TensorSpec([None, *batch.shape[1:]], dtype)


def dataset_of(epoch: Callable[[], Iterator[Any]], example: Any, steps: int) -> tf.data.Dataset:
    """Return a data set that calls `epoch` at each iteration.

    Args:
        epoch: a function that returns the batches of an epoch: arrays, or tuples or lists of arrays.
        example: one batch of any size; the data set takes its shapes (but for the first axis) and dtypes.
        steps: number of batches in an epoch, the data set's cardinality.
    """
    # TensorFlow never releases the function that it gets here. A reference to `epoch` in it would keep the iterator
    # and its arrays alive after the data set is deleted.
    reference = weakref.ref(epoch)

    def batches() -> Iterator[Any]:
        begin = reference()
        if begin is None:
            raise RuntimeError("The data set of this iterator was deleted while it was read: keep a reference to it")
        return map(_as_tuples, begin())

    stream = tf.data.Dataset.from_generator(batches, output_signature=_specification(_as_tuples(example)))
    dataset = with_fixed_options(of_length(stream, steps).prefetch(1))
    dataset._epoch = epoch  # keeps `epoch` alive as long as this data set and all that derive from it
    return dataset
