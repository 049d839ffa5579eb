"""Rotation, shift, shear, zoom and flips of a batch to one matrix a picture, as Keras' generator composes them.

Its ways are kept, since its pixels are the contract: float64; the axes are swapped at the end, so that `tx`
moves columns; and the centre is taken as (height, width) before that swap, so that a picture that is not square
turns about another point. `pipeline.augment.geometry` is the one that does what the names say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.draws import Transforms

__all__ = ["matrices"]


def _identity(count: int) -> NDArray[np.float64]:
    return np.tile(np.eye(3), (count, 1, 1))


def _about_centre(composed: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    there, back = np.eye(3), np.eye(3)
    there[:2, 2] = height / 2 - 0.5, width / 2 - 0.5
    back[:2, 2] = -there[:2, 2]
    moved: NDArray[np.float64] = there @ composed @ back
    return moved


def _composed(t: Transforms) -> NDArray[np.float64]:
    """Rotation @ shift @ shear @ zoom: `[B, 3, 3]`."""
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
    """Float64 `[B, 6]` for `pipeline.augment.warp.warp`, flips included.

    A flip reverses the warped picture: the output's column x takes the value of column `width - 1 - x`.
    """
    about = _about_centre(_composed(t), height, width)
    still = (t.theta == 0) & (t.tx == 0) & (t.ty == 0) & (t.shear == 0) & (t.zx == 1) & (t.zy == 1)
    about[still] = np.eye(3)  # exactly: moving to the centre and back rounds
    rows = about[:, [1, 0]][:, :, [1, 0, 2]]
    for flipped, axis, length in ((t.flip_vertical, 0, height), (t.flip_horizontal, 1, width)):
        rows[flipped, :, 2] += rows[flipped, :, axis] * (length - 1)
        rows[flipped, :, axis] *= -1
    # Each is (per row, per column, offset): the warp's a, b, c and d, e, f.
    return np.concatenate([rows[:, 0], rows[:, 1]], axis=1)
