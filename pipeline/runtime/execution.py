"""How `tf.data` runs this package's pipelines: nothing in them is left to its tuner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from pipeline.runtime.machine import cores

__all__ = ["READS", "of_length", "with_fixed_options"]

# Photos being read at once. AUTOTUNE settles on about the cores, which then wait for each other at every batch's end.
# Other steps take a batch at a time, one after the other, where their ops use every core by themselves.
READS = 4 * cores()


def with_fixed_options(stream: tf.data.Dataset) -> tf.data.Dataset:
    """The same elements in the same order, made by the steps as they are written."""
    options = tf.data.Options()
    options.deterministic = True
    # TensorFlow would append a prefetch of its own, and let it grow to dozens of float32 batches.
    options.experimental_optimization.inject_prefetch = False
    # The tuner's thread naps ever longer, 2.6 s after 5 s, and TensorFlow 2.21 often waits for the nap's end where an
    # iterator ends: at the end of an epoch.
    options.autotune.enabled = False
    return stream.with_options(options)


def of_length(stream: tf.data.Dataset, count: int) -> tf.data.Dataset:
    """Give a stream of at most `count` elements that cardinality.

    `tf.data.experimental.assert_cardinality` would do for a stream without errors. Where `ignore_errors` leaves an
    element out, it raises at the end for ever, as it waits for that element. This stream ends where `stream` does.
    """
    # No operation says so much of a stream without a check of it. But a choice among streams has no end by its own
    # account if one of them has none, even if that one is never chosen; and `take` believes it.
    never = tf.data.Dataset.from_tensors(tf.nest.map_structure(_nothing, stream.element_spec)).repeat()
    chosen = tf.data.Dataset.from_tensors(tf.constant(0, tf.int64)).repeat()
    counted = tf.data.Dataset.choose_from_datasets([stream, never], chosen, stop_on_empty_dataset=True).take(count)
    return counted.map(_shaped_as(stream.element_spec))


def _nothing(spec: tf.TensorSpec) -> tf.Tensor:
    """Return an empty tensor of the type and rank of `spec`."""
    return tf.zeros([0] * spec.shape.rank, spec.dtype)


def _shaped_as(spec: Any) -> Callable[..., Any]:
    """Return a function for `map` that states the shapes of `spec`.

    A choice of streams has only those that they have in common. It does not even tell TensorFlow these, and what is
    chosen could not be concatenated.
    """

    def shaped(*parts: Any) -> Any:
        element = parts if isinstance(spec, tuple) else parts[0]
        return tf.nest.map_structure(lambda part, one: tf.ensure_shape(part, one.shape), element, spec)

    return shaped
