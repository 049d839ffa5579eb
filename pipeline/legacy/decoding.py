"""Decode several image files at a time, with exactly the pixels of `keras.utils.load_img`.

TensorFlow decodes JPEG: its `INTEGER_ACCURATE` decoder equals Pillow's bit for bit, and the graph repeats Pillow's
nearest resize. All other files, and every JPEG that TensorFlow refuses, go through `load_img` itself. So this module
reads exactly the files that `load_img` reads.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.images.load import grey
from pipeline.legacy.workers import is_forked

__all__ = ["CHANNELS", "Decoding", "FileReader"]

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
# Pixels from which Pillow warns; it refuses images of twice as many. Larger images are left to Pillow.
PILLOW_WARNS = 89_478_485
# The path of an empty file. It takes the place of files that TensorFlow should not read.
EMPTY_FILE = os.fsencode(os.devnull)


@dataclasses.dataclass(frozen=True)
class Decoding:
    """The arguments of `keras.utils.load_img`; the caller has checked them.

    Args:
        target_size: `(height, width)` in pixels.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        interpolation: Pillow's filter, such as `"nearest"`.
        keep_aspect_ratio: whether to crop the centre instead of stretching the image.
    """

    target_size: tuple[int, int]
    color_mode: str
    interpolation: str
    keep_aspect_ratio: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return `(height, width, channels)` of the arrays."""
        return (*self.target_size, CHANNELS[self.color_mode])


def _nearest_index(low: tf.Tensor, high: tf.Tensor, size: tuple[int, int], divisor: tf.Tensor) -> list[tf.Tensor]:
    """Return the rows and columns that Pillow's nearest resize takes from the box `low` to `high` (int32 `[2]`).

    Pillow adds steps of `s = (high - low) / size` in float64, starting at `low + s / 2`. The rounding of this sum is
    part of the result: `(i + 0.5) * s` selects other pixels for 9 % of all pairs of sizes. `divisor` is `size` as an
    input of the graph. TensorFlow's optimizer replaces a division by a constant with a product by the rounded
    reciprocal, which gives other results.
    """
    longest = max(size)
    step = tf.cast(high - low, tf.float64) / divisor
    steps = step[:, None] * tf.constant([[0.5] + [1.0] * (longest - 1)], tf.float64)
    start = tf.cast(low, tf.float64)[:, None] + steps[:, :1]
    index = tf.cast(tf.cumsum(tf.concat([start, steps[:, 1:]], axis=1), axis=1), tf.int32)
    return [index[0, : size[0]], index[1, : size[1]]]


def _box(sides: tf.Tensor, decoding: Decoding) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the corners of the part of an image that is resized: start and end, int32 `[2]` each.

    `sides` are the image's height and width, int32 `[2]`.
    """
    if not decoding.keep_aspect_ratio:
        return tf.zeros_like(sides), sides
    box = tf.minimum(
        sides, (sides[::-1] * tf.constant(decoding.target_size)) // tf.constant(decoding.target_size[::-1])
    )
    low = (sides - box) // 2
    return low, low + box


def _pillow_accepts(sides: tf.Tensor, decoding: Decoding) -> tf.Tensor:
    """Return whether Pillow reads an image of these sides without a warning or an error."""
    small = tf.reduce_prod(tf.cast(sides, tf.float32)) < PILLOW_WARNS
    if not decoding.keep_aspect_ratio:
        return small
    low, high = _box(sides, decoding)
    return tf.logical_and(small, tf.reduce_all(high > low))


def _convert_colors(pixels: tf.Tensor, color_mode: str) -> tf.Tensor:
    """Convert RGB to the channels of `color_mode`."""
    if color_mode == "grayscale":
        return grey(pixels)
    if color_mode == "rgba":
        return tf.pad(pixels, [[0, 0], [0, 0], [0, 1]], constant_values=tf.constant(255, tf.uint8))
    return pixels


def _decode_jpeg(data: tf.Tensor, sides: tf.Tensor, decoding: Decoding, divisor: tf.Tensor) -> tf.Tensor:
    pixels = tf.raw_ops.DecodeJpeg(contents=data, channels=3, dct_method="INTEGER_ACCURATE")
    rows, columns = _nearest_index(*_box(sides, decoding), decoding.target_size, divisor)
    # Rows first: copying whole rows is fast, and the columns are then gathered from fewer rows.
    return _convert_colors(tf.gather(tf.gather(pixels, rows, axis=0), columns, axis=1), decoding.color_mode)


def _read_jpeg(path: tf.Tensor, divisor: tf.Tensor, decoding: Decoding) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a uint8 image and whether TensorFlow decoded it; zeros where the file is left to Pillow."""
    data = tf.io.read_file(path)
    zeros = tf.zeros(decoding.shape, tf.uint8)

    def read_if_supported() -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.raw_ops.ExtractJpegShape(contents=data)
        sides, channels = shape[:2], shape[2]
        supported = tf.logical_and(channels <= 3, _pillow_accepts(sides, decoding))  # four channels are CMYK
        return tf.cond(supported, lambda: _decode_jpeg(data, sides, decoding, divisor), lambda: zeros), supported

    result: tuple[tf.Tensor, tf.Tensor]
    is_jpeg = tf.equal(tf.strings.substr(data, 0, 3), b"\xff\xd8\xff")
    result = tf.cond(is_jpeg, read_if_supported, lambda: (zeros, tf.constant(False)))
    return result


@functools.lru_cache(maxsize=16)
def _jpeg_reader(count: int, decoding: Decoding) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Build a function `paths [count] -> (uint8 [count, H, W, C], bool [count])` that reads files in parallel.

    The graph has one independent call for each file, so it needs neither a `tf.data` pipeline nor a loop.
    """
    read_one = tf.function(
        lambda path, divisor: _read_jpeg(path, divisor, decoding),
        autograph=False,
        input_signature=[tf.TensorSpec([], tf.string), tf.TensorSpec([2], tf.float64)],
        experimental_attributes={"_noinline": True},
    )

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([count], tf.string), tf.TensorSpec([2], tf.float64)])
    def read(paths: tf.Tensor, divisor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, flags = zip(*(read_one(path, divisor) for path in tf.unstack(paths)), strict=True)
        return tf.stack(images), tf.stack(flags)

    call, size = read.get_concrete_function(), tf.constant(decoding.target_size, tf.float64)
    return lambda paths: call(paths, size)


def _read_by_pillow(path: str, decoding: Decoding) -> NDArray[Any]:
    """Read one file as `[H, W, C]`, uint8 or, for grey images of 16 and 32 bits, a wider integer.

    Raises:
        Exception: the error of Pillow or of the system; its message names the file.
    """
    try:
        with keras.utils.load_img(path, **dataclasses.asdict(decoding)) as image:
            pixels = np.asarray(image)
    except Exception as error:
        if path in str(error):
            raise
        raise _error_with_path(error, path) from error
    return pixels.reshape(decoding.shape)


def _error_with_path(error: Exception, path: str) -> Exception:
    """Return an error of the same type whose message names the file; Pillow's names an unnamed buffer."""
    try:
        return type(error)(f"cannot read the picture {path!r}: {error}")
    except TypeError:  # the type's constructor takes other arguments
        return OSError(f"cannot read the picture {path!r}: {error}")


class FileReader:
    """A reader of image files that remembers which files TensorFlow cannot decode. Threads may share it."""

    def __init__(self, decoding: Decoding, chunk: int) -> None:
        """Set the decoding and `chunk`, the largest number of files in one call of `read`."""
        self.decoding = decoding
        self._chunk = chunk
        self._for_pillow: set[str] = set()
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str]) -> tf.Tensor | NDArray[Any]:
        """Read files.

        Returns:
            `[len(paths), H, W, C]`: uint8, or float32 where a file has more than 8 bits a channel.

        Raises:
            OSError: a file does not exist or is not an image. Pillow's other errors are passed on.
        """
        if is_forked() or self.decoding.interpolation != "nearest":
            return _stack([_read_by_pillow(path, self.decoding) for path in paths])
        images, decoded = self._read_by_tensorflow(paths)
        if decoded.all():
            return images
        with self._lock:
            self._for_pillow.update(path for path, done in zip(paths, decoded, strict=True) if not done)
        array = np.asarray(images)
        return _stack(
            [array[k] if decoded[k] else _read_by_pillow(path, self.decoding) for k, path in enumerate(paths)]
        )

    def _read_by_tensorflow(self, paths: Sequence[str]) -> tuple[tf.Tensor | NDArray[Any], NDArray[np.bool_]]:
        """Return images and a mask of those that TensorFlow decoded; the pixels of the others are undefined."""
        names = [EMPTY_FILE if path in self._for_pillow else os.fsencode(path) for path in paths]
        none_decoded = np.zeros((len(paths), *self.decoding.shape), np.uint8), np.zeros(len(paths), np.bool_)
        if all(name is EMPTY_FILE for name in names):
            return none_decoded
        read = _jpeg_reader(self._chunk, self.decoding)
        with tf.device("CPU:0"):
            try:
                images, decoded = read(tf.constant(names + [EMPTY_FILE] * (self._chunk - len(names))))
            except tf.errors.OpError:
                if len(paths) == 1:
                    return none_decoded
                singles = [self._read_by_tensorflow([path]) for path in paths]
                return np.concatenate([image for image, _ in singles]), np.concatenate([done for _, done in singles])
        is_full = len(paths) == self._chunk
        return images if is_full else images[: len(paths)], decoded.numpy()[: len(paths)]


def _stack(images: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Stack images; all as float32 where one is not uint8."""
    is_mixed = any(image.dtype != np.uint8 for image in images)
    return np.stack([np.asarray(image, np.float32) for image in images] if is_mixed else images)
