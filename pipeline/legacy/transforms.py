"""The functions on single pictures that scripts import beside `ImageDataGenerator`.

Shapes, axes, draws and messages are those of `keras.preprocessing.image`; draws come from NumPy's global state.
The warp is SciPy's own, so any spline order and any of SciPy's border modes may be asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.ndimage
from keras.utils import array_to_img, img_to_array
from numpy.typing import NDArray
from PIL import ImageEnhance

__all__ = [
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "flip_axis",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "transform_matrix_offset_center",
]

Image = NDArray[Any]


def flip_axis(x: Image, axis: int) -> Image:
    """`x` reversed along `axis`, as a view."""
    return np.flip(np.asarray(x), axis)


def transform_matrix_offset_center(matrix: NDArray[Any], x: float, y: float) -> NDArray[Any]:
    """`matrix` (3x3) applied about the point (x/2 - 0.5, y/2 - 0.5) instead of the origin."""
    centre = np.array([[1, 0, float(x) / 2 - 0.5], [0, 1, float(y) / 2 - 0.5], [0, 0, 1]])
    back = np.array([[1, 0, 0.5 - float(x) / 2], [0, 1, 0.5 - float(y) / 2], [0, 0, 1]])
    moved: NDArray[Any] = np.dot(np.dot(centre, matrix), back)
    return moved


def _composed(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> NDArray[Any] | None:
    """Rotation, shift, shear and zoom as one 3x3 matrix; `None` where there is nothing to do."""
    steps: list[list[list[Any]]] = []
    if theta != 0:
        angle = np.deg2rad(theta)
        steps.append([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        steps.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear != 0:
        angle = np.deg2rad(shear)
        steps.append([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        steps.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    return functools.reduce(np.dot, map(np.array, steps)) if steps else None


def _check_axes(x: Image, row_axis: int, col_axis: int, channel_axis: int) -> None:
    axes = (row_axis, col_axis, channel_axis)
    if len(set(axes)) != 3:
        raise ValueError(f"'row_axis', 'col_axis', and 'channel_axis' must be distinct. Received: {axes}")
    if set(axes) != {0, 1, 2}:
        raise ValueError(f"Invalid axis' indices: {set(axes) - {0, 1, 2}}. Received: {axes}; each must be 0, 1 or 2")
    if x.ndim != 3:
        raise ValueError(f"Input arrays must be multi-channel 2D images. Received: shape {x.shape}")
    if channel_axis not in (0, 2):
        raise ValueError(
            f"Channels are allowed and the first and last dimensions. Received: channel_axis={channel_axis}; 0 or 2"
        )


def apply_affine_transform(
    x: Image,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Image:
    """Rotate, shift, shear and zoom one picture, interpolated once by `scipy.ndimage.affine_transform`.

    Args:
        x: three axes: rows, columns, channels.
        theta: rotation in degrees.
        tx: shift in pixels along the rows' axis as Keras 3 has it: its swap of the axes moves columns.
        ty: shift in pixels along the other axis.
        shear: angle in degrees.
        zx: zoom factor; below 1 enlarges.
        zy: zoom factor of the other axis.
        row_axis: 0, 1 or 2.
        col_axis: 0, 1 or 2.
        channel_axis: 0 or 2.
        fill_mode: what lies beyond the border, a mode of SciPy.
        cval: the value there with `fill_mode="constant"`.
        order: of the spline, 0 to 5.

    Returns:
        an array of `x`'s shape and dtype; `x` itself where nothing is to be done.

    Raises:
        ValueError: `x` or its axes are not as said above.
    """
    _check_axes(x, row_axis, col_axis, channel_axis)
    matrix = _composed(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    matrix = transform_matrix_offset_center(matrix, x.shape[row_axis], x.shape[col_axis])
    if col_axis > row_axis:  # (x, y) to (row, column)
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = [
        scipy.ndimage.affine_transform(channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval)
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.moveaxis(np.stack(channels), 0, channel_axis)


def apply_channel_shift(x: Image, intensity: float, channel_axis: int = 0) -> Image:
    """Add `intensity` to every value, clipped to the range that `x` (rows, columns, channels) spans.

    Args:
        x: three axes.
        intensity: on the scale of `x`.
        channel_axis: kept for compatibility: all channels are shifted alike.
    """
    del channel_axis
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x: Image, brightness: float, scale: bool = True) -> Image:
    """Multiply the brightness of one picture by `brightness`, by way of Pillow and 8 bits a channel.

    Args:
        x: three axes, channels last.
        brightness: factor; 1 leaves the picture (but for the rounding down to whole levels).
        scale: stretch the values to 0-255 first. Values outside 0-255 are stretched in any case, and without
            `scale` brought back afterwards.

    Returns:
        float array of `x`'s shape.
    """
    low, high = np.min(x), np.max(x)
    outside = bool(low < 0 or high > 255)
    image = array_to_img(x, data_format="channels_last", scale=outside or scale)
    x = img_to_array(ImageEnhance.Brightness(image).enhance(brightness), data_format="channels_last")
    return x / 255 * (high - low) + low if outside and not scale else x


def random_rotation(
    x: Image,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Rotate by an angle drawn from -`rg` to `rg` degrees; see `apply_affine_transform`."""
    theta = np.random.uniform(-rg, rg)
    axes = (row_axis, col_axis, channel_axis)
    return _warp(x, axes, fill_mode, cval, interpolation_order, theta=theta)


def random_shift(
    x: Image,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Shift by shares of the sides drawn from -`wrg` to `wrg` and -`hrg` to `hrg`; see `apply_affine_transform`."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = (row_axis, col_axis, channel_axis)
    return _warp(x, axes, fill_mode, cval, interpolation_order, tx=tx, ty=ty)


def random_shear(
    x: Image,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Shear by an angle drawn from -`intensity` to `intensity` degrees; see `apply_affine_transform`."""
    shear = np.random.uniform(-intensity, intensity)
    axes = (row_axis, col_axis, channel_axis)
    return _warp(x, axes, fill_mode, cval, interpolation_order, shear=shear)


def random_zoom(
    x: Image,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Zoom each axis by a factor of its own, drawn from the two of `zoom_range`; see `apply_affine_transform`.

    Raises:
        ValueError: `zoom_range` has not two values.
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if zoom_range[0] == 1 and zoom_range[1] == 1 else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    axes = (row_axis, col_axis, channel_axis)
    return _warp(x, axes, fill_mode, cval, interpolation_order, zx=zx, zy=zy)


def _warp(x: Image, axes: tuple[int, int, int], fill_mode: str, cval: float, order: int, **geometry: float) -> Image:
    row, col, channel = axes
    return apply_affine_transform(
        x, row_axis=row, col_axis=col, channel_axis=channel, fill_mode=fill_mode, cval=cval, order=order, **geometry
    )


def random_channel_shift(x: Image, intensity_range: float, channel_axis: int = 0) -> Image:
    """Shift all values by one draw from -`intensity_range` to `intensity_range`; see `apply_channel_shift`."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def random_brightness(x: Image, brightness_range: Sequence[float], scale: bool = True) -> Image:
    """Multiply the brightness by a factor drawn from the two of `brightness_range`; see `apply_brightness_shift`.

    Raises:
        ValueError: `brightness_range` has not two values.
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
