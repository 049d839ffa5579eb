"""Batches of NumPy arrays as a `tf.data.Dataset`."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from pipeline.runtime.execution import of_length, with_fixed_options

__all__ = ["dataset_of"]


def _as_tuples(batch: Any) -> Any:
    """Lists of arrays as tuples: `tf.data` would make one tensor of a list."""
    return tuple(_as_tuples(one) for one in batch) if isinstance(batch, (list, tuple)) else batch


def _specification(batch: Any) -> Any:
    if isinstance(batch, tuple):
        return tuple(_specification(one) for one in batch)
    dtype = tf.string if batch.dtype.kind in "OUS" else tf.as_dtype(batch.dtype)
    return tf.TensorSpec([None, *batch.shape[1:]], dtype)


def dataset_of(epoch: Callable[[], Iterator[Any]], example: Any, steps: int) -> tf.data.Dataset:
    """A data set that calls `epoch` at each iteration.

    Args:
        epoch: gives the `steps` batches of an epoch: arrays, or tuples or lists of them.
        example: one batch, of any size, from which shapes and dtypes are taken.
        steps: the cardinality.
    """
    # TensorFlow never lets go of the function that it is given here: with `epoch` itself, the iterator and its arrays
    # would outlive the data set.
    made = weakref.ref(epoch)

    def batches() -> Iterator[Any]:
        begin = made()
        if begin is None:
            raise RuntimeError("The data set of this iterator was deleted while it was read: keep a reference to it")
        return map(_as_tuples, begin())

    stream = tf.data.Dataset.from_generator(batches, output_signature=_specification(_as_tuples(example)))
    whole = with_fixed_options(of_length(stream, steps).prefetch(1))
    whole._epoch = epoch  # it lives as long as this data set, and whatever is made of it
    return whole
