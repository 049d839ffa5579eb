"""How `tf.data` runs this package's pipelines: nothing in them is left to its tuner."""

from __future__ import annotations

import tensorflow as tf

from pipeline.machine import cores

__all__ = ["READS", "settled"]

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
