"""Extremes and draws are those of the augmentation that training runs."""

from __future__ import annotations

import base64
import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy import ndimage

from pipeline.augment.compiled import augmentation
from pipeline.augment.draw import example_keys
from pipeline.config import Augment
from pipeline.inspect.augmentation import DRAWS, HIGH, LOW, at, extremes, fills, random_draws
from pipeline.inspect.pictures import as_uri
from pipeline.inspect.subject import NOTEBOOK
from tests.support.odd_photos import picture

PHOTO = np.asarray(picture(48, 64, seed=9))


def test_there_is_a_row_for_each_argument_that_changes_something() -> None:
    rows = extremes(PHOTO, NOTEBOOK)
    assert [row.name for row in rows] == [
        "rotation_range",
        "width_shift_range",
        "height_shift_range",
        "shear_range",
        "zoom_range",
        "horizontal_flip",
    ]
    everything = dataclasses.replace(
        NOTEBOOK, brightness_range=(0.5, 1.5), channel_shift_range=40, vertical_flip=True, fill_mode="constant"
    )
    assert len(extremes(PHOTO, everything)) == 9
    assert extremes(PHOTO, Augment()) == []


@pytest.mark.parametrize("number", range(4))
def test_each_way_to_fill_is_scipy_s(number: int) -> None:
    across, down = np.meshgrid(np.linspace(40, 240, 64), np.linspace(0, 200, 48))
    photo = np.dstack([across, down, (across + down) / 2]).astype(np.uint8)  # smooth: JPEG loses little of it
    mode, address = fills(photo, Augment(cval=90))[number]
    moved = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1]))), np.float32)
    shift = (0.3 * photo.shape[0], 0.3 * photo.shape[1], 0)
    expected = ndimage.shift(photo.astype(np.float32), shift, order=1, mode=mode, cval=90)
    assert np.abs(moved - expected).mean() < 5
    others = [one for one in ("nearest", "constant", "reflect", "wrap") if one != mode]
    for other in others:
        wrong = ndimage.shift(photo.astype(np.float32), shift, order=1, mode=other, cval=90)
        assert np.abs(moved - expected).mean() < np.abs(moved - wrong).mean()


def test_captions_are_the_ends_of_the_range() -> None:
    rows = {row.name: [caption for caption, _, _ in row.pictures] for row in extremes(PHOTO, NOTEBOOK)}
    assert rows["rotation_range"] == ["-40", "unchanged", "+40"]
    assert rows["width_shift_range"] == ["-0.2", "unchanged", "+0.2"]
    assert rows["zoom_range"] == ["0.8", "1.2", "wide", "tall"]
    assert rows["horizontal_flip"] == ["off", "on"]


def test_the_middle_changes_nothing_and_the_flip_flips() -> None:
    np.testing.assert_allclose(at(PHOTO, Augment(rotation_range=40), {}), PHOTO, atol=0.01)
    flipped = at(PHOTO, Augment(horizontal_flip=True), {"horizontal_flip": LOW})
    np.testing.assert_allclose(flipped, PHOTO[:, ::-1], atol=0.01)


@pytest.mark.parametrize(("draw", "sign"), [(LOW, -1), (HIGH, 1)])
def test_a_shift_s_ends_are_the_whole_range(draw: float, sign: int) -> None:
    moved = at(PHOTO, Augment(width_shift_range=0.25), {"width_shift": draw})
    expected = ndimage.shift(PHOTO.astype(np.float32), (0, -sign * 16, 0), order=1, mode="nearest")
    np.testing.assert_allclose(moved, expected, atol=0.1)


@pytest.mark.parametrize("value", [9, (3.0, 11.0, 5.0), (0.1, 0.3)])
def test_whole_pixels_and_choices_have_ends_too(value: int | tuple[float, ...]) -> None:
    largest = 8 if value == 9 else 11 if value != (0.1, 0.3) else 0.3
    (row,) = extremes(PHOTO, Augment(width_shift_range=value))
    assert [caption for caption, _, _ in row.pictures] == [f"-{largest}", f"+{largest}"]
    assert row.pictures[0][2] != row.pictures[1][2]


def test_draws_are_those_of_the_compiled_augmentation_for_these_keys() -> None:
    keys = example_keys(tf.range(DRAWS, dtype=tf.int64), tf.constant(0, tf.int64), 15)
    batch = augmentation(NOTEBOOK, None)(tf.constant(np.stack([PHOTO] * DRAWS)), keys)
    drawn = random_draws(PHOTO, NOTEBOOK, 15)
    assert len(set(drawn)) == DRAWS
    same = sum(one == as_uri(other) for one, other in zip(drawn, np.asarray(batch), strict=True))
    assert same >= DRAWS - 2  # a level may be rounded otherwise where XLA fuses
