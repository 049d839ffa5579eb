"""`pipeline.augment.parameters`: draws to ranges, with the meanings of Keras' `ImageDataGenerator`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from numpy.typing import NDArray

from pipeline.augment.draw import COLUMNS
from pipeline.augment.geometry import matrices
from pipeline.augment.parameters import Parameters, parameters
from pipeline.augment.warp import warp
from pipeline.config import Augment

HEIGHT, WIDTH = 40, 100
LARGEST = 1 - 2.0**-24  # the largest draw there is
EDGES = [0.0, 0.25, 0.5 - 2.0**-24, 0.5, 0.75, LARGEST]
NEUTRAL = {
    "rotation": 0,
    "width_shift": 0,
    "height_shift": 0,
    "shear": 0,
    "zoom_width": 1,
    "zoom_height": 1,
    "flip_width": 1,
    "flip_height": 1,
    "channel_shift": 0,
    "brightness": 1,
}
Values = dict[str, NDArray[np.float32]]


def values(augment: Augment, u: NDArray[np.float32]) -> Values:
    found = parameters(tf.constant(u, tf.float32), augment, HEIGHT, WIDTH)
    arrays = {name: value.numpy() for name, value in found._asdict().items()}
    assert all(array.dtype == np.float32 and array.shape == (len(u),) for array in arrays.values())
    return arrays


def only(column: str, draws: list[float], **others: float) -> NDArray[np.float32]:
    """Rows of draws in which one column takes the given values and all else is 0.3."""
    u = np.full((len(draws), len(COLUMNS)), 0.3, np.float32)
    u[:, COLUMNS.index(column)] = draws
    for name, value in others.items():
        u[:, COLUMNS.index(name)] = value
    return u


def noise(count: int = 500, seed: int = 0) -> NDArray[np.float32]:
    bits = np.random.default_rng(seed).integers(0, 2**24, (count, len(COLUMNS)))
    return (bits * 2.0**-24).astype(np.float32)


def assert_neutral_but(found: Values, *changed: str) -> None:
    for name, value in NEUTRAL.items():
        if name not in changed:
            np.testing.assert_array_equal(found[name], np.float32(value), name)


def test_nothing_set_changes_nothing() -> None:
    assert_neutral_but(values(Augment(), noise()))


@pytest.mark.parametrize(
    ("setting", "column", "name", "low", "high"),
    [
        ({"rotation_range": 40}, "rotation", "rotation", -math.radians(40), math.radians(40)),
        ({"shear_range": 15.5}, "shear", "shear", -math.radians(15.5), math.radians(15.5)),
        ({"channel_shift_range": 30}, "channel_shift", "channel_shift", -30, 30),
        ({"brightness_range": (0.4, 1.5)}, "brightness", "brightness", 0.4, 1.5),
        ({"width_shift_range": 0.2}, "width_shift", "width_shift", -20, 20),
        ({"height_shift_range": 0.2}, "height_shift", "height_shift", -8, 8),
        ({"width_shift_range": 1.0}, "width_shift", "width_shift", -1, 1),
        ({"height_shift_range": 7.5}, "height_shift", "height_shift", -7.5, 7.5),
    ],
)
def test_a_range_runs_evenly_from_end_to_end(
    setting: dict[str, Any], column: str, name: str, low: float, high: float
) -> None:
    found = values(Augment(**setting), only(column, EDGES))
    wanted = [low + (high - low) * u for u in EDGES]
    np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-5)
    assert_neutral_but(found, name)


@pytest.mark.parametrize(("given_range", "low", "high"), [(0.2, 0.8, 1.2), ((0.5, 0.9), 0.5, 0.9)])
def test_zoom_draws_each_axis_for_itself(given_range: Any, low: float, high: float) -> None:
    augment = Augment(zoom_range=given_range)
    for axis, other in (("zoom_width", "zoom_height"), ("zoom_height", "zoom_width")):
        found = values(augment, only(axis, EDGES))
        np.testing.assert_allclose(found[axis], [low + (high - low) * u for u in EDGES], rtol=1e-6)
        np.testing.assert_allclose(found[other], low + (high - low) * 0.3, rtol=1e-6)
        assert_neutral_but(found, "zoom_width", "zoom_height")


@pytest.mark.parametrize("axis", ["width", "height"])
def test_an_integer_shift_draws_whole_pixels_below_it(axis: str) -> None:
    setting: dict[str, Any] = {f"{axis}_shift_range": 4}
    for sign, negative in ((0.2, True), (0.7, False)):
        draws = [0.0, 0.2499, 0.25, 0.5, 0.75, LARGEST]
        found = values(Augment(**setting), only(f"{axis}_shift", draws, **{f"{axis}_shift_sign": sign}))
        wanted = np.array([0, 0, 1, 2, 3, 3]) * (-1 if negative else 1)
        np.testing.assert_array_equal(found[f"{axis}_shift"], wanted)
        assert_neutral_but(found, f"{axis}_shift")


@pytest.mark.parametrize(
    ("choices", "scale"),
    [((3, 10, 25), 1), ((0.1, 0.25), WIDTH), ((0.1, 1.0), 1), ((0.0, 2.0), 1), ((0.5,), WIDTH)],
)
def test_a_listed_shift_is_one_of_its_choices_with_a_sign(choices: tuple[float, ...], scale: int) -> None:
    """Fractions of the side where the largest is below 1, otherwise pixels, as Keras has it."""
    found = values(Augment(width_shift_range=choices), noise(2000))["width_shift"]
    wanted = {round(sign * choice * scale, 4) for choice in choices for sign in (-1, 1)}
    assert {round(float(value), 4) for value in np.unique(found)} == wanted
    for choice in choices:
        share = np.mean(np.isclose(np.abs(found), choice * scale))
        assert share == pytest.approx(1 / len(choices), abs=0.06)


@pytest.mark.parametrize("given_range", [0, 0.0, 1, (0.0,)])
def test_a_shift_of_nothing_is_nothing(given_range: Any) -> None:
    found = values(Augment(width_shift_range=given_range, height_shift_range=given_range), noise())
    assert not np.any(found["width_shift"])
    assert not np.any(found["height_shift"])


@pytest.mark.parametrize(("side", "name"), [("horizontal", "flip_width"), ("vertical", "flip_height")])
def test_flips_are_drawn_for_exactly_half_of_all_draws(side: str, name: str) -> None:
    setting: dict[str, Any] = {f"{side}_flip": True}
    found = values(Augment(**setting), only(f"{side}_flip", EDGES))
    np.testing.assert_array_equal(found[name], [-1, -1, -1, 1, 1, 1])
    assert_neutral_but(found, name)


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0, 180),
    st.one_of(st.floats(0, 3), st.integers(0, 9), st.lists(st.floats(0, 5), min_size=1, max_size=4)),
    st.floats(0, 0.99),
    st.floats(0, 100),
)
def test_every_draw_lies_within_its_range(rotation: float, shift: Any, zoom: float, channel: float) -> None:
    augment = Augment(
        rotation_range=rotation,
        width_shift_range=shift,
        shear_range=rotation,
        zoom_range=zoom,
        channel_shift_range=channel,
        brightness_range=(0.5, 2),
    )
    found = values(augment, np.concatenate([noise(50), np.zeros((1, 12)), np.full((1, 12), LARGEST)]))
    largest = shift - 1 if isinstance(shift, int) and shift else np.max(shift)
    pixels = largest * (WIDTH if np.max(shift) < 1 else 1)
    for name, limit in (
        ("rotation", math.radians(rotation)),
        ("shear", math.radians(rotation)),
        ("width_shift", pixels),
        ("channel_shift", channel),
    ):
        assert np.abs(found[name]).max() <= limit * (1 + 1e-6), name
    assert np.abs(found["zoom_width"] - 1).max() <= zoom * (1 + 1e-6) + 1e-6
    assert 0.5 <= found["brightness"].min() <= found["brightness"].max() <= 2


def test_the_meanings_are_those_of_keras() -> None:
    """Same ranges: the extremes over many draws of Keras' generator and of ours agree to a few parts in a hundred."""
    ranges: dict[str, Any] = {
        "rotation_range": 40,
        "width_shift_range": 0.2,
        "height_shift_range": 0.3,
        "shear_range": 10,
        "zoom_range": (0.7, 1.4),
        "channel_shift_range": 25,
        "brightness_range": (0.5, 1.5),
    }
    state = np.random.get_state()  # Keras' generator draws from NumPy's global one
    np.random.seed(0)
    generator = ImageDataGenerator(**ranges)
    drawn = [generator.get_random_transform((HEIGHT, WIDTH, 3)) for _ in range(3000)]
    np.random.set_state(state)
    found = values(Augment(**ranges), noise(3000, seed=1))
    degrees = {"rotation": np.degrees(found["rotation"]), "shear": np.degrees(found["shear"])}
    for keras_name, name in {
        "theta": "rotation",
        "shear": "shear",
        "tx": "height_shift",
        "ty": "width_shift",
        "zx": "zoom_width",
        "zy": "zoom_height",
        "channel_shift_intensity": "channel_shift",
        "brightness": "brightness",
    }.items():
        theirs = np.array([transform[keras_name] for transform in drawn])
        mine = degrees.get(name, found[name])
        spread = np.ptp(theirs)
        for share in (0, 0.25, 0.5, 0.75, 1):
            difference = abs(np.quantile(theirs, share) - np.quantile(mine, share))
            assert difference < 0.06 * spread, (name, share)


def spot(row: int, column: int) -> NDArray[np.float32]:
    """A black picture, not square, with one white point."""
    picture = np.zeros((9, 15, 1), np.float32)
    picture[row, column] = 255
    return picture


def where(picture: NDArray[np.float32]) -> tuple[int, int]:
    row, column = np.unravel_index(np.argmax(picture[..., 0]), picture.shape[:2])
    return int(row), int(column)


def moved(**change: float) -> tuple[int, int]:
    """Return the place to which the point (4, 7) of a 9 x 15 image moves."""
    fields = {name: tf.constant([change.get(name, value)], tf.float32) for name, value in NEUTRAL.items()}
    warped = warp(spot(4, 7)[None], matrices(Parameters(**fields), 9, 15), fill_mode="constant").numpy()
    return where(warped[0])


def keras_moves(picture: NDArray[np.float32], **ranges: Any) -> NDArray[np.float32]:
    generator = ImageDataGenerator(**ranges, fill_mode="constant")
    moved_picture: NDArray[np.float32] = generator.random_transform(picture, seed=1)
    return moved_picture


def test_here_a_width_shift_moves_columns_and_in_keras_it_moves_rows() -> None:
    """The first of the two things that this module mends."""
    assert moved(width_shift=2) == (4, 5)
    assert moved(height_shift=2) == (2, 7)
    row, column = where(keras_moves(spot(4, 7), width_shift_range=[2]))
    assert abs(row - 4) == 2
    assert column == 7
    row, column = where(keras_moves(spot(4, 7), height_shift_range=[2]))
    assert row == 4
    assert abs(column - 7) == 2


def test_here_a_picture_turns_about_its_centre_and_in_keras_beside_it() -> None:
    """The second; half a turn leaves the centre of a picture where it is."""
    assert moved(rotation=math.pi) == (4, 7)
    generator = ImageDataGenerator(fill_mode="constant")
    turned = generator.apply_transform(spot(4, 7), {"theta": 180})
    assert where(turned) != (4, 7)
    square = np.zeros((9, 9, 1), np.float32)
    square[4, 4] = 255
    assert where(generator.apply_transform(square, {"theta": 180})) == (4, 4)
