"""Image files to arrays, pixel for pixel as `keras.utils.load_img` gives them, several at a time.

JPEG goes through TensorFlow, whose `INTEGER_ACCURATE` decoder equals Pillow's bit for bit, with Pillow's nearest
resize redone in the graph. Everything else (and every JPEG that TensorFlow refuses) goes through `load_img`
itself, so that there is no file that one reads and the other does not.
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
# Pillow warns of a larger picture, and refuses one of twice as much: those are left to it.
PILLOW_WARNS = 89_478_485
# Bytes that TensorFlow reads as nothing, in the place of a file that is not for it.
NOTHING = os.fsencode(os.devnull)


@dataclasses.dataclass(frozen=True)
class Decoding:
    """How files become arrays: the arguments of `keras.utils.load_img`, checked by whoever makes it."""

    target_size: tuple[int, int]
    color_mode: str
    interpolation: str
    keep_aspect_ratio: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the arrays."""
        return (*self.target_size, CHANNELS[self.color_mode])


def _nearest_index(low: tf.Tensor, high: tf.Tensor, size: tuple[int, int], divisor: tf.Tensor) -> list[tf.Tensor]:
    """Rows and columns that Pillow's nearest resize takes from the box `low` to `high` (int32 `[2]`).

    Pillow adds up steps of `s = (high - low) / size` in float64, from `low + s / 2`; the rounding of that sum is
    part of the result (`(i + 0.5) * s` picks other pixels for 9 % of all pairs of sizes). `divisor` is `size` as
    a tensor that is no constant: by a constant, TensorFlow's optimizer would multiply with its rounded reciprocal.
    """
    longest = max(size)
    step = tf.cast(high - low, tf.float64) / divisor
    steps = step[:, None] * tf.constant([[0.5] + [1.0] * (longest - 1)], tf.float64)
    start = tf.cast(low, tf.float64)[:, None] + steps[:, :1]
    index = tf.cast(tf.cumsum(tf.concat([start, steps[:, 1:]], axis=1), axis=1), tf.int32)
    return [index[0, : size[0]], index[1, : size[1]]]


def _box(sides: tf.Tensor, how: Decoding) -> tuple[tf.Tensor, tf.Tensor]:
    """The part of a picture of `sides` (height, width) that is kept: its first and its end, int32 `[2]` each."""
    if not how.keep_aspect_ratio:
        return tf.zeros_like(sides), sides
    kept = tf.minimum(sides, (sides[::-1] * tf.constant(how.target_size)) // tf.constant(how.target_size[::-1]))
    low = (sides - kept) // 2
    return low, low + kept


def _is_usual(sides: tf.Tensor, how: Decoding) -> tf.Tensor:
    """Whether Pillow has nothing to say against a picture of these sides."""
    small = tf.reduce_prod(tf.cast(sides, tf.float32)) < PILLOW_WARNS
    if not how.keep_aspect_ratio:
        return small
    low, high = _box(sides, how)
    return tf.logical_and(small, tf.reduce_all(high > low))


def _coloured(pixels: tf.Tensor, color_mode: str) -> tf.Tensor:
    """RGB to the channels of `color_mode`."""
    if color_mode == "grayscale":
        return grey(pixels)
    if color_mode == "rgba":
        return tf.pad(pixels, [[0, 0], [0, 0], [0, 1]], constant_values=tf.constant(255, tf.uint8))
    return pixels


def _decoded(data: tf.Tensor, sides: tf.Tensor, how: Decoding, divisor: tf.Tensor) -> tf.Tensor:
    pixels = tf.raw_ops.DecodeJpeg(contents=data, channels=3, dct_method="INTEGER_ACCURATE")
    rows, columns = _nearest_index(*_box(sides, how), how.target_size, divisor)
    # Rows first: they are copied whole, and fewer of them are left for the columns.
    return _coloured(tf.gather(tf.gather(pixels, rows, axis=0), columns, axis=1), how.color_mode)


def _read_jpeg(path: tf.Tensor, divisor: tf.Tensor, how: Decoding) -> tuple[tf.Tensor, tf.Tensor]:
    """(uint8 picture, whether it is one); zeros where the file is for Pillow."""
    data = tf.io.read_file(path)
    zeros = tf.zeros(how.shape, tf.uint8)

    def measured() -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.raw_ops.ExtractJpegShape(contents=data)
        sides, channels = shape[:2], shape[2]
        ours = tf.logical_and(channels <= 3, _is_usual(sides, how))  # four channels are CMYK
        return tf.cond(ours, lambda: _decoded(data, sides, how, divisor), lambda: zeros), ours

    picture: tuple[tf.Tensor, tf.Tensor]
    is_jpeg = tf.equal(tf.strings.substr(data, 0, 3), b"\xff\xd8\xff")
    picture = tf.cond(is_jpeg, measured, lambda: (zeros, tf.constant(False)))
    return picture


@functools.lru_cache(maxsize=16)
def _jpeg_reader(count: int, how: Decoding) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """`paths [count] -> (uint8 [count, H, W, C], bool [count])`, its files read in parallel.

    One call node a file, side by side in one graph: without the cost of a `tf.data` pipeline or of a loop.
    """
    read_one = tf.function(
        lambda path, divisor: _read_jpeg(path, divisor, how),
        autograph=False,
        input_signature=[tf.TensorSpec([], tf.string), tf.TensorSpec([2], tf.float64)],
        experimental_attributes={"_noinline": True},
    )

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([count], tf.string), tf.TensorSpec([2], tf.float64)])
    def read(paths: tf.Tensor, divisor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pictures, flags = zip(*(read_one(path, divisor) for path in tf.unstack(paths)), strict=True)
        return tf.stack(pictures), tf.stack(flags)

    call, size = read.get_concrete_function(), tf.constant(how.target_size, tf.float64)
    return lambda paths: call(paths, size)


def _read_by_pillow(path: str, how: Decoding) -> NDArray[Any]:
    """`[H, W, C]`, uint8 or, for 16 and 32 bit grey, a wider integer.

    Raises:
        the error of Pillow or of the system, with the file's name in it.
    """
    try:
        with keras.utils.load_img(path, **dataclasses.asdict(how)) as image:
            pixels = np.asarray(image)
    except Exception as error:
        if path in str(error):
            raise
        raise _named(error, path) from error
    return pixels.reshape(how.shape)


def _named(error: Exception, path: str) -> Exception:
    """An error of the same type that names the file: Pillow knows an unnamed buffer only."""
    try:
        return type(error)(f"cannot read the picture {path!r}: {error}")
    except TypeError:  # a type with a constructor of its own
        return OSError(f"cannot read the picture {path!r}: {error}")


class FileReader:
    """Reads files a chunk at a time; remembers which are not for TensorFlow."""

    def __init__(self, how: Decoding, chunk: int) -> None:
        """`chunk` is the most files of one call."""
        self.how = how
        self._chunk = chunk
        self._for_pillow: set[str] = set()
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str]) -> tf.Tensor | NDArray[Any]:
        """`[len(paths), H, W, C]`: uint8, or float32 where a file holds more than 8 bits a channel.

        Raises:
            OSError: a file is not there or is not a picture; or whatever else Pillow says of it.
        """
        if is_forked() or self.how.interpolation != "nearest":
            return _stacked([_read_by_pillow(path, self.how) for path in paths])
        pictures, plain = self._by_tensorflow(paths)
        if plain.all():
            return pictures
        with self._lock:
            self._for_pillow.update(path for path, good in zip(paths, plain, strict=True) if not good)
        given = np.asarray(pictures)
        return _stacked([given[k] if plain[k] else _read_by_pillow(path, self.how) for k, path in enumerate(paths)])

    def _by_tensorflow(self, paths: Sequence[str]) -> tuple[tf.Tensor | NDArray[Any], NDArray[np.bool_]]:
        """(pictures, which of them are read); the others are anything."""
        names = [NOTHING if path in self._for_pillow else os.fsencode(path) for path in paths]
        nothing = np.zeros((len(paths), *self.how.shape), np.uint8), np.zeros(len(paths), np.bool_)
        if all(name is NOTHING for name in names):
            return nothing
        read = _jpeg_reader(self._chunk, self.how)
        with tf.device("CPU:0"):
            try:
                pictures, plain = read(tf.constant(names + [NOTHING] * (self._chunk - len(names))))
            except tf.errors.OpError:
                if len(paths) == 1:
                    return nothing
                alone = [self._by_tensorflow([path]) for path in paths]
                return np.concatenate([one[0] for one in alone]), np.concatenate([one[1] for one in alone])
        whole = len(paths) == self._chunk
        return pictures if whole else pictures[: len(paths)], plain.numpy()[: len(paths)]


def _stacked(rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
    deep = any(row.dtype != np.uint8 for row in rows)
    return np.stack([np.asarray(row, np.float32) for row in rows] if deep else rows)
