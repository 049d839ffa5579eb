"""Masks, keypoints and boxes that move with their images."""

from __future__ import annotations

import tensorflow as tf

from pipeline.augment.warp import coordinates, nearest_index

__all__ = ["move_boxes", "move_keypoints", "move_targets", "warp_masks"]


def warp_masks(masks: tf.Tensor, matrices: tf.Tensor, *, fill_mode: str) -> tf.Tensor:
    """Warp masks by taking the nearest pixel, as `scipy.ndimage.affine_transform(order=0)`.

    Args:
        masks: `[B, H, W, M]` of any type; H, W and M static.
        matrices: float32 `[B, 6]`, those of the images.
        fill_mode: of the images; with `"constant"`, a mask is 0 beyond its border.

    Returns:
        `[B, H, W, M]` of the same type.
    """
    height, width, channels = masks.shape[1:]
    y, x = coordinates(matrices, height, width)
    rows, inside_rows = nearest_index(y, height, fill_mode)
    columns, inside_columns = nearest_index(x, width, fill_mode)
    pixels = tf.reshape(masks, [tf.shape(masks)[0], height * width, channels])
    values = tf.gather(pixels, rows * width + columns, batch_dims=1)
    if fill_mode == "constant":
        values = tf.where(tf.logical_and(inside_rows, inside_columns)[..., None], values, tf.zeros_like(values))
    return tf.reshape(values, [tf.shape(masks)[0], height, width, channels])


def move_keypoints(points: tf.Tensor, matrices: tf.Tensor) -> tf.Tensor:
    """Move points to the pixels that show them.

    Args:
        points: float32 `[B, N, 2]`, (x, y) in pixels; the centre of the first pixel is (0, 0).
        matrices: float32 `[B, 6]`, from output to input pixels; the points follow the inverse.

    Returns:
        float32 `[B, N, 2]`; points may come to lie outside the image.
    """
    a, b, c, d, e, f = (matrices[:, k, None] for k in range(6))
    y, x = points[..., 1] - c, points[..., 0] - f
    determinant = a * e - b * d
    return tf.stack([(a * x - d * y) / determinant, (e * y - b * x) / determinant], axis=2)


def move_boxes(boxes: tf.Tensor, matrices: tf.Tensor) -> tf.Tensor:
    """Move boxes to the smallest upright boxes around their moved corners.

    Args:
        boxes: float32 `[B, N, 4]`: left, top, right, bottom in pixels from the image's edges, so that the whole image
            is (0, 0, W, H).
        matrices: float32 `[B, 6]`, as for `move_keypoints`.

    Returns:
        float32 `[B, N, 4]`; boxes may reach beyond the image.
    """
    left, top, right, bottom = tf.unstack(boxes - 0.5, axis=2)  # edges to places between pixels' centres
    corners = tf.stack([left, top, right, top, right, bottom, left, bottom], axis=2)
    batch, count = tf.shape(boxes)[0], tf.shape(boxes)[1]
    moved = tf.reshape(move_keypoints(tf.reshape(corners, [batch, count * 4, 2]), matrices), [batch, count, 4, 2])
    return tf.concat([tf.reduce_min(moved, axis=2), tf.reduce_max(moved, axis=2)], axis=2) + 0.5


def move_targets(features: dict[str, tf.Tensor], matrices: tf.Tensor, *, fill_mode: str) -> dict[str, tf.Tensor]:
    """Return the features other than the image, moved as it is; inputs of the user's own stay as they are."""
    moved = {name: value for name, value in features.items() if name != "image"}
    if "mask" in moved:
        moved["mask"] = warp_masks(moved["mask"], matrices, fill_mode=fill_mode)
    if "keypoints" in moved:
        moved["keypoints"] = move_keypoints(moved["keypoints"], matrices)
    if "boxes" in moved:
        moved["boxes"] = move_boxes(moved["boxes"], matrices)
    return moved
