"""`smart_resize`: crop the largest centred window of the target's aspect ratio, and resize it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

__all__ = ["smart_resize"]


def _window(length: int, other: int, target: int, other_target: int) -> slice:
    """Return the centred part of a side of `length` pixels that has the target's aspect ratio.

    `other` is the length of the image's other side; `target` and `other_target` are the sides after the resize.
    """
    cropped = max(min(length, int(float(other * target) / other_target)), 1)
    first = int(float(length - cropped) / 2)
    return slice(first, first + cropped)


def smart_resize(
    x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Resize without distortion: crop the image to the target's aspect ratio, then resize it.

    Args:
        x: an image `[H, W, C]` or a batch `[B, H, W, C]`, as an array or a tensor; H and W must be known.
        size: `(height, width)` in pixels.
        interpolation: an interpolation of `keras.ops.image.resize`.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        `[height, width, C]` or `[B, height, width, C]`: a NumPy array where `x` is one, otherwise a tensor of Keras'
        backend.

    Raises:
        ValueError: `size` is not a pair, or `x` has not three or four axes.
    """
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    images = keras.ops.convert_to_tensor(x)
    if len(images.shape) not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, "
            f"channels)`, but got input with incorrect rank, of shape {tuple(images.shape)}."
        )
    last = data_format == "channels_last"
    height, width = images.shape[-3:-1] if last else images.shape[-2:]
    rows, columns = _window(height, width, *size), _window(width, height, size[1], size[0])
    images = images[..., rows, columns, :] if last else images[..., rows, columns]
    resized = keras.ops.image.resize(images, size=tuple(size), interpolation=interpolation, data_format=data_format)
    return np.array(resized) if isinstance(x, np.ndarray) else resized
