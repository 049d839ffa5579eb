"""Set how `tf.data` runs this package's pipelines. Its automatic tuner is not used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from pipeline.runtime.machine import cores

__all__ = ["READS", "of_length", "with_fixed_options"]

# Photos that are read at once. AUTOTUNE would choose about the number of cores, and they would wait for each other at
# the end of every batch. Other steps process one batch at a time, since their ops use all cores themselves.
READS = 4 * cores()


def with_fixed_options(stream: tf.data.Dataset) -> tf.data.Dataset:
    """Return the stream with this package's options: fixed order, no automatic tuning, no added prefetch."""
    options = tf.data.Options()
    options.deterministic = True
    # TensorFlow would append a prefetch and let it grow to dozens of float32 batches.
    options.experimental_optimization.inject_prefetch = False
    # The tuner's thread sleeps for longer and longer, 2.6 s after 5 s. When an iterator ends, at the end of each epoch,
    # TensorFlow 2.21 often waits for that sleep to end.
    options.autotune.enabled = False
    return stream.with_options(options)


def of_length(stream: tf.data.Dataset, count: int) -> tf.data.Dataset:
    """Return a stream with the same elements whose cardinality is `count`; it has at most so many elements.

    `tf.data.experimental.assert_cardinality` is enough for a stream without errors. If `ignore_errors` drops an
    element, it raises an error at the end instead of ending. The stream returned here ends where `stream` ends.
    """
    # No tf.data op sets a cardinality without checking it. But a choice among streams reports an infinite cardinality
    # if one of them is infinite, even if that one is never chosen, and `take(count)` then reports `count`.
    never = tf.data.Dataset.from_tensors(tf.nest.map_structure(_nothing, stream.element_spec)).repeat()
    chosen = tf.data.Dataset.from_tensors(tf.constant(0, tf.int64)).repeat()
    counted = tf.data.Dataset.choose_from_datasets([stream, never], chosen, stop_on_empty_dataset=True).take(count)
    return counted.map(_shaped_as(stream.element_spec))


def _nothing(spec: tf.TensorSpec) -> tf.Tensor:
    """Return an empty tensor with the dtype and rank of `spec`."""
    return tf.zeros([0] * spec.shape.rank, spec.dtype)


def _shaped_as(spec: Any) -> Callable[..., Any]:
    """Return a function for `map` that restores the static shapes of `spec`.

    A choice among streams loses them, and its elements could then not be concatenated with others.
    """

    def shaped(*parts: Any) -> Any:
        element = parts if isinstance(spec, tuple) else parts[0]
        return tf.nest.map_structure(lambda part, one: tf.ensure_shape(part, one.shape), element, spec)

    return shaped
