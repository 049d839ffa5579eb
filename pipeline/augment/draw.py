"""Uniform draws that depend on a key alone: not on batch, order, thread or process."""

from __future__ import annotations

import hashlib

import tensorflow as tf

__all__ = ["COLUMNS", "example_keys", "uniform", "uniform_of_stream"]

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


def uniform(keys: tf.Tensor, count: int = len(COLUMNS)) -> tf.Tensor:
    """Draw uniform numbers for each key.

    Args:
        keys: int64 `[B, 2]`.
        count: draws for each key.

    Returns:
        float32 `[B, count]` in `[0, 1)`, multiples of 2**-24. XLA's and the CPU kernels' float draws differ even with
        the algorithm named; their uint32 bits agree, so the bits are drawn and scaled here.
    """

    def bits(key: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform([count], key, None, None, tf.uint32, alg="philox")

    drawn = tf.map_fn(bits, keys, fn_output_signature=tf.uint32)
    return tf.cast(tf.bitwise.right_shift(drawn, 8), tf.float32) * 2.0**-24


def uniform_of_stream(keys: tf.Tensor, stream: str, count: int) -> tf.Tensor:
    """Draw uniform numbers of a named stream for each key, as `uniform` does; streams do not depend on each other.

    Args:
        keys: int64 `[B, 2]`.
        stream: its name.
        count: draws for each key.
    """
    name = int.from_bytes(hashlib.blake2b(stream.encode(), digest_size=8).digest(), signed=True)
    own = tf.stack([keys[:, 0], tf.bitwise.bitwise_xor(keys[:, 1], tf.constant(name, tf.int64))], axis=1)
    return uniform(own, count)
