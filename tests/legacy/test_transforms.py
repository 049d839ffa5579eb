from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline.legacy as ours
from tests.support.beside_keras import KERAS

IMAGE = np.random.RandomState(0).uniform(0, 255, (13, 19, 3)).astype(np.float32)
AXES: dict[str, Any] = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}


def _assert_same(name: str, *arguments: Any, **options: Any) -> None:
    results = []
    for home in (ours, KERAS):
        np.random.seed(5)
        results.append(getattr(home, name)(*arguments, **options))
    assert results[0].dtype == results[1].dtype
    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize(("name", "arguments"), [
    ("random_rotation", (40,)),
    ("random_shift", (0.2, 0.3)),
    ("random_shear", (25,)),
    ("random_zoom", ((0.7, 1.4),)),
    ("random_zoom", ((1, 1),)),
])  # fmt: skip
@pytest.mark.parametrize(
    "options", [{}, {"fill_mode": "wrap", "interpolation_order": 3}, {"cval": 9.0, "fill_mode": "constant"}]
)
def test_random_geometry(name: str, arguments: Any, options: dict[str, Any]) -> None:
    _assert_same(name, IMAGE, *arguments, **AXES, **options)
    _assert_same(name, np.moveaxis(IMAGE, 2, 0), *arguments, **options)


@pytest.mark.parametrize(("name", "arguments"), [
    ("random_brightness", ((0.3, 1.8),)),
    ("random_channel_shift", (60,)),
    ("apply_brightness_shift", (1.4,)),
    ("apply_brightness_shift", (0.0, False)),
    ("apply_channel_shift", (33.3,)),
])  # fmt: skip
@pytest.mark.parametrize("image", [IMAGE, IMAGE * 3 - 99, IMAGE / 255, IMAGE[..., :1]])
def test_colours(name: str, arguments: Any, image: np.ndarray) -> None:
    options = {"channel_axis": 2} if "channel" in name else {}
    _assert_same(name, image, *arguments, **options)


@given(
    theta=st.floats(-180, 180),
    tx=st.floats(-9, 9),
    ty=st.one_of(st.just(0.0), st.floats(-9, 9)),
    shear=st.floats(-40, 40),
    zoom=st.tuples(st.floats(0.4, 2), st.one_of(st.just(1.0), st.floats(0.4, 2))),
    fill_mode=st.sampled_from(["nearest", "reflect", "wrap", "constant"]),
)
@settings(deadline=None, max_examples=60)
def test_any_affine_transform(
    theta: float, tx: float, ty: float, shear: float, zoom: tuple[float, float], fill_mode: str
) -> None:
    _assert_same("apply_affine_transform", IMAGE, theta, tx, ty, shear, *zoom, **AXES, fill_mode=fill_mode, cval=7.0)


def test_nothing_to_do_gives_the_picture_back() -> None:
    assert ours.apply_affine_transform(IMAGE, **AXES) is IMAGE


@pytest.mark.parametrize(("x", "axes"), [
    (IMAGE, {"row_axis": 0, "col_axis": 0, "channel_axis": 2}),
    (IMAGE, {"row_axis": 0, "col_axis": 3, "channel_axis": 2}),
    (IMAGE[0], AXES),
    (IMAGE, {"row_axis": 0, "col_axis": 2, "channel_axis": 1}),
])  # fmt: skip
def test_refusals_are_those_of_keras(x: Any, axes: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # compared below
        KERAS.apply_affine_transform(x, theta=3, **axes)
    with pytest.raises(ValueError) as mine:  # noqa: PT011
        ours.apply_affine_transform(x, theta=3, **axes)
    assert str(mine.value)[:20] == str(theirs.value)[:20]


@pytest.mark.parametrize("call", [
    lambda home: home.random_zoom(IMAGE, (1, 2, 3)),
    lambda home: home.random_brightness(IMAGE, (1,)),
])  # fmt: skip
def test_wrong_pairs_are_refused_as_in_keras(call: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # compared below
        call(KERAS)
    with pytest.raises(ValueError) as mine:  # noqa: PT011
        call(ours)
    assert str(mine.value) == str(theirs.value)


def test_flip_axis() -> None:
    assert np.array_equal(ours.flip_axis(IMAGE, 0), IMAGE[::-1])
    assert np.array_equal(ours.flip_axis(IMAGE, 1), IMAGE[:, ::-1])


def test_transform_matrix_offset_center() -> None:
    """A point at the centre stays where it is."""
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    moved = ours.transform_matrix_offset_center(turn, 13, 19)
    assert np.allclose(moved @ [6, 9, 1], [6, 9, 1])


@pytest.mark.parametrize("size", [(10, 10), (4, 19), (30, 7), (13, 19)])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic"])
def test_smart_resize(size: tuple[int, int], interpolation: str) -> None:
    """One picture and a batch, both orders of the axes; NumPy in, NumPy out."""
    batch = np.stack([IMAGE, IMAGE[::-1]])
    for x, data_format in (
        (IMAGE, "channels_last"),
        (batch, "channels_last"),
        (np.moveaxis(batch, -1, 1), "channels_first"),
    ):
        options = {"interpolation": interpolation, "data_format": data_format}
        mine = ours.smart_resize(x, size, **options)
        assert isinstance(mine, np.ndarray)
        assert np.array_equal(mine, KERAS.smart_resize(x, size, **options))


def test_smart_resize_refuses() -> None:
    with pytest.raises(ValueError, match="tuple of 2 integers, but got: 5"):
        ours.smart_resize(IMAGE, 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"incorrect rank, of shape \(13, 19\)"):
        ours.smart_resize(IMAGE[..., 0], (5, 5))
