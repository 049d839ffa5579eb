"""`pipeline.augment.draw`: draws by key alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.augment.draw import COLUMNS, example_keys, uniform

MANY = 20_000
seeds = st.integers(0, 2**31 - 1)
epochs = st.integers(0, 2**32 - 1)
indices = st.integers(0, 2**40)

compiled: Any = tf.function(uniform, jit_compile=True)


def keys(index: Any, epoch: int, seed: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = example_keys(tf.constant(index, tf.int64), tf.constant(epoch, tf.int64), seed).numpy()
    return found


def draws(key: NDArray[np.int64]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = uniform(tf.constant(key, tf.int64)).numpy()
    return found


@pytest.fixture(scope="module")
def many() -> NDArray[np.float32]:
    """Draws of one epoch."""
    found: NDArray[np.float32] = compiled(tf.constant(keys(np.arange(MANY), 3, 15))).numpy()
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(indices, epochs, seeds), min_size=1, max_size=20), st.randoms())
def test_a_row_depends_on_its_own_key_alone(places: list[tuple[int, int, int]], random: Any) -> None:
    key = np.concatenate([keys([index], epoch, seed) for index, epoch, seed in places])
    whole = draws(key)
    assert whole.shape == (len(places), len(COLUMNS))
    shuffled = list(range(len(places)))
    random.shuffle(shuffled)
    np.testing.assert_array_equal(draws(key[shuffled]), whole[shuffled])
    cut = random.randrange(len(places) + 1)
    parts = [draws(part) for part in (key[:cut], key[cut:]) if len(part)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(indices, epochs, seeds), min_size=5, max_size=5))
def test_compiled_draws_the_same_bits(places: list[tuple[int, int, int]]) -> None:
    key = np.concatenate([keys([index], epoch, seed) for index, epoch, seed in places])
    np.testing.assert_array_equal(compiled(tf.constant(key)).numpy(), draws(key))


def test_the_same_inside_a_dataset() -> None:
    key = keys(np.arange(60), 1, 2)
    mapped = tf.data.Dataset.from_tensor_slices(key).batch(7).map(uniform, num_parallel_calls=2)
    np.testing.assert_array_equal(np.concatenate(list(mapped.as_numpy_iterator())), draws(key))


def test_draws_are_multiples_of_an_exact_step_from_0_to_below_1(many: NDArray[np.float32]) -> None:
    assert many.dtype == np.float32
    assert many.min() >= 0
    assert many.max() < 1
    steps = many.astype(np.float64) * 2**24
    np.testing.assert_array_equal(steps, np.floor(steps))


def test_columns_are_uniform(many: NDArray[np.float32]) -> None:
    expected = MANY / 100
    for column in many.T:
        seen = np.histogram(column, bins=100, range=(0, 1))[0]
        # 99 degrees of freedom: mean 99, standard deviation 14; six of them are far beyond chance.
        assert np.sum((seen - expected) ** 2 / expected) < 99 + 6 * 14.1


def test_columns_examples_epochs_and_seeds_are_unrelated(many: NDArray[np.float32]) -> None:
    limit = 6 / np.sqrt(MANY)
    between_columns = np.corrcoef(many.T) - np.eye(len(COLUMNS))
    assert np.abs(between_columns).max() < limit
    next_epoch = compiled(tf.constant(keys(np.arange(MANY), 4, 15))).numpy()
    next_seed = compiled(tf.constant(keys(np.arange(MANY), 3, 16))).numpy()
    for other in (next_epoch, next_seed, np.roll(many, 1, axis=0)):
        for column in range(len(COLUMNS)):
            assert abs(np.corrcoef(many[:, column], other[:, column])[0, 1]) < limit


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(indices, epochs, seeds), min_size=2, max_size=2, unique=True))
def test_no_two_of_index_epoch_and_seed_share_a_key(places: list[tuple[int, int, int]]) -> None:
    first, second = (keys([index], epoch, seed)[0].tolist() for index, epoch, seed in places)
    assert first != second


def test_neighbouring_keys_draw_differently() -> None:
    index = np.arange(6)
    all_keys = np.concatenate([keys(index, epoch, seed) for epoch in range(6) for seed in range(6)])
    assert len(np.unique(all_keys, axis=0)) == 216
    for column in draws(all_keys).T:
        assert np.unique(column).size > 214  # 24 bits: two alike among 216 are a chance of 1 in 700


def test_switching_a_parameter_on_changes_no_other_draw() -> None:
    """One column each, always drawn; their order is part of what a seed means."""
    assert len(set(COLUMNS)) == len(COLUMNS) == 12
