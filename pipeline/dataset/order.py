"""The order of examples in an epoch: a pure function of (count, seed, epoch, position), without a buffer."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["ROUNDS", "example_at", "step_positions", "steps_per_epoch"]

# Rounds of the cipher behind RandomIndexShuffle, an even number. With the op's default of 4, a tenth of all
# neighbours stay neighbours and a tenth of all examples stand where they stood an epoch before; from 10 on,
# pairs of positions and of epochs pass a chi-square test at every count tried (5 to 10**12).
ROUNDS = 10
# The op's cipher works on blocks of at least this many bits.
SMALLEST_BLOCK = 16


def steps_per_epoch(count: int, batch_size: int, *, drop_remainder: bool = False) -> int:
    """Return the number of batches in an epoch of `count` examples; the last may be partial unless it is dropped."""
    return count // batch_size if drop_remainder else -(-count // batch_size)


def step_positions(step: tf.Tensor, count: int, batch_size: int) -> tf.Tensor:
    """Return the positions of batch `step` of an epoch: int64 `[B]`, shorter in the last batch."""
    first = step * batch_size
    return tf.range(first, tf.minimum(first + batch_size, tf.constant(count, tf.int64)), dtype=tf.int64)


def example_at(
    positions: tf.Tensor, count: int, *, seed: int, epoch: tf.Tensor, shuffle: bool, window: int | None = None
) -> tf.Tensor:
    """Return the indices of the examples at `positions` of one epoch.

    With `shuffle`, position -> example is a permutation of `range(count)` that (seed, epoch) alone picks:
    O(1) memory for any `count`, so an epoch can be entered at any position.

    Args:
        positions: int64 `[B]`, each in `[0, count)`.
        count: how many examples there are, at least 1.
        seed: the root seed, `0 <= seed < 2**31`.
        epoch: int64 scalar.
        shuffle: `False` gives the positions back: example i stands at position i.
        window: shuffle only within windows of this many positions, the first of which begins at position 0; `positions`
            are then of one window. `None`: over all of them.

    Returns:
        int64 `[B]`, the examples' indices.
    """
    if not shuffle:
        return positions
    keys = _words(tf.constant(seed, tf.int64), epoch)
    return _permutation(positions, count, keys) if window is None else _within_window(positions, count, window, keys)


def _within_window(positions: tf.Tensor, count: int, window: int, keys: tf.Tensor) -> tf.Tensor:
    """Permute positions inside their window; the last window of an epoch may be a smaller one."""
    number = positions[0] // window
    keys, first = _words(keys[0], number), number * window
    whole, rest = divmod(count, window)
    if not rest:
        return first + _permutation(positions - first, window, keys)
    if not whole:
        return _permutation(positions, rest, keys)
    return first + tf.cond(
        number < whole,
        lambda: _permutation(positions - first, window, keys),
        lambda: _permutation(positions - first, rest, keys),
    )


def _words(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Return the cipher's three words, int64 `[3]`, for a pair of int64 scalars such as (seed, epoch).

    The op keeps a few low bits of each (8, up to 65,536 examples), so seeds and epochs as they are would
    repeat after 256; here every bit of both reaches every bit of the three.
    """
    mixed = tf.stack([one, other])
    return tf.cast(tf.random.stateless_uniform([3], mixed, None, None, tf.uint32, alg="philox"), tf.int64)


def _permutation(index: tf.Tensor, count: int, keys: tf.Tensor) -> tf.Tensor:
    """Permute `range(count)`, at the counts where the op is no permutation as well."""
    if _is_cut_short(count):
        # One more than there are, and whoever meets that one takes what stands at its place.
        found = _permuted(index, count + 1, keys)
        return tf.where(found < count, found, _permuted(tf.constant([count], tf.int64), count + 1, keys))
    return _permuted(index, count, keys)


def _is_cut_short(count: int) -> bool:
    """Return whether the op would lose an index: it counts bits by a logarithm, one too few for 2**k."""
    last = count - 1
    return last & (last - 1) == 0 and last >= 1 << SMALLEST_BLOCK


def _permuted(index: tf.Tensor, count: int, keys: tf.Tensor) -> tf.Tensor:
    # tf.random.experimental.index_shuffle pads batched seeds wrongly; the op itself takes [B, 3].
    size = tf.shape(index)[0]
    return tf.raw_ops.RandomIndexShuffle(
        index=index,
        seed=tf.tile(keys[None], [size, 1]),
        max_index=tf.fill([size], tf.constant(count - 1, tf.int64)),
        rounds=ROUNDS,
    )
