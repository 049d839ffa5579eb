"""How `tf.data` runs this package's pipelines: nothing in them is left to its tuner."""

from __future__ import annotations

import tensorflow as tf

from pipeline.machine import cores

__all__ = ["READS", "counted_off", "settled"]

# Photos being read at once. AUTOTUNE settles on about the cores, which then wait for each other at every batch's end.
# Other steps take a batch at a time, one after the other, where their ops use every core by themselves.
READS = 4 * cores()


def settled(stream: tf.data.Dataset) -> tf.data.Dataset:
    """The same elements in the same order, made by the steps as they are written."""
    options = tf.data.Options()
    options.deterministic = True
    # TensorFlow would append a prefetch of its own, and let it grow to dozens of float32 batches.
    options.experimental_optimization.inject_prefetch = False
    # The tuner's thread naps ever longer, 2.6 s after 5 s, and TensorFlow 2.21 often waits for the nap's end where an
    # iterator ends: at the end of an epoch.
    options.autotune.enabled = False
    return stream.with_options(options)


def counted_off(stream: tf.data.Dataset, count: int) -> tf.data.Dataset:
    """Number the elements of a stream that has `count` of them, and give it that cardinality.

    `tf.data.experimental.assert_cardinality` would do for a stream without errors. Where `ignore_errors` leaves an
    element out, it raises at the end for ever, as it waits for that element. Here an error counts as an element: after
    `count` of both the stream ends. Where it has fewer, the missing ones raise `tf.errors.FailedPreconditionError`.

    Returns:
        Pairs (number from 0, element).
    """
    # `zip` moves on in both even where one of them raises an error, and ends with the first that ends.
    endless = stream.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return tf.data.Dataset.zip(tf.data.Dataset.range(count), endless)
