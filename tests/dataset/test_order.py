"""`pipeline.dataset.order`: which example stands at which position."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.dataset.order import example_at, step_positions, steps_per_epoch

counts = st.integers(1, 2000)
seeds = st.integers(0, 2**31 - 1)
epochs = st.integers(0, 2**32 - 1)


def order(
    count: int, seed: int, epoch: int, positions: NDArray[np.int64] | None = None, shuffle: bool = True
) -> NDArray[np.int64]:
    positions = np.arange(count) if positions is None else positions
    found: NDArray[np.int64] = example_at(
        tf.constant(positions, tf.int64),
        count,
        seed=seed,
        epoch=tf.constant(epoch, tf.int64),
        shuffle=shuffle,
    ).numpy()
    return found


@settings(max_examples=100, deadline=None)
@given(counts, seeds, epochs)
def test_every_example_stands_somewhere_once(count: int, seed: int, epoch: int) -> None:
    np.testing.assert_array_equal(np.sort(order(count, seed, epoch)), np.arange(count))


@settings(max_examples=50, deadline=None)
@given(counts, seeds, epochs, st.data())
def test_any_positions_alone_give_what_they_give_in_the_whole(
    count: int, seed: int, epoch: int, data: st.DataObject
) -> None:
    whole = order(count, seed, epoch)
    chosen = np.array(data.draw(st.lists(st.integers(0, count - 1), max_size=20)), np.int64)
    np.testing.assert_array_equal(order(count, seed, epoch, chosen), whole[chosen])


@settings(max_examples=50, deadline=None)
@given(st.integers(50, 2000), seeds, epochs)
def test_epochs_and_seeds_differ(count: int, seed: int, epoch: int) -> None:
    first = order(count, seed, epoch)
    # The op behind it drops all but the lowest bits of its seed, hence the powers of two.
    for step in (1, 2**8, 2**16, 2**30):
        for other in (order(count, seed, epoch + step), order(count, (seed + step) % 2**31, epoch)):
            # A random permutation agrees with another in one place on average; 25 would be absurd.
            assert np.sum(first == other) < 25
    assert np.sum(first == np.arange(count)) < 25


@pytest.mark.parametrize("count", [2**16 - 1, 2**16, 2**16 + 1, 2**16 + 2, 2**17 + 1, 2**18 + 1])
def test_every_example_stands_somewhere_at_the_borders_of_a_bit(count: int) -> None:
    np.testing.assert_array_equal(np.sort(order(count, 1, 2)), np.arange(count))
    some = np.array([0, 1, count - 2, count - 1], np.int64)
    np.testing.assert_array_equal(order(count, 1, 2, some), order(count, 1, 2)[some])


def test_a_seed_and_an_epoch_are_not_interchangeable() -> None:
    assert not np.array_equal(order(100, 3, 5), order(100, 5, 3))


@given(counts, seeds, epochs)
@settings(max_examples=20, deadline=None)
def test_without_shuffle_example_i_stands_at_position_i(count: int, seed: int, epoch: int) -> None:
    np.testing.assert_array_equal(order(count, seed, epoch, shuffle=False), np.arange(count))


@pytest.mark.parametrize("count", [2, 3, 7, 10, 33])
def test_each_position_meets_every_example_evenly(count: int) -> None:
    trials = 100 * count
    places = tf.constant([0, count // 2, count - 1], tf.int64)

    visits: Any = tf.function(lambda epoch: example_at(places, count, seed=11, epoch=epoch, shuffle=True))
    met = np.array([visits(tf.constant(epoch, tf.int64)).numpy() for epoch in range(trials)])
    for column in met.T:
        seen = np.bincount(column, minlength=count)
        chi_square = float(np.sum((seen - 100.0) ** 2 / 100.0))
        # Mean count-1, standard deviation sqrt(2(count-1)); six of them lie far beyond chance.
        assert chi_square < count - 1 + 6 * np.sqrt(2 * (count - 1)) + 6, seen


def test_neighbours_do_not_stay_neighbours() -> None:
    count = 1000
    steps = np.diff(order(count, 0, 0))
    # Among random pairs a difference of 1 turns up twice in a thousand.
    assert np.sum(np.abs(steps) == 1) < 15
    assert np.unique(steps).size > count / 2


def test_an_epoch_of_a_large_set_is_entered_anywhere() -> None:
    count = 10**12
    far = np.array([0, 1, count // 2, count - 1], np.int64)
    found = order(count, 5, 2, far)
    assert len(set(found.tolist())) == 4
    assert np.all((found >= 0) & (found < count))


def test_the_same_inside_a_dataset() -> None:
    def at(epoch: tf.Tensor) -> tf.Tensor:
        return example_at(tf.range(97, dtype=tf.int64), 97, seed=4, epoch=epoch, shuffle=True)

    mapped = list(tf.data.Dataset.range(3).map(at, num_parallel_calls=2).as_numpy_iterator())
    for epoch, found in enumerate(mapped):
        np.testing.assert_array_equal(found, order(97, 4, epoch))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 320))
def test_steps_cover_an_epoch_exactly(count: int, batch_size: int) -> None:
    steps = steps_per_epoch(count, batch_size)
    batches = [step_positions(tf.constant(step, tf.int64), count, batch_size).numpy() for step in range(steps)]
    np.testing.assert_array_equal(np.concatenate(batches), np.arange(count))
    assert [len(batch) for batch in batches[:-1]] == [batch_size] * (steps - 1)
    assert 1 <= len(batches[-1]) <= batch_size
    assert batches[0].dtype == np.int64


def test_positions_beyond_int32() -> None:
    first = step_positions(tf.constant(10**9, tf.int64), 10**12, 100).numpy()
    np.testing.assert_array_equal(first, np.arange(10**11, 10**11 + 100))


@given(st.integers(1, 10**9), st.integers(1, 10**6))
def test_full_batches_alone_where_the_rest_is_dropped(count: int, batch_size: int) -> None:
    full, rest = divmod(count, batch_size)
    assert steps_per_epoch(count, batch_size, drop_remainder=True) == full
    assert steps_per_epoch(count, batch_size) == full + (rest > 0)
