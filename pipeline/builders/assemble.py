"""Splits to `ImageData`: the first and the last step of every builder."""

from __future__ import annotations

import dataclasses
import functools
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from pipeline.augment.given import recipe_of
from pipeline.augment.recipe import Recipe
from pipeline.config import Augment, ImageConfig, LoaderConfig, resolve_seed
from pipeline.dataset.column import Pixels, make_eval, make_stream, make_train
from pipeline.dataset.identity import resolve_start
from pipeline.dataset.image_data import ImageData
from pipeline.dataset.order import steps_per_epoch
from pipeline.dataset.parts import warns_of_parts
from pipeline.errors import InputError
from pipeline.reading.unreadable import Unreadable
from pipeline.runtime.progress import say
from pipeline.runtime.startup import expect_own_order, start_devices
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode

__all__ = ["Batching", "Split", "assemble", "resolve_batching", "try_augment"]


@dataclasses.dataclass(frozen=True)
class Split:
    """A split that is ready: its examples, the reader of their images, and those that were left out."""

    examples: Examples
    pixels: Pixels
    skipped: tuple[Unreadable, ...] = ()


@dataclasses.dataclass(frozen=True)
class Batching:
    """The options with which images of any source become batches; made by `resolve_batching`.

    `augment` is what was asked for, `transform` what runs: the same `Augment`, or the Keras layers ready to be traced.
    """

    loader: LoaderConfig
    augment: Any
    recipe: Recipe
    seed: int
    step: int
    state: Mapping[str, Any] | None


def resolve_batching(loader: LoaderConfig, augment: Any, seed: int | None, start: Any) -> Batching:
    """Check and settle what is asked for, before a picture is read; a seed that is `None` is drawn and said.

    Raises:
        InputError: a value is not allowed.
    """
    start_devices()
    step, state = resolve_start(start)
    augment = Augment() if augment is None else augment
    recipe = recipe_of(augment)
    settled = resolve_seed(seed)
    if settled is None:
        settled = secrets.randbelow(2**31)
        say(f"seed: {settled} (drawn; give it to repeat this run)")
    return Batching(loader, augment, recipe, settled, step, state)


def try_augment(batching: Batching, image: ImageConfig, span: tuple[float, float] = (0.0, 255.0)) -> tuple[str, ...]:
    """Try Keras layers before an image is read; what looks wrong is said, and returned for the data's notes.

    Args:
        batching: the layers are its `transform`; a `pipeline.Augment` needs no trial.
        image: size and channels of the images.
        span: the data's least and greatest value before `image.rescale`.

    Raises:
        InputError: what the layers give cannot be trained on beside validation's images, or does not repeat.
    """
    notes = batching.recipe.try_on((*image.image_size, image.channels), span)
    for note in notes:
        say(f"note: {note}")
    return notes


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
    test: Callable[[], Split | None],
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
        validation, test: read the other sides' examples, once the training examples are found to make a batch.
        image, batching, mode: how they became pictures and become batches, and what the labels look like, settled.
        cache: says which cache is used and why, once all is read.
        notes: what the source found odd.
        about: `ImageData`'s other fields that say where all this came from: pictures, span.

    Raises:
        InputError: there is no batch in an epoch, or `batching.state` is of another stream.
    """
    loader, recipe, seed = batching.loader, batching.recipe, batching.seed
    _check_batch(train.examples, loader)
    expect_own_order()
    with tf.device("CPU:0"):
        steps = steps_per_epoch(len(train.examples), loader.batch_size, drop_remainder=loader.drop_remainder)
        epoch = tf.Variable(batching.step // steps, dtype=tf.int64, trainable=False, name="epoch")
        first = tf.Variable(0, dtype=tf.int64, trainable=False, name="first")
        batches = make_train(train.pixels, loader, recipe, seed=seed, epoch=epoch, first=first)
        if loader.shuffle and loader.reshuffle:
            batches = warns_of_parts(batches)
        sides = [validation(), test()]
        measured = [None if one is None else make_eval(one.pixels, loader.batch_size) for one in sides]
    built = ImageData(
        batches=batches,
        make_stream=_on_the_cpu(functools.partial(make_stream, train.pixels, loader, recipe, seed=seed)),
        validation=measured[0],
        train_examples=train.examples,
        validation_examples=None if sides[0] is None else sides[0].examples,
        test=measured[1],
        test_examples=None if sides[1] is None else sides[1].examples,
        image=image,
        loader=loader,
        augment=batching.augment,
        label_mode=mode,
        seed=seed,
        epoch=epoch,
        first=first,
        cache=cache(),
        start=batching.step,
        skipped=sum((one.skipped for one in (train, *sides) if one is not None), ()),
        notes=(*notes, *_batch_notes(train.examples, loader)),
        **about,
    )
    if batching.state is not None:
        built.identity.refuse_other(batching.state)
    return built
