"""Compose rotation, shift, shear, zoom and flips into one matrix for each image, like Keras' generator.

The matrices repeat the generator's peculiarities, since its pixels are the contract. They are float64. The axes are
swapped at the end, so that `tx` moves columns. The centre is (height, width) before this swap, so that an image that
is not square turns about another point. `pipeline.augment.geometry` does what the names say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.draws import Transforms

__all__ = ["matrices"]


def _identity(count: int) -> NDArray[np.float64]:
    return np.tile(np.eye(3), (count, 1, 1))


def _about_centre(composed: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    from_origin, to_origin = np.eye(3), np.eye(3)
    from_origin[:2, 2] = height / 2 - 0.5, width / 2 - 0.5
    to_origin[:2, 2] = -from_origin[:2, 2]
    centred: NDArray[np.float64] = from_origin @ composed @ to_origin
    return centred


def _compose(t: Transforms) -> NDArray[np.float64]:
    """Return rotation @ shift @ shear @ zoom, `[B, 3, 3]`."""
    rotation, shift, shear, zoom = (_identity(len(t)) for _ in range(4))
    theta, angle = np.deg2rad(t.theta), np.deg2rad(t.shear)
    rotation[:, 0, 0], rotation[:, 0, 1] = np.cos(theta), -np.sin(theta)
    rotation[:, 1, 0], rotation[:, 1, 1] = np.sin(theta), np.cos(theta)
    shift[:, 0, 2], shift[:, 1, 2] = t.tx, t.ty
    shear[:, 0, 1], shear[:, 1, 1] = -np.sin(angle), np.cos(angle)
    zoom[:, 0, 0], zoom[:, 1, 1] = t.zx, t.zy
    composed: NDArray[np.float64] = rotation @ shift @ shear @ zoom
    return composed


def matrices(t: Transforms, height: int, width: int) -> NDArray[np.float64]:
    """Return the matrices of a batch for `pipeline.augment.warp.warp`, flips included.

    A flip reverses the warped image: the output's column x takes the value of column `width - 1 - x`.

    Args:
        t: parameters of B images.
        height: height of the images in pixels.
        width: width of the images in pixels.

    Returns:
        float64 `[B, 6]`, from output pixels to input pixels.
    """
    matrix = _about_centre(_compose(t), height, width)
    is_identity = (t.theta == 0) & (t.tx == 0) & (t.ty == 0) & (t.shear == 0) & (t.zx == 1) & (t.zy == 1)
    matrix[is_identity] = np.eye(3)  # shifting to the centre and back would add rounding errors
    rows = matrix[:, [1, 0]][:, :, [1, 0, 2]]
    for flipped, axis, length in ((t.flip_vertical, 0, height), (t.flip_horizontal, 1, width)):
        rows[flipped, :, 2] += rows[flipped, :, axis] * (length - 1)
        rows[flipped, :, axis] *= -1
    # Each row holds (factor of y, factor of x, offset): the warp's a, b, c and d, e, f.
    return np.concatenate([rows[:, 0], rows[:, 1]], axis=1)
