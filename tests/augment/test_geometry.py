"""Matrices against Keras' own `apply_affine_transform`, on square pictures, where its centre is the picture's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import image as original
from numpy.typing import NDArray

from pipeline.augment.geometry import matrices
from pipeline.augment.parameters import Parameters
from pipeline.augment.warp import warp

NEUTRAL = {
    "rotation": 0.0,
    "width_shift": 0.0,
    "height_shift": 0.0,
    "shear": 0.0,
    "zoom_width": 1.0,
    "zoom_height": 1.0,
    "flip_width": 1.0,
    "flip_height": 1.0,
    "channel_shift": 0.0,
    "brightness": 1.0,
}


def _parameters(**given: float) -> Parameters:
    return Parameters(**{name: tf.constant([value], tf.float32) for name, value in {**NEUTRAL, **given}.items()})


def _picture(height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    waves = [127 + 120 * np.sin(y / (5 + k) + k) * np.cos(x / (7 - k)) for k in range(3)]
    smooth: NDArray[np.uint8] = np.rint(np.stack(waves, axis=-1)).astype(np.uint8)
    return smooth


@pytest.mark.parametrize("seed", range(12))
def test_equals_keras_for_the_same_parameters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, shear = rng.uniform(-60, 60), rng.uniform(-30, 30)
    tx, ty = rng.uniform(-9, 9, 2)
    zx, zy = rng.uniform(0.6, 1.5, 2)
    across, upside = rng.random(2) < 0.5
    image = _picture(45, 45)
    theirs = original.apply_affine_transform(
        image.astype(np.float32), theta, tx, ty, shear, zx, zy, row_axis=0, col_axis=1, channel_axis=2
    )
    theirs = theirs[:, ::-1] if across else theirs
    theirs = theirs[::-1] if upside else theirs
    given = _parameters(
        rotation=math.radians(theta),
        width_shift=tx,
        height_shift=ty,
        shear=math.radians(shear),
        zoom_width=zx,
        zoom_height=zy,
        flip_width=-1.0 if across else 1.0,
        flip_height=-1.0 if upside else 1.0,
    )
    ours = warp(tf.constant(image[None]), matrices(given, 45, 45)).numpy()[0]
    assert np.abs(ours - theirs).max() <= 0.05


def test_a_half_turn_of_a_wide_picture_is_about_its_own_centre() -> None:
    image = _picture(20, 50)
    ours = warp(tf.constant(image[None]), matrices(_parameters(rotation=math.pi), 20, 50)).numpy()[0]
    assert np.abs(ours - image[::-1, ::-1]).max() <= 0.05


def test_width_shift_moves_columns_and_height_shift_rows() -> None:
    image = np.zeros((8, 10, 1), np.uint8)
    image[4, 5] = 255
    right = warp(tf.constant(image[None]), matrices(_parameters(width_shift=2.0), 8, 10)).numpy()[0]
    down = warp(tf.constant(image[None]), matrices(_parameters(height_shift=2.0), 8, 10)).numpy()[0]
    assert np.argwhere(right[..., 0] > 0).tolist() == [[4, 3]]
    assert np.argwhere(down[..., 0] > 0).tolist() == [[2, 5]]


def test_keras_own_generator_moves_the_other_axis() -> None:
    """The difference that `pipeline.augment.parameters` names, shown on the original."""
    image = np.zeros((9, 9, 1), np.float32)
    image[4, 4] = 1
    generator = original.ImageDataGenerator(height_shift_range=[2.0])
    moved = generator.apply_transform(image, generator.get_random_transform(image.shape, seed=0))
    row, column = np.argwhere(moved[..., 0] > 0)[0]
    assert row == 4
    assert column != 4


def _composed(height: int, width: int, given: dict[str, float]) -> list[float]:
    """R @ T @ S @ Z @ F about the centre in float64, in (x, y), then as rows over (row, column)."""
    turn, lean = given["rotation"], given["shear"]
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    shift = np.array([[1, 0, given["width_shift"]], [0, 1, given["height_shift"]], [0, 0, 1]])
    shear = np.array([[1, -np.sin(lean), 0], [0, np.cos(lean), 0], [0, 0, 1]])
    zoom = np.diag([given["zoom_width"], given["zoom_height"], 1])
    flip = np.diag([given["flip_width"], given["flip_height"], 1])
    centre = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    (e, d, f), (b, a, c), _ = (centre @ rotation @ shift @ shear @ zoom @ flip @ np.linalg.inv(centre)).tolist()
    return [a, b, c, d, e, f]


@settings(max_examples=100, deadline=None)
@drawn_from(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(*[st.floats(-3.2, 3.2)] * 2),
    st.tuples(*[st.floats(-99, 99)] * 2),
    st.tuples(*[st.floats(0.1, 3)] * 2),
    st.tuples(*[st.sampled_from([-1.0, 1.0])] * 2),
)
def test_any_picture_has_the_composed_matrix_about_its_own_centre(
    size: tuple[int, int],
    angles: tuple[float, ...],
    shifts: tuple[float, ...],
    zooms: tuple[float, ...],
    flips: tuple[float, ...],
) -> None:
    names = [
        "rotation",
        "shear",
        "width_shift",
        "height_shift",
        "zoom_width",
        "zoom_height",
        "flip_width",
        "flip_height",
    ]
    given_values = dict(zip(names, (*angles, *shifts, *zooms, *flips), strict=True))
    wanted = _composed(*size, given_values)
    single = matrices(_parameters(**given_values), *size).numpy()[0]
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, rtol=2e-6, atol=2e-3)  # in pixels, of pictures up to 300
    precise = {name: tf.constant([value], tf.float64) for name, value in {**NEUTRAL, **given_values}.items()}
    np.testing.assert_allclose(matrices(Parameters(**precise), *size).numpy()[0], wanted, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("compile_it", [True, False])
def test_matrices_and_warp_in_one_graph(compile_it: bool) -> None:
    """Uncompiled, TensorFlow's optimizer once lost an axis between the two."""
    images = tf.constant(np.stack([_picture(20, 30)] * 3))
    names = NEUTRAL.keys() - {"rotation"}
    turned = Parameters(
        rotation=tf.constant([0.0, 0.3, math.pi]), **{name: tf.fill([3], NEUTRAL[name]) for name in names}
    )
    graph = tf.function(lambda p: warp(images, matrices(p, 20, 30)), jit_compile=compile_it, autograph=False)
    found = graph(turned).numpy()
    np.testing.assert_allclose(found, warp(images, matrices(turned, 20, 30)), atol=0.01)
    np.testing.assert_array_equal(found[0], images[0].numpy().astype(np.float32))
    assert np.abs(found[2] - images[2].numpy()[::-1, ::-1]).max() < 0.05
