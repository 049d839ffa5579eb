"""`smart_resize`: the largest centred window of the target's aspect ratio, resized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

__all__ = ["smart_resize"]


def _window(length: int, other: int, target: int, other_target: int) -> slice:
    """The middle of a side of `length`, as long as the aspect ratio of the target wants it."""
    kept = max(min(length, int(float(other * target) / other_target)), 1)
    first = int(float(length - kept) / 2)
    return slice(first, first + kept)


def smart_resize(
    x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Resize without distortion: what does not fit the target's aspect ratio is cut off.

    Args:
        x: a picture `[H, W, C]` or a batch `[B, H, W, C]`, array or tensor; H and W known.
        size: `(height, width)` in pixels.
        interpolation: of `keras.ops.image.resize`.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        `x` at that size: an array where `x` is one, otherwise a tensor of Keras' backend.

    Raises:
        ValueError: `size` are not two numbers, or `x` has not three or four axes.
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
