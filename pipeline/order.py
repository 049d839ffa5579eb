"""Which example stands where: a pure function of (count, seed, epoch, position), without a buffer (D1)."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["ROUNDS", "example_at", "step_positions", "steps_per_epoch"]

# Rounds of the cipher behind RandomIndexShuffle. It wants an even number of at least 4.
ROUNDS = 4


def steps_per_epoch(count: int, batch_size: int, *, drop_remainder: bool = False) -> int:
    """Batches that one epoch of `count` examples makes; the last may be partial unless it is dropped."""
    return count // batch_size if drop_remainder else -(-count // batch_size)


def step_positions(step: tf.Tensor, count: int, batch_size: int) -> tf.Tensor:
    """Positions that batch `step` of an epoch covers: int64 `[B]`, shorter in the last batch."""
    first = step * batch_size
    return tf.range(first, tf.minimum(first + batch_size, tf.constant(count, tf.int64)), dtype=tf.int64)


def example_at(positions: tf.Tensor, count: int, *, seed: int, epoch: tf.Tensor, shuffle: bool) -> tf.Tensor:
    """Examples that stand at `positions` of one epoch.

    With `shuffle`, position -> example is a permutation of `range(count)` that (seed, epoch) alone picks:
    O(1) memory for any `count`, so an epoch can be entered at any position.

    Args:
        positions: int64 `[B]`, each in `[0, count)`.
        count: how many examples there are, at least 1.
        seed: the root seed, `0 <= seed < 2**31`.
        epoch: int64 scalar.
        shuffle: `False` gives the positions back: example i stands at position i.

    Returns:
        int64 `[B]`, the examples' indices.
    """
    if not shuffle:
        return positions
    # tf.random.experimental.index_shuffle pads batched seeds wrongly; the op itself takes [B, 3].
    size = tf.shape(positions)[0]
    seeds = tf.tile(tf.stack([tf.constant(seed, tf.int64), epoch, tf.constant(0, tf.int64)])[None], [size, 1])
    return tf.raw_ops.RandomIndexShuffle(
        index=positions,
        seed=seeds,
        max_index=tf.fill([size], tf.constant(count - 1, tf.int64)),
        rounds=ROUNDS,
    )
