"""Resize an image of any size to one fixed size: stretch, pad or crop it.

| mode | shapes in the image | loss |
|---|---|---|
| `stretch` | distorted unless the aspect ratios agree | nothing |
| `pad` | kept | resolution, since bars fill a part of the result |
| `crop` | kept | the part outside the centred window |
"""

from __future__ import annotations

import tensorflow as tf

__all__ = ["resize_image"]


def _bilinear(image: tf.Tensor, height: tf.Tensor | int, width: tf.Tensor | int, antialias: bool) -> tf.Tensor:
    """Resize uint8 or float32 `[H, W, C]` to `[height, width, C]` of the same dtype.

    With `antialias`, a triangle filter as wide as the reduction is used, and the result differs from Pillow's
    `BILINEAR` by at most one level. Without it, each output pixel mixes its four nearest input pixels.
    """
    size = [height, width]
    if antialias:
        return _cast_like(image, tf.image.resize(image, size, antialias=True))
    return _cast_like(image, tf.raw_ops.ResizeBilinear(images=image[None], size=size, half_pixel_centers=True)[0])


def _cast_like(image: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Convert resized float32 `values` to the dtype of `image`; uint8 values are rounded."""
    return values if image.dtype == tf.float32 else tf.cast(tf.round(values), tf.uint8)


def _scale(length: tf.Tensor, scale: tf.Tensor, limit: int | tf.Tensor) -> tf.Tensor:
    """Return `length * scale`, rounded to a whole number from 1 to `limit`: int32 scalar."""
    rounded = tf.cast(tf.round(tf.cast(length, tf.float64) * scale), tf.int32)
    return tf.clip_by_value(rounded, 1, limit)


def _pad(image: tf.Tensor, size: tuple[int, int], value: int | str, antialias: bool) -> tf.Tensor:
    height, width = tf.unstack(tf.shape(image)[:2])
    # With this order of operations, exact halves are rounded as in Pillow's ImageOps.pad.
    height64, width64 = tf.cast(height, tf.float64), tf.cast(width, tf.float64)
    inner = [_scale(size[1], height64 / width64, size[0]), _scale(size[0], width64 / height64, size[1])]
    image = _bilinear(image, inner[0], inner[1], antialias)
    # ImageOps.pad rounds half of an odd difference to an even number, and so does tf.round.
    before = [tf.cast(tf.round(tf.cast(size[axis] - inner[axis], tf.float32) / 2), tf.int32) for axis in (0, 1)]
    if value == "edge":
        for axis in (0, 1):
            index = tf.clip_by_value(tf.range(size[axis]) - before[axis], 0, inner[axis] - 1)
            image = tf.gather(image, index, axis=axis)
        return image
    after = [size[axis] - inner[axis] - before[axis] for axis in (0, 1)]
    paddings = [[before[0], after[0]], [before[1], after[1]], [0, 0]]
    return tf.pad(image, paddings, constant_values=tf.constant(value, image.dtype))


def _crop_antialiased(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resize the largest centred window of the target's aspect ratio, to fractions of a pixel, like `ImageOps.fit`."""
    sides = tf.cast(tf.shape(image)[:2], tf.float32)
    scale = tf.reduce_max(tf.constant(size, tf.float32) / sides)
    translation = (tf.constant(size, tf.float32) - sides * scale) / 2
    scaled = tf.raw_ops.ScaleAndTranslate(
        images=image[None],
        size=size,
        scale=tf.stack([scale, scale]),
        translation=translation,
        kernel_type="triangle",
    )
    return _cast_like(image, scaled[0])


def _crop(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resize the largest centred window of the target's aspect ratio, with whole pixels of the decoded image."""
    height, width = tf.unstack(tf.shape(image)[:2])
    aspect = tf.constant(size[0] / size[1], tf.float64)
    window_height = _scale(width, aspect, height)
    window_width = _scale(height, 1.0 / aspect, width)
    top, left = (height - window_height) // 2, (width - window_width) // 2
    window = image[top : top + window_height, left : left + window_width]
    return _bilinear(window, *size, antialias=False)


def resize_image(
    image: tf.Tensor,
    size: tuple[int, int],
    resize: str = "stretch",
    *,
    pad_value: int | str = 0,
    antialias: bool = False,
) -> tf.Tensor:
    """Resize one image bilinearly.

    Args:
        image: uint8 or float32 `[H, W, C]`.
        size: `(height, width)` in pixels.
        resize: `"stretch"`, `"pad"` (the whole image, centred, with bars around it) or `"crop"` (the centre).
        pad_value: level of the bars, 0 to 255, or `"edge"` to repeat the image's border; only used for `"pad"`.
        antialias: whether to filter as wide as the reduction, within one level of Pillow's bilinear resize. This
            takes twice as long.

    Returns:
        `[height, width, C]` of the same dtype; uint8 is rounded.
    """
    if resize == "pad":
        image = _pad(image, size, pad_value, antialias)
    elif resize == "crop":
        image = _crop_antialiased(image, size) if antialias else _crop(image, size)
    else:
        image = _bilinear(image, *size, antialias)
    return image
