"""A picture of any size to one fixed size: stretched, padded or cropped.

| mode | shape of what is in the picture | what is lost |
|---|---|---|
| `stretch` | distorted unless the aspect ratios agree | nothing |
| `pad` | kept | resolution; bars fill the rest |
| `crop` | kept | what lies outside the centred window |
"""

from __future__ import annotations

import tensorflow as tf

__all__ = ["resize_image"]


def _bilinear(image: tf.Tensor, height: tf.Tensor | int, width: tf.Tensor | int, antialias: bool) -> tf.Tensor:
    """uint8 or float32 `[H, W, C]` to `[height, width, C]` of the same type.

    With `antialias` this is Pillow's `BILINEAR` to one level (a triangle filter as wide as the reduction);
    without, each output pixel mixes its four nearest input pixels.
    """
    size = [height, width]
    if antialias:
        return _like(image, tf.image.resize(image, size, antialias=True))
    return _like(image, tf.raw_ops.ResizeBilinear(images=image[None], size=size, half_pixel_centers=True)[0])


def _like(image: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Resized float32 `values` as the type of `image`: levels are whole, floats stay what they are."""
    return values if image.dtype == tf.float32 else tf.cast(tf.round(values), tf.uint8)


def _scaled(length: tf.Tensor, scale: tf.Tensor, limit: int | tf.Tensor) -> tf.Tensor:
    rounded = tf.cast(tf.round(tf.cast(length, tf.float64) * scale), tf.int32)
    return tf.clip_by_value(rounded, 1, limit)


def _pad(image: tf.Tensor, size: tuple[int, int], value: int | str, antialias: bool) -> tf.Tensor:
    height, width = tf.unstack(tf.shape(image)[:2])
    # In this order of operations an exact half rounds as in Pillow's ImageOps.pad.
    tall, wide = tf.cast(height, tf.float64), tf.cast(width, tf.float64)
    inner = [_scaled(size[1], tall / wide, size[0]), _scaled(size[0], wide / tall, size[1])]
    image = _bilinear(image, inner[0], inner[1], antialias)
    # Pillow's ImageOps.pad rounds the half of an odd rest to even, as tf.round does.
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
    """The largest centred window with the target's aspect ratio, by fractions of a pixel: `ImageOps.fit`."""
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
    return _like(image, scaled[0])


def _crop(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """The largest centred window with the target's aspect ratio, to a whole pixel of the decoded picture."""
    height, width = tf.unstack(tf.shape(image)[:2])
    aspect = tf.constant(size[0] / size[1], tf.float64)
    window_height = _scaled(width, aspect, height)
    window_width = _scaled(height, 1.0 / aspect, width)
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
    """Resize one picture bilinearly.

    Args:
        image: uint8 or float32 `[H, W, C]`.
        size: `(height, width)` in pixels.
        resize: `"stretch"`, `"pad"` (whole picture, centred, bars around) or `"crop"` (centre, no bars).
        pad_value: level of the bars, 0 to 255, or `"edge"` to repeat the picture's border. For `"pad"` alone.
        antialias: filter as wide as the reduction (Pillow's bilinear to one level), at half the speed.

    Returns:
        `[height, width, C]` of the same type; uint8 is rounded.
    """
    if resize == "pad":
        image = _pad(image, size, pad_value, antialias)
    elif resize == "crop":
        image = _crop_antialiased(image, size) if antialias else _crop(image, size)
    else:
        image = _bilinear(image, *size, antialias)
    return image
