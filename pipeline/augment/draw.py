"""Uniform draws that depend on a key alone: not on batch, order, thread or process."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["COLUMNS", "example_keys", "uniform"]

# One column a parameter, whether it is used or not: switching one on does not change what the others draw.
COLUMNS = (
    "rotation",
    "width_shift",
    "width_shift_sign",
    "height_shift",
    "height_shift_sign",
    "shear",
    "zoom_width",
    "zoom_height",
    "horizontal_flip",
    "vertical_flip",
    "channel_shift",
    "brightness",
)
SEED_BITS = 32


def example_keys(index: tf.Tensor, epoch: tf.Tensor, seed: int) -> tf.Tensor:
    """Keys of examples in one epoch.

    Args:
        index: int64 `[B]`, the examples' indices.
        epoch: int64 scalar, below 2**32.
        seed: the root seed, `0 <= seed < 2**31`.

    Returns:
        int64 `[B, 2]`: (index, seed and epoch in one number).
    """
    folded = epoch + tf.constant(seed << SEED_BITS, tf.int64)
    return tf.stack([index, tf.fill(tf.shape(index), folded)], axis=1)


def uniform(keys: tf.Tensor) -> tf.Tensor:
    """One row of draws a key.

    Args:
        keys: int64 `[B, 2]`.

    Returns:
        float32 `[B, len(COLUMNS)]` in `[0, 1)`, multiples of 2**-24. XLA's and the CPU kernels' float draws
        differ even with the algorithm named; their uint32 bits agree, so the bits are drawn and scaled here.
    """

    def bits(key: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform([len(COLUMNS)], key, None, None, tf.uint32, alg="philox")

    drawn = tf.map_fn(bits, keys, fn_output_signature=tf.uint32)
    return tf.cast(tf.bitwise.right_shift(drawn, 8), tf.float32) * 2.0**-24
