"""Rotation, shift, shear, zoom and flips as one 2x3 matrix a picture."""

from __future__ import annotations

import tensorflow as tf

from pipeline.augment.parameters import Parameters

__all__ = ["matrices"]


def matrices(p: Parameters, height: int, width: int) -> tf.Tensor:
    """Compose each picture's geometry.

    In (x, y) about the picture's centre, an output point maps to the input point `R @ T @ S @ Z @ F`: rotation,
    shift, shear `[[1, -sin], [0, cos]]`, zoom, flip, as `ImageDataGenerator.apply_transform` composes them.

    Args:
        p: the parameters of B pictures.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.

    Returns:
        float32 `[B, 6]`, rows (a, b, c, d, e, f): output pixel (row y, column x) takes its value from input
        row `c + a*y + b*x` and input column `f + d*y + e*x`.
    """
    cos, sin = tf.cos(p.rotation), tf.sin(p.rotation)
    shear_cos, shear_sin = tf.cos(p.shear), tf.sin(p.shear)
    along_x = p.zoom_width * p.flip_width
    along_y = p.zoom_height * p.flip_height
    a = (cos * shear_cos - sin * shear_sin) * along_y
    b = sin * along_x
    d = -(cos * shear_sin + sin * shear_cos) * along_y
    e = cos * along_x
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    c = sin * p.width_shift + cos * p.height_shift + centre_y - a * centre_y - b * centre_x
    f = cos * p.width_shift - sin * p.height_shift + centre_x - d * centre_y - e * centre_x
    return tf.stack([a, b, c, d, e, f], axis=1)
