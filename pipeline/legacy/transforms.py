"""Transform single images: the functions that scripts import besides `ImageDataGenerator`.

Shapes, axes, random draws and messages are those of `keras.preprocessing.image`. Draws come from NumPy's global state.
SciPy warps the images, so that every spline order and border mode of SciPy works.
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
    """Return a view of `x` that is reversed along `axis`."""
    return np.flip(np.asarray(x), axis)


def transform_matrix_offset_center(matrix: NDArray[Any], x: float, y: float) -> NDArray[Any]:
    """Return `matrix` (`[3, 3]`) applied about the centre of an image instead of about the origin.

    Args:
        matrix: an affine matrix, `[3, 3]`.
        x: length of the image's first axis in pixels; the centre is at `x / 2 - 0.5`.
        y: length of its second axis in pixels.
    """
    from_origin = np.array([[1, 0, float(x) / 2 - 0.5], [0, 1, float(y) / 2 - 0.5], [0, 0, 1]])
    to_origin = np.array([[1, 0, 0.5 - float(x) / 2], [0, 1, 0.5 - float(y) / 2], [0, 0, 1]])
    centred: NDArray[Any] = np.dot(np.dot(from_origin, matrix), to_origin)
    return centred


def _compose(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> NDArray[Any] | None:
    """Return rotation, shift, shear and zoom as one matrix `[3, 3]`; `None` for the identity."""
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
    """Rotate, shift, shear and zoom one image; `scipy.ndimage.affine_transform` interpolates each pixel once.

    Args:
        x: an image with three axes for rows, columns and channels, in the order that the axis arguments name.
        theta: angle of the rotation in degrees.
        tx: shift in pixels. As in Keras 3, it moves columns where `row_axis < col_axis`.
        ty: shift in pixels along the other axis.
        shear: angle in degrees.
        zx: zoom factor along the axis of `tx`; factors below 1 enlarge.
        zy: zoom factor along the axis of `ty`.
        row_axis: 0, 1 or 2.
        col_axis: 0, 1 or 2.
        channel_axis: 0 or 2.
        fill_mode: how to fill the area outside the image, a mode of SciPy.
        cval: the value outside the image for `fill_mode="constant"`.
        order: order of the spline, 0 to 5.

    Returns:
        an array of `x`'s shape and dtype; `x` itself where the parameters are the identity.

    Raises:
        ValueError: `x` has not three axes, or the axis arguments are not as described above.
    """
    _check_axes(x, row_axis, col_axis, channel_axis)
    matrix = _compose(theta, tx, ty, shear, zx, zy)
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
    """Add `intensity` to every value, and clip the result to the lowest and highest value of `x`.

    Args:
        x: an image with three axes.
        intensity: the shift, on the scale of `x`.
        channel_axis: ignored, since all channels are shifted alike; Keras' signature has it.

    Returns:
        an array of `x`'s shape.
    """
    del channel_axis
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x: Image, brightness: float, scale: bool = True) -> Image:
    """Multiply the brightness of one image by a factor. Pillow does this with 8 bits a channel.

    Args:
        x: an image `[H, W, C]`.
        brightness: the factor; a factor of 1 only rounds values down to whole levels.
        scale: whether to stretch the values to 0-255 first. An image with values outside 0-255 is always stretched;
            without `scale`, its values are mapped back to their range afterwards.

    Returns:
        a float array of `x`'s shape.
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
    """Rotate an image by an angle drawn from -`rg` to `rg` degrees; see `apply_affine_transform`."""
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
    """Shift an image by fractions of its sides; see `apply_affine_transform`.

    The fraction along the columns' axis is drawn from -`wrg` to `wrg`, the other from -`hrg` to `hrg`.
    """
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
    """Shear an image by an angle drawn from -`intensity` to `intensity` degrees; see `apply_affine_transform`."""
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
    """Zoom each axis of an image by its own factor; see `apply_affine_transform`.

    Both factors are drawn between the two values of `zoom_range`; factors below 1 enlarge.

    Raises:
        ValueError: `zoom_range` does not have two values.
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
    """Add one draw from -`intensity_range` to `intensity_range` to all values; see `apply_channel_shift`."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def random_brightness(x: Image, brightness_range: Sequence[float], scale: bool = True) -> Image:
    """Multiply the brightness of an image by a random factor; see `apply_brightness_shift`.

    The factor is drawn between the two values of `brightness_range`.

    Raises:
        ValueError: `brightness_range` does not have two values.
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
