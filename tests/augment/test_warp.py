"""The warp against `scipy.ndimage.affine_transform(order=1)`, computed here."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.augment.warp import FILL_MODES, warp

Matrices = NDArray[np.float64]


def _noise(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return levels


def _smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A picture without steps, so that a coordinate off by 1e-5 shows as next to nothing."""
    y, x = np.mgrid[:height, :width]
    waves = [127 + 120 * np.sin(y / (5 + k) + k) * np.cos(x / (7 - k)) for k in range(3)]
    smooth: NDArray[np.uint8] = np.rint(np.stack(waves, axis=-1)).astype(np.uint8)
    return smooth


def _random_matrices(count: int, height: int, width: int, seed: int) -> Matrices:
    """Rotations, zooms and shifts of any strength, about the centre: rows (a b c d e f) as `warp` takes them."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        linear = np.eye(2) + rng.uniform(-0.8, 0.8, (2, 2))
        centre = np.array([(height - 1) / 2, (width - 1) / 2])
        offset = centre - linear @ centre + rng.uniform(-0.4, 0.4, 2) * (height, width)
        rows.append([*linear[0], offset[0], *linear[1], offset[1]])
    return np.array(rows)


def _scipy(image: NDArray[np.uint8], row: NDArray[np.float64], mode: str, cval: float) -> NDArray[np.float32]:
    a, b, c, d, e, f = row
    channels = [
        ndimage.affine_transform(
            image[..., k].astype(np.float32),
            np.array([[a, b], [d, e]]),
            (c, f),
            order=1,
            mode=mode,
            cval=cval,
        )
        for k in range(image.shape[2])
    ]
    return np.stack(channels, axis=-1)


def _coordinates(row: NDArray[np.float64], height: int, width: int) -> tuple[Matrices, Matrices]:
    y, x = np.mgrid[:height, :width].astype(np.float64)
    a, b, c, d, e, f = row
    return c + a * y + b * x, f + d * y + e * x


def _off_border(row: NDArray[np.float64], height: int, width: int, mode: str) -> NDArray[np.bool_]:
    """Mark coordinates not within 1e-3 of a jump of `mode`, where SciPy's float64 may fall on the other side."""
    off = np.ones((height, width), bool)
    for coordinate, length in zip(_coordinates(row, height, width), (height, width), strict=True):
        if mode == "constant":
            near = np.minimum(np.abs(coordinate), np.abs(coordinate - (length - 1)))
        else:
            near = np.abs(coordinate / (length - 1) - np.rint(coordinate / (length - 1))) * (length - 1)
        off &= near > 1e-3
    return off


@pytest.mark.parametrize("mode", FILL_MODES)
def test_float32_coordinates_match_scipy_to_one_level(mode: str) -> None:
    height, width = 61, 47
    image, rows = _smooth(height, width), _random_matrices(24, height, width, seed=1)
    ours = warp(tf.constant(np.stack([image] * len(rows))), tf.constant(rows, tf.float32), fill_mode=mode, cval=33.0)
    for row, picture in zip(rows, ours.numpy(), strict=True):
        difference = np.abs(picture - _scipy(image, row, mode, 33.0)).max(axis=-1)
        if mode in ("constant", "wrap"):
            difference = difference[_off_border(row, height, width, mode)]
        assert difference.max() <= 1.0


@pytest.mark.parametrize("mode", FILL_MODES)
def test_float64_coordinates_match_scipy_on_noise_everywhere(mode: str) -> None:
    height, width = 40, 52
    image, rows = _noise((height, width, 3)), _random_matrices(24, height, width, seed=2)
    ours = warp(tf.constant(np.stack([image] * len(rows))), tf.constant(rows), fill_mode=mode, cval=7.5)
    for row, picture in zip(rows, ours.numpy(), strict=True):
        assert np.abs(picture - _scipy(image, row, mode, 7.5)).max() <= 1e-3


@pytest.mark.parametrize("mode", FILL_MODES)
def test_identity_and_flips_move_pixels_untouched(mode: str) -> None:
    image = _noise((9, 12, 3))
    rows = np.array([[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, -1, 11], [-1, 0, 8, 0, 1, 0], [-1, 0, 8, 0, -1, 11]], np.float32)
    ours = warp(tf.constant(np.stack([image] * 4)), tf.constant(rows), fill_mode=mode).numpy()
    for picture, expected in zip(ours, (image, image[:, ::-1], image[::-1], image[::-1, ::-1]), strict=True):
        np.testing.assert_array_equal(picture, expected.astype(np.float32))


@pytest.mark.parametrize("mode", ["nearest", "reflect", "wrap"])
def test_a_flat_picture_stays_exactly_flat(mode: str) -> None:
    flat = np.full((16, 20, 20, 3), 201, np.uint8)
    ours = warp(tf.constant(flat), tf.constant(_random_matrices(16, 20, 20, 3), tf.float32), fill_mode=mode)
    np.testing.assert_array_equal(ours, flat.astype(np.float32))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 11), max_size=3, unique=True))
def test_batch_size_does_not_change_a_bit(cuts: list[int]) -> None:
    images, rows = _noise((12, 15, 15, 3), 4), _random_matrices(12, 15, 15, 5).astype(np.float32)
    compiled = tf.function(lambda x, m: warp(x, m), jit_compile=True, autograph=False, reduce_retracing=True)
    whole = compiled(tf.constant(images), tf.constant(rows)).numpy()
    edges = [0, *sorted(cuts), 12]
    parts = [
        compiled(tf.constant(images[low:high]), tf.constant(rows[low:high])).numpy()
        for low, high in itertools.pairwise(edges)
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


@pytest.mark.parametrize("channels", [1, 4])
def test_other_numbers_of_channels(channels: int) -> None:
    image, row = _noise((14, 11, channels)), _random_matrices(1, 14, 11, 6)
    ours = warp(tf.constant(image[None]), tf.constant(row)).numpy()[0]
    assert np.abs(ours - _scipy(image, row[0], "nearest", 0.0)).max() <= 1e-3


@pytest.mark.parametrize("mode", FILL_MODES)
@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1)])
def test_pictures_one_pixel_wide_stay_in_range(mode: str, shape: tuple[int, int]) -> None:
    image = _noise((*shape, 3), 7)
    rows = _random_matrices(8, *shape, 8).astype(np.float32)
    ours = warp(tf.constant(np.stack([image] * 8)), tf.constant(rows), fill_mode=mode).numpy()
    assert ours.shape == (8, *shape, 3)
    assert np.isfinite(ours).all()
    assert ours.min() >= 0
    assert ours.max() <= image.max()


def test_float_pictures_are_warped_as_they_are() -> None:
    image, row = _noise((13, 13, 3)), _random_matrices(1, 13, 13, 9)
    as_float = warp(tf.constant(image[None].astype(np.float32)), tf.constant(row)).numpy()
    np.testing.assert_array_equal(as_float, warp(tf.constant(image[None]), tf.constant(row)).numpy())


def test_in_a_dataset_map_it_is_the_same() -> None:
    images, rows = _noise((6, 10, 10, 3)), _random_matrices(6, 10, 10, 10).astype(np.float32)
    mapped = tf.data.Dataset.from_tensors((images, rows)).map(lambda x, m: warp(x, m))
    np.testing.assert_allclose(next(iter(mapped)).numpy(), warp(tf.constant(images), tf.constant(rows)), atol=1e-3)


@pytest.mark.parametrize("mode", FILL_MODES)
@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1), (2, 2)])
def test_pictures_one_pixel_wide_match_scipy(mode: str, shape: tuple[int, int]) -> None:
    image, rows = _noise((*shape, 3), 7), _random_matrices(16, *shape, 8)
    ours = warp(tf.constant(np.stack([image] * 16)), tf.constant(rows), fill_mode=mode, cval=5.0).numpy()
    for row, picture in zip(rows, ours, strict=True):
        assert np.abs(picture - _scipy(image, row, mode, 5.0)).max() <= 1e-3


@pytest.mark.parametrize("mode", FILL_MODES)
def test_coordinates_on_whole_pixels_far_beyond_the_border_match_scipy(mode: str) -> None:
    """Meet each border, each period and each mirror of the modes exactly."""
    image = _noise((5, 4, 1))
    shifts = [(y, x) for y in range(-21, 22) for x in (-13, -9, -4, -3, 0, 3, 4, 6, 12)]
    rows = np.array([[1, 0, y, 0, 1, x] for y, x in shifts], np.float64)
    for dtype in (tf.float32, tf.float64):
        pictures = tf.constant(np.stack([image] * len(rows)))
        ours = warp(pictures, tf.constant(rows, dtype), fill_mode=mode, cval=9.0).numpy()
        for row, picture in zip(rows, ours, strict=True):
            np.testing.assert_array_equal(picture, _scipy(image, row, mode, 9.0), str(row))


@pytest.mark.parametrize("mode", FILL_MODES)
@pytest.mark.parametrize("compile_it", [True, False])
def test_in_a_graph_it_still_matches_scipy(mode: str, compile_it: bool) -> None:
    image, rows = _smooth(33, 50), _random_matrices(16, 33, 50, seed=12)
    graph = tf.function(lambda x, m: warp(x, m, fill_mode=mode, cval=33.0), jit_compile=compile_it, autograph=False)
    ours = graph(tf.constant(np.stack([image] * 16)), tf.constant(rows, tf.float32)).numpy()
    for row, picture in zip(rows, ours, strict=True):
        difference = np.abs(picture - _scipy(image, row, mode, 33.0)).max(axis=-1)
        if mode in ("constant", "wrap"):
            difference = difference[_off_border(row, 33, 50, mode)]
        assert difference.max() <= 1.0
