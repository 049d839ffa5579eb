"""Data sets that run the input's stages in two ways: all stages up to a certain one, or one stage alone.

The difference between two data sets that stop at successive stages is the time that the later stage adds within the
whole input. A stage that runs alone reads its input from memory and has all cores to itself.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import ImageConfig, LoaderConfig
from pipeline.dataset.column import Pixels, endless, no_autograph, training_batches
from pipeline.dataset.order import example_at, step_positions
from pipeline.images.load import decoded, fitted
from pipeline.profile.timing import Probe
from pipeline.reading.reader import ImageReader
from pipeline.runtime.execution import READS
from pipeline.sources.files import FileSource
from pipeline.sources.source import Features

__all__ = ["BURSTS", "READY", "Columns", "drawn", "under_way"]

Depth = Literal["order", "read", "decode", "resize"]
# Finished batches that may wait in a data set: in its own prefetch, in that of its images, and one that was begun.
READY = 3
BURSTS = 3  # a turn draws at least this many times the batches that are made at once


def _zero_after(number: tf.Tensor) -> tf.Tensor:
    """Return 0, computed from `number` (at least 0), so that TensorFlow cannot skip the work that made `number`."""
    return tf.minimum(tf.cast(number, tf.int64), 0)


@dataclasses.dataclass(frozen=True)
class _CutOff(ImageReader):
    """A reader that runs the stages up to `depth` on each photo and then returns 0 instead of an image."""

    depth: Depth = "resize"

    def read(self, index: tf.Tensor) -> Features:
        """Do the work up to `depth` for one example: int64 scalar to `{"image": int64 scalar 0}`."""
        if self.depth == "order":
            return {"image": _zero_after(index)}
        return {"image": self._zero_after_work(self.source.read(index)["image"])}

    def _zero_after_work(self, data: tf.Tensor) -> tf.Tensor:
        if self.depth == "read":
            return _zero_after(tf.strings.length(data))
        if self.depth == "decode":
            return _zero_after(tf.reduce_sum(tf.shape(decoded(data, self.image))))
        return _zero_after(self.decode(data)[0, 0, 0])


def under_way(batch_size: int) -> int:
    """Return the number of batches whose photos are read at the same time."""
    return math.ceil(READS / batch_size)


def drawn(stream: tf.data.Dataset, batch_size: int) -> Probe:
    """Return a probe that draws batches from a data set.

    Args:
        stream: endless; the first tensor of an element has the batch as its first axis.
        batch_size: images in a batch.
    """
    iterator = iter(stream)

    def draw(count: int) -> int:
        return sum(int(tf.nest.flatten(next(iterator))[0].shape[0]) for _ in range(count))

    return Probe(draw, READY + under_way(batch_size), BURSTS * under_way(batch_size))


def _in_memory(count: int, make: Callable[[tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
    """Apply `make` to each of the first `count` indices once, and repeat the results endlessly from memory."""
    return tf.data.Dataset.range(count).map(no_autograph(make), READS).cache().repeat()


@dataclasses.dataclass(frozen=True)
class Columns:
    """The measured data sets of one sample of photos. Each is endless and runs on the CPU.

    Args:
        reader: reads and decodes the photos.
        labels: `[N, ...]`, or `None`.
        loader: how images are batched and shuffled.
        augment: as for `pipeline.dataset.column.make_train`.
        seed: the root seed.
    """

    reader: ImageReader
    labels: NDArray[np.generic] | None
    loader: LoaderConfig
    augment: Any
    seed: int

    @property
    def pixels(self) -> Pixels:
        """The photos, decoded at each use."""
        return Pixels(self.reader, self.labels)

    @property
    def image(self) -> ImageConfig:
        """The size, channels and scale of the images."""
        return self.reader.image

    def _steps(self) -> tf.data.Dataset:
        """Return (epoch, step) for whole batches; one epoch follows another without a pause."""
        steps = max(1, self.pixels.count // self.loader.batch_size)
        return tf.data.Dataset.range(tf.int64.max).map(no_autograph(lambda step: (step // steps, step % steps)))

    def _positions(self) -> tf.data.Dataset:
        """Return (epoch, index `[B]`) in the order of `pipeline.dataset.column.training_batches`."""
        count, batch_size = self.pixels.count, self.loader.batch_size

        @no_autograph
        def order(epoch: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            positions = step_positions(step, count, batch_size)
            now = epoch if self.loader.reshuffle else tf.zeros_like(epoch)
            return epoch, example_at(positions, count, seed=self.seed, epoch=now, shuffle=self.loader.shuffle)

        return self._steps().map(order)

    def positions(self) -> tf.data.Dataset:
        """Return the indices of the photos in each batch: int64 `[B]`."""
        return endless(self._positions().map(no_autograph(lambda _, index: index)))

    def cut_off(self, depth: Depth) -> tf.data.Dataset:
        """Return batches that run all stages up to `depth` on each photo and hold zeros instead of images."""
        pixels = Pixels(_CutOff(self.reader.source, self.image, depth=depth), self.labels)
        return endless(pixels.batches(self._positions(), self.loader.batch_size))

    def images(self, pixels: Pixels) -> tf.data.Dataset:
        """Return batches of images before augmentation: uint8 `[B, H, W, C]`."""
        return endless(pixels.batches(self._positions(), self.loader.batch_size))

    def whole(self, pixels: Pixels) -> tf.data.Dataset:
        """Return the model's input: (float32 `[B, H, W, C]`, labels), or images alone if there are no labels."""
        return endless(training_batches(self._steps(), pixels, self.loader, self.augment, self.seed))

    def _bytes(self, index: tf.Tensor) -> tf.Tensor:
        return self.reader.source.read(index)["image"]

    def _alone(self, held: tf.data.Dataset, work: Callable[[tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
        return endless(held.map(no_autograph(work), READS).batch(self.loader.batch_size))

    def decode_alone(self, count: int) -> tf.data.Dataset:
        """Return batches that decode the first `count` photos from bytes in memory, at their own or reduced size."""
        held = _in_memory(count, self._bytes)
        return self._alone(held, lambda data: _zero_after(tf.reduce_sum(tf.shape(decoded(data, self.image)))))

    def libjpeg_alone(self, paths: Sequence[bytes], ratio: int) -> tf.data.Dataset:
        """Return batches that decode JPEGs from memory with libjpeg at a fixed reduction and do nothing else.

        They read no header first, and they do not apply EXIF orientation.
        """

        def work(data: tf.Tensor) -> tf.Tensor:
            pixels = tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")
            return _zero_after(tf.reduce_sum(tf.shape(pixels)))

        files = FileSource(tuple(map(os.fsdecode, paths)))
        return self._alone(_in_memory(len(files), lambda index: files.read(index)["image"]), work)

    def resize_alone(self, count: int) -> tf.data.Dataset:
        """Return batches that resize the first `count` photos, decoded in memory."""
        held = _in_memory(count, lambda index: decoded(self._bytes(index), self.image))
        return self._alone(held, lambda pixels: _zero_after(fitted(pixels, self.image)[0, 0, 0]))

    def batch_alone(self, count: int) -> tf.data.Dataset:
        """Return batches that gather the first `count` images, decoded and resized in memory."""
        held = _in_memory(count, lambda index: self.reader.read(index)["image"])
        shape = [*self.image.image_size, self.image.channels]
        # This does no work, but tf.data would remove an identity function and the threads that run it.
        return self._alone(held, lambda pixels: tf.ensure_shape(pixels, shape))

    def decoded_bytes(self, count: int) -> float:
        """Return the mean size in bytes of the first `count` photos after decoding and before resizing."""

        @no_autograph
        def size(index: tf.Tensor) -> tf.Tensor:
            return tf.size(decoded(self._bytes(index), self.image))

        sizes = tf.data.Dataset.range(min(count, self.pixels.count)).map(size, READS)
        return float(np.mean([int(one) for one in sizes.as_numpy_iterator()]))
