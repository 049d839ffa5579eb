"""The core's own way from files to batches, cut off behind a stage; and stages alone, on what the one before made.

Cut off, each column holds all stages up to one, and the difference between two is what a stage adds where it
stands, among what runs beside it. Alone, a stage finds its input in memory and all cores for itself.
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
# Batches that lie ready behind a column beside those under way: its own prefetch, the one of its pictures, one begun.
READY = 3
BURSTS = 3  # of what is made side by side, a turn at the least


def _spent(number: tf.Tensor) -> tf.Tensor:
    """0, which cannot be known before `number` (at least 0) is: no optimizer leaves out what it came from."""
    return tf.minimum(tf.cast(number, tf.int64), 0)


@dataclasses.dataclass(frozen=True)
class _CutOff(ImageReader):
    """A reader whose images are 0, once the stages up to `depth` have been through with each."""

    depth: Depth = "resize"

    def read(self, index: tf.Tensor) -> Features:
        """Do the work up to `depth` for one example: int64 scalar to `{"image": int64 scalar 0}`."""
        if self.depth == "order":
            return {"image": _spent(index)}
        return {"image": self._spent_on(self.source.read(index)["image"])}

    def _spent_on(self, data: tf.Tensor) -> tf.Tensor:
        if self.depth == "read":
            return _spent(tf.strings.length(data))
        if self.depth == "decode":
            return _spent(tf.reduce_sum(tf.shape(decoded(data, self.image))))
        return _spent(self.decode(data)[0, 0, 0])


def under_way(batch_size: int) -> int:
    """Batches whose photos are read at once."""
    return math.ceil(READS / batch_size)


def drawn(stream: tf.data.Dataset, batch_size: int) -> Probe:
    """A data set as what is timed; its elements begin with a tensor of a batch."""
    iterator = iter(stream)

    def draw(count: int) -> int:
        return sum(int(tf.nest.flatten(next(iterator))[0].shape[0]) for _ in range(count))

    return Probe(draw, READY + under_way(batch_size), BURSTS * under_way(batch_size))


def _held(count: int, make: Callable[[tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
    """Return what `make` makes of the first indices, held in memory, again and again."""
    return tf.data.Dataset.range(count).map(no_autograph(make), READS).cache().repeat()


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns of one sample of photos. Every one of them is endless, on the CPU.

    Args:
        reader: of the photos, decoded at each use.
        labels: `[N, ...]`, or `None`.
        loader: how they are gathered.
        augment: as `pipeline.dataset.column.make_train` takes it.
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
        """(epoch, step) of whole batches, without a pause where an epoch ends."""
        steps = max(1, self.pixels.count // self.loader.batch_size)
        return tf.data.Dataset.range(tf.int64.max).map(no_autograph(lambda step: (step // steps, step % steps)))

    def _positions(self) -> tf.data.Dataset:
        """(epoch, index `[B]`), as `pipeline.dataset.column.training_batches` orders them."""
        count, batch_size = self.pixels.count, self.loader.batch_size

        @no_autograph
        def order(epoch: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            positions = step_positions(step, count, batch_size)
            now = epoch if self.loader.reshuffle else tf.zeros_like(epoch)
            return epoch, example_at(positions, count, seed=self.seed, epoch=now, shuffle=self.loader.shuffle)

        return self._steps().map(order)

    def positions(self) -> tf.data.Dataset:
        """Which photos make a batch: int64 `[B]`."""
        return endless(self._positions().map(no_autograph(lambda _, index: index)))

    def cut_off(self, depth: Depth) -> tf.data.Dataset:
        """Everything up to a stage, photo by photo; in the place of pictures there are zeros."""
        pixels = Pixels(_CutOff(self.reader.source, self.image, depth=depth), self.labels)
        return endless(pixels.batches(self._positions(), self.loader.batch_size))

    def pictures(self, pixels: Pixels) -> tf.data.Dataset:
        """Batches of pictures before augmentation: uint8 `[B, H, W, C]`."""
        return endless(pixels.batches(self._positions(), self.loader.batch_size))

    def whole(self, pixels: Pixels) -> tf.data.Dataset:
        """What the model gets: (float32 `[B, H, W, C]`, labels), or images where there are no labels."""
        return endless(training_batches(self._steps(), pixels, self.loader, self.augment, self.seed))

    def _bytes(self, index: tf.Tensor) -> tf.Tensor:
        return self.reader.source.read(index)["image"]

    def _alone(self, held: tf.data.Dataset, work: Callable[[tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
        return endless(held.map(no_autograph(work), READS).batch(self.loader.batch_size))

    def decode_alone(self, count: int) -> tf.data.Dataset:
        """Bytes in memory, of `count` photos, to pictures of their own size, or of libjpeg's reduced one."""
        held = _held(count, self._bytes)
        return self._alone(held, lambda data: _spent(tf.reduce_sum(tf.shape(decoded(data, self.image)))))

    def libjpeg_alone(self, paths: Sequence[bytes], ratio: int) -> tf.data.Dataset:
        """JPEGs in memory by libjpeg at one reduction: nothing looked up, nothing turned."""

        def work(data: tf.Tensor) -> tf.Tensor:
            pixels = tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")
            return _spent(tf.reduce_sum(tf.shape(pixels)))

        files = FileSource(tuple(map(os.fsdecode, paths)))
        return self._alone(_held(len(files), lambda index: files.read(index)["image"]), work)

    def resize_alone(self, count: int) -> tf.data.Dataset:
        """Decoded pictures in memory, of `count` photos, to pictures of one size."""
        held = _held(count, lambda index: decoded(self._bytes(index), self.image))
        return self._alone(held, lambda pixels: _spent(fitted(pixels, self.image)[0, 0, 0]))

    def batch_alone(self, count: int) -> tf.data.Dataset:
        """Pictures in memory, one by one, to batches of them."""
        held = _held(count, lambda index: self.reader.read(index)["image"])
        shape = [*self.image.image_size, self.image.channels]
        # Work that is none and yet no identity, which tf.data would leave out together with its threads.
        return self._alone(held, lambda pixels: tf.ensure_shape(pixels, shape))

    def decoded_bytes(self, count: int) -> float:
        """Mean bytes of the first photos' decoded pictures, before they are resized."""

        @no_autograph
        def size(index: tf.Tensor) -> tf.Tensor:
            return tf.size(decoded(self._bytes(index), self.image))

        sizes = tf.data.Dataset.range(min(count, self.pixels.count)).map(size, READS)
        return float(np.mean([int(one) for one in sizes.as_numpy_iterator()]))
