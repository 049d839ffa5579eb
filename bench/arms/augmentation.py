"""The augmentation of the cats-and-dogs notebook: its ranges, and its matrices for peers that take a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RANGES", "matrices"]

RANGES: dict[str, Any] = {
    "rotation_range": 40,  # degrees to either side
    "width_shift_range": 0.2,  # of the width, to either side
    "height_shift_range": 0.2,
    "shear_range": 0.2,  # degrees to either side, hardly visible, as in the notebook
    "zoom_range": 0.2,  # 0.8 to 1.2 a side
    "horizontal_flip": True,
}


def matrices(random: np.random.Generator, count: int, side: int) -> NDArray[np.float64]:
    """Draw the notebook's augmentation, with flips, as maps from output pixels to input pixels.

    Args:
        random: the random generator.
        count: the number of matrices.
        side: height and width of an image in pixels.

    Returns:
        float64 `[count, 2, 3]`: `(x, y)` of the input from `(x, y, 1)` of the output, pixels, about the centre as
        `keras.src.legacy.preprocessing.image.apply_affine_transform` has it.
    """
    angle = np.deg2rad(random.uniform(-40, 40, count))
    shear = np.deg2rad(random.uniform(-0.2, 0.2, count))
    shift_x, shift_y = random.uniform(-0.2 * side, 0.2 * side, (2, count))
    zoom_x, zoom_y = random.uniform(0.8, 1.2, (2, count))
    flip = np.where(random.random(count) < 0.5, -1.0, 1.0)
    # Keras composes rotation, shift, shear and zoom in this order, with x before y, and flips the result.
    cos, sin = np.cos(angle), np.sin(angle)
    made = np.empty((count, 2, 3))
    made[:, 0, 0] = cos * zoom_x * flip
    made[:, 1, 0] = sin * zoom_x * flip
    made[:, 0, 1] = (-cos * np.sin(shear) - sin * np.cos(shear)) * zoom_y
    made[:, 1, 1] = (-sin * np.sin(shear) + cos * np.cos(shear)) * zoom_y
    centre = (side - 1) / 2
    made[:, 0, 2] = cos * shift_x - sin * shift_y + centre - centre * (made[:, 0, 0] + made[:, 0, 1])
    made[:, 1, 2] = sin * shift_x + cos * shift_y + centre - centre * (made[:, 1, 0] + made[:, 1, 1])
    return made
