"""Splits that are read, to `ImageData`: what every builder ends with, and what it asks first."""

from __future__ import annotations

import dataclasses
import functools
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from pipeline.augment.foreign import foreign_augmentation
from pipeline.config import Augment, ImageConfig, LoaderConfig, settled_seed
from pipeline.data import ImageData
from pipeline.dataset import Pixels, make_eval, make_stream, make_train
from pipeline.errors import InputError
from pipeline.identity import settled_start
from pipeline.labels import LabelMode
from pipeline.order import steps_per_epoch
from pipeline.progress import say
from pipeline.sources.examples import Examples
from pipeline.verify import Unreadable

__all__ = ["Batching", "Split", "assemble", "settle_batching"]


@dataclasses.dataclass(frozen=True)
class Split:
    """A split, read: its examples that count, where their pictures come from, and what was left out."""

    examples: Examples
    pixels: Pixels
    skipped: tuple[Unreadable, ...] = ()


@dataclasses.dataclass(frozen=True)
class Batching:
    """How pictures become batches, whatever they come from; from `settle_batching`."""

    loader: LoaderConfig
    augment: Any
    seed: int
    step: int
    state: Mapping[str, Any] | None


def settle_batching(loader: LoaderConfig, augment: Any, seed: int | None, start: Any) -> Batching:
    """Check and settle what is asked for, before a picture is read; a seed that is `None` is drawn and said.

    Raises:
        InputError: a value is not allowed.
    """
    step, state = settled_start(start)
    augment = Augment() if augment is None else augment
    if not isinstance(augment, Augment):
        foreign_augmentation(augment, None)
    settled = settled_seed(seed)
    if settled is None:
        settled = secrets.randbelow(2**31)
        say(f"seed: {settled} (drawn; give it to repeat this run)")
    return Batching(loader, augment, settled, step, state)


def _check_batch(examples: Examples, loader: LoaderConfig) -> None:
    """Refuse an epoch without a batch."""
    if loader.drop_remainder and len(examples) < loader.batch_size:
        raise InputError(
            f"loader.batch_size must be at most the {len(examples)} training {examples.noun}s where "
            f"loader.drop_remainder drops a partial batch: no batch is left. Received: {loader.batch_size}"
        )


def _batch_notes(examples: Examples, loader: LoaderConfig) -> tuple[str, ...]:
    """Say where a batch takes more than there is, so that the weights change once an epoch."""
    if loader.drop_remainder or len(examples) >= loader.batch_size:
        return ()
    return (
        f"a batch of {loader.batch_size:,} takes all {len(examples):,} training {examples.noun}s, so that each epoch "
        "is one step: a smaller batch_size (--loader.batch_size) learns more in an epoch",
    )


def _on_the_cpu(make: Callable[..., tf.data.Dataset]) -> Callable[[int], tf.data.Dataset]:
    def stream(start: int) -> tf.data.Dataset:
        with tf.device("CPU:0"):
            return make(start=start)

    return stream


def assemble(
    train: Split,
    validation: Callable[[], Split | None],
    image: ImageConfig,
    batching: Batching,
    mode: LabelMode,
    cache: Callable[[], str],
    notes: tuple[str, ...] = (),
    **about: Any,
) -> ImageData:
    """Build the data sets.

    Args:
        train: the training examples.
        validation: reads the validation examples, once the training examples are found to make a batch.
        image, batching, mode: how they became pictures and become batches, and what the labels look like, settled.
        cache: says which cache is used and why, once all is read.
        notes: what the source found odd.
        about: `ImageData`'s other fields that say where all this came from: pictures, span.

    Raises:
        InputError: there is no batch in an epoch, or `batching.state` is of another stream.
    """
    loader, augment, seed = batching.loader, batching.augment, batching.seed
    _check_batch(train.examples, loader)
    with tf.device("CPU:0"):
        steps = steps_per_epoch(len(train.examples), loader.batch_size, drop_remainder=loader.drop_remainder)
        epoch = tf.Variable(batching.step // steps, dtype=tf.int64, trainable=False, name="epoch")
        first = tf.Variable(0, dtype=tf.int64, trainable=False, name="first")
        batches = make_train(train.pixels, loader, augment, seed=seed, epoch=epoch, first=first)
        measured = validation()
    built = ImageData(
        batches=batches,
        make_stream=_on_the_cpu(functools.partial(make_stream, train.pixels, loader, augment, seed=seed)),
        validation=None if measured is None else make_eval(measured.pixels, loader.batch_size),
        train_examples=train.examples,
        validation_examples=None if measured is None else measured.examples,
        image=image,
        loader=loader,
        augment=augment,
        label_mode=mode,
        seed=seed,
        epoch=epoch,
        first=first,
        cache=cache(),
        start=batching.step,
        skipped=train.skipped + (() if measured is None else measured.skipped),
        notes=(*notes, *_batch_notes(train.examples, loader)),
        **about,
    )
    if batching.state is not None:
        built.identity.refuse_other(batching.state)
    return built
