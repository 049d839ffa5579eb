"""Read files as `keras.utils.image_dataset_from_directory` does, bit for bit: float32 levels of 0-255.

The same TensorFlow ops in the same order: `tf.image.decode_image` at full size, then `tf.image.resize`,
`tf.image.resize_with_pad`, or `tf.image.resize` of the largest centred window. EXIF is not applied, nothing is
filtered for the reduction and nothing is rounded; `pipeline.images` is the one that reads as the rest of this
package does. One thing is added: JPEG and GIF in RGBA, on which Keras ends with an error, are read as opaque.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.config.checks import shown
from pipeline.errors import InputError
from pipeline.reading.reader import ImageReader

__all__ = ["INTERPOLATIONS", "KerasReader", "check_interpolation"]

INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
# Keras crops through another function of its own, which knows fewer.
NOT_CROPPED = ("gaussian", "mitchellcubic")


def check_interpolation(interpolation: object, resize: str) -> str:
    """Return `interpolation` in lower case.

    Raises:
        InputError: there is none of that name, or not for `resize`.
    """
    name = interpolation.lower() if isinstance(interpolation, str) else ""
    known = [one for one in INTERPOLATIONS if resize != "crop" or one not in NOT_CROPPED]
    if name not in known:
        where = " where pictures are cropped" if resize == "crop" else ""
        raise InputError(
            f"Argument `interpolation` should be one of {tuple(known)}{where}. "
            f"Received: interpolation={shown(interpolation)}"
        )
    return name


def _largest_window(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Return the largest centred window of `image` (`[H, W, C]`) with the target's aspect ratio, to a whole pixel.

    Float32 and truncation as in `keras.preprocessing.image.smart_resize`: another rounding moves the window.
    """
    height, width = tf.unstack(tf.shape(image)[:2])
    fitting_height = tf.cast(tf.cast(width * size[0], tf.float32) / size[1], tf.int32)
    fitting_width = tf.cast(tf.cast(height * size[1], tf.float32) / size[0], tf.int32)
    window_height = tf.maximum(tf.minimum(height, fitting_height), 1)
    window_width = tf.maximum(tf.minimum(width, fitting_width), 1)
    top, left = (height - window_height) // 2, (width - window_width) // 2
    return image[top : top + window_height, left : left + window_width]


def _decode(data: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode to uint8 `[H, W, channels]`. The op refuses alpha for formats that have none; here they are opaque."""

    def whole(channels: int = channels) -> tf.Tensor:
        return tf.image.decode_image(data, channels=channels, expand_animations=False)

    def opaque() -> tf.Tensor:
        return tf.pad(whole(3), [[0, 0], [0, 0], [0, 1]], constant_values=tf.constant(255, tf.uint8))

    if channels < 4:
        return whole()
    without_alpha = tf.reduce_any(tf.equal(tf.strings.substr(data, 0, 3), [b"\xff\xd8\xff", b"GIF"]))
    return tf.cond(without_alpha, opaque, whole)


@dataclasses.dataclass(frozen=True)
class KerasReader(ImageReader):
    """A reader that decodes and resizes as Keras does.

    Args:
        source: of the files.
        image: size, colour mode and `resize`; its other fields are not asked.
        interpolation: one of `INTERPOLATIONS`.
    """

    interpolation: str = "bilinear"

    @property
    def key(self) -> str:
        """The name of the function, with what it was asked for."""
        return f"image_dataset_from_directory, interpolation={self.interpolation!r}, {self.image!r}"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the images: uint8 for `"nearest"`, which mixes no pixels, else float32."""
        return np.dtype(np.uint8 if self.interpolation == "nearest" else np.float32)

    @property
    def specs(self) -> Mapping[str, tf.TensorSpec]:
        """The image: `[height, width, C]` of `dtype`."""
        return {"image": tf.TensorSpec([*self.image.image_size, self.image.channels], self.dtype)}

    def decode(self, data: tf.Tensor) -> tf.Tensor:
        """Decode and resize one file.

        Args:
            data: scalar string, its bytes.

        Returns:
            `[height, width, C]` of `dtype`, on the scale 0-255; bicubic and lanczos overshoot it.

        Raises:
            tf.errors.OpError: it is not an image.
        """
        size = self.image.image_size
        pixels = _decode(data, self.image.channels)
        if self.image.resize == "pad":
            pixels = tf.image.resize_with_pad(pixels, *size, method=self.interpolation)
        else:
            window = _largest_window(pixels, size) if self.image.resize == "crop" else pixels
            pixels = tf.image.resize(window, size, method=self.interpolation)
        pixels.set_shape([*size, self.image.channels])
        return pixels
