"""The straight column from examples to batches: one builder for training, one for evaluation.

    positions -> examples -> pictures (decoded, or gathered from a cache; uint8 but for Keras' way) -> float32 -> labels

`make_train` shuffles and augments; `make_eval` does neither: it measures, so it must not move.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.batch import Batch, pack
from pipeline.augment.compiled import rescaling
from pipeline.augment.draw import example_keys
from pipeline.augment.given import recipe_of
from pipeline.config import ImageConfig, LoaderConfig
from pipeline.dataset.order import example_at, step_positions, steps_per_epoch
from pipeline.reading.reader import Reader
from pipeline.runtime.execution import READS, of_length, with_fixed_options
from pipeline.runtime.keras_build import keras_is_building
from pipeline.runtime.machine import cores

__all__ = ["Pixels", "endless", "make_eval", "make_stream", "make_train", "training_batches"]

# Batches made ahead: a float32 batch of 100 photos is 27 MB.
PREFETCH = 1
F = TypeVar("F", bound=Callable[..., Any])


def no_autograph(function: F) -> F:
    """`function` as it is written: none of ours has Python control flow that depends on a tensor."""
    return cast(F, tf.autograph.experimental.do_not_convert(function))


@dataclasses.dataclass(frozen=True)
class Pixels:
    """Images by index, with their labels.

    Args:
        reader: gives the images of N examples.
        labels: `[N, ...]`, or `None`.
    """

    reader: Reader
    labels: NDArray[np.generic] | None

    @property
    def image(self) -> ImageConfig:
        """The size, channels and scale of the images."""
        return self.reader.image

    @property
    def count(self) -> int:
        """The number of examples."""
        return len(self.reader.source)

    def keeps_batches(self, batch_size: int, steps: int) -> bool:
        """Return whether `batches` gives batches of as many images as it gets positions, epoch after epoch.

        Where images are decoded one by one, it takes them together by `batch_size`, a partial batch and those of the
        next epoch as well.
        """
        return self.reader.at_once or self.count % batch_size == 0 or self.count // batch_size == steps

    def batches(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """(epoch scalar, index `[B]`) to (images `[B, H, W, C]`, index `[B]`, epoch scalar)."""
        if self.reader.at_once:
            return positions.map(no_autograph(functools.partial(_read_batch, self.reader)))
        # TensorFlow's error does not name the JPEG that is broken by now, and no op catches it: to drop it, and compare
        # each batch with what it should be, costs every good photo time. `pipeline.train` looks for it afterwards.
        # One number an example, epoch * count + index, is cheaper to take apart and batch again than two.
        numbers = positions.map(no_autograph(lambda epoch, index: epoch * self.count + index))
        return numbers.unbatch().map(self._read, READS).batch(batch_size).map(self._take_apart).prefetch(1)

    @no_autograph
    def _read(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return self.reader.read(number % self.count)["image"], number

    @no_autograph
    def _take_apart(self, images: tf.Tensor, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return images, numbers % self.count, numbers[0] // self.count


def _read_batch(reader: Reader, epoch: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    return reader.read(index)["image"], index, epoch


def _epoch_steps(epoch: tf.Variable, first: tf.Variable | None, steps: int) -> tf.data.Dataset:
    """(epoch, step) for each step of one epoch; each new iteration takes the next epoch.

    The variables are read when an iteration begins, `epoch` is advanced and `first` set to 0, and what was read
    travels with the elements from there: two iterations at once have an epoch each, and one that is under way is not
    disturbed. Whoever wants to choose where the next one begins assigns the variables before it does. Keras' look at
    one batch before it trains leaves them as they are.
    """

    @no_autograph
    def begin(_: tf.Tensor) -> tf.data.Dataset:
        looking = tf.numpy_function(keras_is_building, [], tf.bool)
        now = tf.identity(epoch)
        with tf.control_dependencies([now]):
            epoch.assign_add(tf.where(looking, tf.constant(0, tf.int64), 1))
        left = tf.data.Dataset.range(steps)
        if first is not None:
            skipped = tf.identity(first)
            with tf.control_dependencies([skipped]):
                first.assign(tf.where(looking, skipped, 0))
            left = tf.data.Dataset.range(skipped, steps)
        return left.map(no_autograph(lambda step: (now, step)))

    return tf.data.Dataset.range(1).flat_map(begin)


def _finished(stream: tf.data.Dataset, steps: int) -> tf.data.Dataset:
    """The stream with its options and its cardinality."""
    return with_fixed_options(of_length(stream, steps).prefetch(PREFETCH))


def endless(stream: tf.data.Dataset) -> tf.data.Dataset:
    """A stream without an end, with its options; its cardinality says so."""
    whole = stream.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return with_fixed_options(whole.prefetch(PREFETCH))


def _labels_at(index: tf.Tensor, labels: NDArray[np.generic] | None) -> tf.Tensor | None:
    return None if labels is None else tf.gather(tf.constant(labels), index)


def training_batches(
    steps: tf.data.Dataset,
    pixels: Pixels,
    loader: LoaderConfig,
    augment: Any,
    seed: int,
    *,
    window: int | None = None,
) -> tf.data.Dataset:
    """Batches of the steps (epoch, step): shuffled and augmented, with their labels; `window` as in `make_train`."""
    count, batch_size = pixels.count, loader.batch_size
    recipe = recipe_of(augment)
    transform = recipe.compile(pixels.image.rescale)

    @no_autograph
    def order(now: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        positions = step_positions(step, count, batch_size)
        epoch = now if loader.reshuffle else tf.zeros_like(now)
        return now, example_at(positions, count, seed=seed, epoch=epoch, shuffle=loader.shuffle, window=window)

    @no_autograph
    def finish(images: tf.Tensor, index: tf.Tensor, now: tf.Tensor) -> Any:
        images.set_shape([None, *pixels.image.image_size, pixels.image.channels])
        features = transform({"image": images}, example_keys(index, now, seed))
        return pack(Batch(features, _labels_at(index, pixels.labels), None, index, now))

    # The compiled warp takes all cores for a batch; Keras' layers take one, and so several batches at once.
    at_once = None if recipe.takes_all_cores else cores()
    return pixels.batches(steps.map(order), batch_size).map(finish, at_once)


def _steps(pixels: Pixels, loader: LoaderConfig) -> int:
    return steps_per_epoch(pixels.count, loader.batch_size, drop_remainder=loader.drop_remainder)


def make_train(
    pixels: Pixels,
    loader: LoaderConfig,
    augment: Any,
    *,
    seed: int,
    epoch: tf.Variable,
    first: tf.Variable | None = None,
    window: int | None = None,
) -> tf.data.Dataset:
    """Shuffled, augmented batches; a new order and new draws each epoch, the same in each run.

    Args:
        pixels: the examples.
        loader: batch size, whether to shuffle, in another order each epoch, whether a partial last batch is dropped.
        augment: what `pipeline.augment.given.recipe_of` takes.
        seed: the root seed.
        epoch: int64 scalar variable that says which epoch the next iteration is; iterations advance it.
        first: int64 scalar variable, the step at which the next iteration begins, for that iteration alone.
        window: shuffle only within windows of this many positions, a multiple of the batch size; `None`: over all.

    Returns:
        One epoch of (images float32 `[B, H, W, C]`, labels), or of images where there are no labels. Its
        cardinality is known and that of a whole epoch: an iteration that begins at a later step ends before it.
    """
    steps = _steps(pixels, loader)
    pairs = _epoch_steps(epoch, first, steps)
    return _finished(training_batches(pairs, pixels, loader, augment, seed, window=window), steps)


def make_stream(pixels: Pixels, loader: LoaderConfig, augment: Any, *, seed: int, start: int) -> tf.data.Dataset:
    """The batches of `make_train`, epoch after epoch without end, from one step on.

    Args:
        pixels, loader, augment, seed: as for `make_train`.
        start: the global step, counted from the first batch of epoch 0, of the first batch.

    Returns:
        What `make_train` returns, with infinite cardinality; every iteration begins at `start`.
    """
    steps = _steps(pixels, loader)
    if pixels.keeps_batches(loader.batch_size, steps):
        # One pipeline for all epochs: to begin another costs as much as a step of a small network.
        whole = tf.data.Dataset.range(start, tf.int64.max).map(no_autograph(lambda step: (step // steps, step % steps)))
        return endless(training_batches(whole, pixels, loader, augment, seed))
    begun, first = divmod(start, steps)

    @no_autograph
    def one(epoch: tf.Tensor) -> tf.data.Dataset:
        left = tf.data.Dataset.range(tf.where(epoch == begun, tf.constant(first, tf.int64), 0), steps)
        pairs = left.map(no_autograph(lambda step: (epoch, step)))
        return training_batches(pairs, pixels, loader, augment, seed)

    epochs = tf.data.Dataset.range(begun, tf.int64.max)
    return endless(epochs.flat_map(one))


def make_eval(pixels: Pixels, batch_size: int) -> tf.data.Dataset:
    """Batches in the order of the examples, rescaled and otherwise untouched; the last may be partial.

    Returns:
        (images float32 `[B, H, W, C]`, labels), or images where there are no labels; its cardinality is known.
    """
    count, rescaled = pixels.count, rescaling(pixels.image.rescale)
    steps = steps_per_epoch(count, batch_size)

    @no_autograph
    def order(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.constant(0, tf.int64), step_positions(step, count, batch_size)

    @no_autograph
    def finish(images: tf.Tensor, index: tf.Tensor, epoch: tf.Tensor) -> Any:
        images.set_shape([None, *pixels.image.image_size, pixels.image.channels])
        return pack(Batch({"image": rescaled(images)}, _labels_at(index, pixels.labels), None, index, epoch))

    positions = tf.data.Dataset.range(steps).map(order)
    return _finished(pixels.batches(positions, batch_size).map(finish), steps)
