from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.legacy import ImageDataGenerator
from pipeline.legacy.draws import Transforms, draw_batch, draw_one
from tests.support.beside_keras import ORIGINAL

shares = st.floats(0, 0.9)
shifts = st.one_of(shares, st.floats(1, 9), st.integers(0, 5), st.lists(st.integers(-4, 4), min_size=1, max_size=4))
ranges = st.fixed_dictionaries(
    {
        "rotation_range": st.one_of(st.just(0), st.integers(1, 180), st.floats(0, 90)),
        "width_shift_range": shifts,
        "height_shift_range": shifts,
        "shear_range": st.floats(0, 45),
        "zoom_range": st.one_of(shares, st.tuples(st.floats(0.5, 1), st.floats(1, 2)), st.just([1, 1])),
        "channel_shift_range": st.one_of(st.just(0.0), st.floats(0, 100)),
        "horizontal_flip": st.booleans(),
        "vertical_flip": st.booleans(),
        "brightness_range": st.one_of(st.none(), st.tuples(st.floats(0, 1), st.floats(1, 2))),
    }
)


def _by_keras(arguments: dict[str, Any], seed: int, count: int) -> tuple[list[dict[str, Any]], float]:
    """Keras' parameters of `count` pictures, and the number that NumPy draws next."""
    generator = ORIGINAL(**arguments)
    before = np.random.get_state()
    np.random.seed(seed)
    rows = [generator.get_random_transform((30, 20, 3)) for _ in range(count)]
    following = np.random.random_sample()
    np.random.set_state(before)
    return rows, following


@given(arguments=ranges, seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_one_and_many_draw_the_numbers_of_keras(arguments: dict[str, Any], seed: int) -> None:
    rows, following = _by_keras(arguments, seed, 3)
    generator = ImageDataGenerator(**arguments)
    random = np.random.RandomState(seed)
    assert [draw_one(generator, 30, 20, random) for _ in range(3)] == rows
    assert random.random_sample() == following
    random = np.random.RandomState(seed)
    batch = draw_batch(generator, 30, 20, 3, random)
    assert random.random_sample() == following
    wanted = Transforms.stacked(rows)
    for k in range(3):
        assert batch.row(k) == wanted.row(k) == {**rows[k], **_as_bool(rows[k])}


def _as_bool(row: dict[str, Any]) -> dict[str, bool]:
    return {name: bool(row[name]) for name in ("flip_horizontal", "flip_vertical")}


def test_a_seed_leaves_numpys_state_alone() -> None:
    generator = ImageDataGenerator(rotation_range=30)
    np.random.seed(4)
    wanted = np.random.random_sample(3)
    np.random.seed(4)
    first = generator.get_random_transform((9, 9, 3), seed=1)
    assert first == ORIGINAL(rotation_range=30).get_random_transform((9, 9, 3), seed=1)
    np.random.seed(4)
    generator.get_random_transform((9, 9, 3), seed=1)
    assert np.random.random_sample(3).tolist() == wanted.tolist()


def test_without_a_seed_draws_come_from_numpys_state() -> None:
    np.random.seed(8)
    mine = ImageDataGenerator(rotation_range=30, zoom_range=0.2).get_random_transform((9, 9, 3))
    np.random.seed(8)
    assert mine == ORIGINAL(rotation_range=30, zoom_range=0.2).get_random_transform((9, 9, 3))


@pytest.mark.parametrize("wrong", ["a lot", object()])
def test_a_range_that_is_no_number_fails_as_in_keras(wrong: Any) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  # whichever it is
        ORIGINAL(rotation_range=wrong).get_random_transform((9, 9, 3))
    with pytest.raises(theirs.type):
        draw_batch(ImageDataGenerator(rotation_range=wrong), 9, 9, 2, np.random.RandomState(0))
