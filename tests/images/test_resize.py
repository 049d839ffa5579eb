"""`pipeline.images.resize`: one size for all, against Pillow's bilinear filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipeline.images.resize import resize_image

Pixels = NDArray[np.uint8]
BILINEAR = Image.Resampling.BILINEAR
MODES = ["stretch", "pad", "crop"]
sides = st.integers(1, 70)


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def ramp(height: int, width: int, axis: int) -> Pixels:
    """Each pixel's value is its own row or column (`axis` 0 or 1)."""
    assert (height, width)[axis] <= 256
    return np.broadcast_to(np.indices((height, width))[axis][..., None], (height, width, 1)).astype(np.uint8)


def ours(image: Pixels, size: tuple[int, int], resize: str, **options: Any) -> Pixels:
    pixels: Pixels = resize_image(tf.constant(image), size, resize, **options).numpy()
    assert pixels.dtype == np.uint8
    assert pixels.shape == (*size, image.shape[2])
    return pixels


def by_pillow(image: Pixels, size: tuple[int, int], resize: str, color: int = 0) -> Pixels:
    width_height = size[1], size[0]
    picture = Image.fromarray(image)
    if resize == "pad":
        picture = ImageOps.pad(picture, width_height, BILINEAR, color=(color,) * 3)
    elif resize == "crop":
        picture = ImageOps.fit(picture, width_height, BILINEAR)
    else:
        picture = picture.resize(width_height, BILINEAR)
    return np.asarray(picture)


def vanishes(height: int, width: int, size: tuple[int, int]) -> bool:
    """Keep one pixel of an image so thin that Pillow would pad an image of no pixels."""
    return round(height / width * size[1]) == 0 or round(width / height * size[0]) == 0


@pytest.mark.parametrize("resize", MODES)
@settings(max_examples=150, deadline=None)
@given(sides, sides, sides, sides, st.integers(0, 255))
@example(672, 336, 237, 233, 0)
@example(675, 324, 136, 30, 0)
def test_antialiased_equals_pillow_to_one_level(
    resize: str, height: int, width: int, target_height: int, target_width: int, color: int
) -> None:
    size = (target_height, target_width)
    assume(resize != "pad" or not vanishes(height, width, size))
    image = noise(height, width, seed=height * 100 + width)
    found = ours(image, size, resize, antialias=True, pad_value=color)
    wanted = by_pillow(image, size, resize, color)
    assert np.abs(found.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("resize", MODES)
@pytest.mark.parametrize("size", [(40, 60), (33, 33), (200, 150)])
def test_antialiased_in_a_dataset(resize: str, size: tuple[int, int]) -> None:
    images = [noise(height, width, seed=height) for height, width in ((97, 131), (131, 97), (50, 50))]
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(images), output_signature=tf.TensorSpec([None, None, 3], tf.uint8)
    ).map(lambda image: resize_image(image, size, resize, antialias=True))
    for image, found in zip(images, dataset.as_numpy_iterator(), strict=True):
        assert np.abs(found.astype(int) - by_pillow(image, size, resize)).max() <= 1
        np.testing.assert_array_equal(found, ours(image, size, resize, antialias=True))


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("resize", MODES)
@settings(max_examples=40, deadline=None)
@given(sides, sides)
def test_a_picture_of_the_right_size_stays_as_it_is(antialias: bool, resize: str, height: int, width: int) -> None:
    image = noise(height, width)
    np.testing.assert_array_equal(ours(image, (height, width), resize, antialias=antialias), image)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("resize", MODES)
@settings(max_examples=60, deadline=None)
@given(sides, sides, sides, sides, st.integers(0, 255))
def test_a_flat_picture_stays_flat(
    antialias: bool, resize: str, height: int, width: int, target_height: int, target_width: int, level: int
) -> None:
    image = np.full((height, width, 3), level, np.uint8)
    found = ours(image, (target_height, target_width), resize, antialias=antialias, pad_value=level)
    assert np.all(found == level)


@settings(max_examples=60, deadline=None)
@given(sides, sides, sides, sides)
def test_fast_stretch_takes_the_four_nearest_pixels(
    height: int, width: int, target_height: int, target_width: int
) -> None:
    image = noise(height, width)
    found = ours(image, (target_height, target_width), "stretch")
    y = np.clip((np.arange(target_height) + 0.5) * height / target_height - 0.5, 0, height - 1)
    x = np.clip((np.arange(target_width) + 0.5) * width / target_width - 0.5, 0, width - 1)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down, across = (y - top)[:, None, None], (x - left)[None, :, None]
    levels = image.astype(float)
    upper = levels[top][:, left] * (1 - across) + levels[top][:, right] * across
    lower = levels[bottom][:, left] * (1 - across) + levels[bottom][:, right] * across
    assert np.abs(found - (upper * (1 - down) + lower * down)).max() <= 0.51


def bars(found: Pixels, value: int) -> tuple[int, int, int, int]:
    """Rows above and below, columns left and right, that hold nothing but `value`."""
    rows = np.flatnonzero(np.any(found != value, axis=(1, 2)))
    columns = np.flatnonzero(np.any(found != value, axis=(0, 2)))
    last = found.shape[0] - 1, found.shape[1] - 1
    return int(rows[0]), int(last[0] - rows[-1]), int(columns[0]), int(last[1] - columns[-1])


@pytest.mark.parametrize("antialias", [True, False])
@settings(max_examples=80, deadline=None)
@given(sides, sides, sides, sides)
@example(1, 70, 20, 20)
@example(70, 1, 20, 20)
def test_pad_shows_the_whole_picture_in_the_middle_undistorted(
    antialias: bool, height: int, width: int, target_height: int, target_width: int
) -> None:
    image = np.full((height, width, 3), 200, np.uint8)
    size = (target_height, target_width)
    found = ours(image, size, "pad", antialias=antialias, pad_value=7)
    above, below, left, right = bars(found, 7)
    assert abs(above - below) <= 1
    assert abs(left - right) <= 1
    inner = target_height - above - below, target_width - left - right
    scale = min(target_height / height, target_width / width)
    assert inner == pytest.approx((max(1, height * scale), max(1, width * scale)), abs=0.501)
    assert inner[0] == target_height or inner[1] == target_width
    assert np.all(found[above : above + inner[0], left : left + inner[1]] == 200)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize(("height", "width"), [(20, 60), (60, 20), (13, 57)])
def test_edge_repeats_the_border_into_the_bars(antialias: bool, height: int, width: int) -> None:
    image = noise(height, width) // 2 + 1
    size = (40, 31)
    plain = ours(image, size, "pad", antialias=antialias, pad_value=0)
    edge = ours(image, size, "pad", antialias=antialias, pad_value="edge")
    above, below, left, right = bars(plain, 0)
    assert above + below + left + right > 5
    inner = plain[above : size[0] - below, left : size[1] - right]
    wanted = np.pad(inner, ((above, below), (left, right), (0, 0)), mode="edge")
    np.testing.assert_array_equal(edge, wanted)


@pytest.mark.parametrize("antialias", [True, False])
@settings(max_examples=120, deadline=None)
@given(st.integers(2, 200), st.integers(2, 200), st.integers(2, 120), st.integers(2, 120))
def test_crop_is_centred_and_as_wide_as_it_can_be(
    antialias: bool, height: int, width: int, target_height: int, target_width: int
) -> None:
    """On a ramp a pixel's value says where it came from."""
    size = (target_height, target_width)
    scale = max(target_height / height, target_width / width)
    for axis, side in enumerate((height, width)):
        line = ours(ramp(height, width, axis), size, "crop", antialias=antialias).astype(float)
        line = np.moveaxis(line[..., 0], axis, 0)[:, 0]
        # Each end is rounded to a level; a filter that reaches over the border leans inwards at both ends.
        assert (line[0] + line[-1]) / 2 == pytest.approx((side - 1) / 2, abs=0.5 + 0.51)
        window = size[axis] / scale
        step = window / size[axis]
        assert line[-1] - line[0] == pytest.approx(window - step, abs=2 + step)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("resize", MODES)
@pytest.mark.parametrize("channels", [1, 4])
def test_channels_are_resized_one_by_one(antialias: bool, resize: str, channels: int) -> None:
    image = noise(45, 61, channels)
    whole = ours(image, (30, 22), resize, antialias=antialias, pad_value=9)
    for channel in range(channels):
        alone = ours(image[..., channel : channel + 1], (30, 22), resize, antialias=antialias, pad_value=9)
        np.testing.assert_array_equal(whole[..., channel : channel + 1], alone)
