"""Keras' own layers as augmentation, repeatable: their seeds come from the batch's key (D2 as far as it reaches).

A Keras layer draws for a batch at once from a `SeedGenerator` that counts calls, so parallel calls would race for
numbers. While the layers are traced here, each draw takes a seed folded from (the batch's first example, seed,
epoch, number of the draw) instead: the same run gives the same pictures, at any parallelism. Unlike the package's
own augmentation, the draws do depend on how examples are batched.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from pipeline.errors import InputError

__all__ = ["foreign_augmentation"]

_tracing = threading.Lock()


def _seed_generators(thing: Any, seen: set[int]) -> Iterator[keras.random.SeedGenerator]:
    """Every seed generator of a layer and of the layers inside it."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, keras.random.SeedGenerator):
        yield thing
    elif isinstance(thing, keras.layers.Layer):
        for value in vars(thing).values():
            yield from _seed_generators(value, seen)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from _seed_generators(value, seen)
    elif isinstance(thing, (list, tuple)):
        for value in thing:
            yield from _seed_generators(value, seen)


@contextlib.contextmanager
def _seeded(layers: Sequence[keras.layers.Layer], key: tf.Tensor) -> Iterator[None]:
    """While this holds, the layers' generators give seeds that follow from `key` (int64 `[2]`)."""
    generators = list(_seed_generators(list(layers), set()))
    draws = iter(range(1 << 30))

    def following(ordered: bool = True) -> tf.Tensor:
        return tf.random.experimental.stateless_fold_in(key, tf.constant(next(draws), tf.int64))

    with _tracing:
        for generator in generators:
            generator.next = following
        try:
            yield
        finally:
            for generator in generators:
                del generator.next


def _as_layers(augment: Any) -> list[keras.layers.Layer]:
    layers = list(augment) if isinstance(augment, (list, tuple)) else [augment]
    for layer in layers:
        if not isinstance(layer, keras.layers.Layer):
            raise InputError(
                f"augment must be a pipeline.Augment, a Keras layer or a list of Keras layers. Received: {layer!r}"
            )
    return layers


def _takes_training(layer: keras.layers.Layer) -> bool:
    return "training" in inspect.signature(layer.call).parameters


def foreign_augmentation(augment: Any, rescale: float | None) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """`(images, keys) -> images` for `Dataset.map` out of Keras layers.

    Args:
        augment: a Keras layer (`Sequential` and `Pipeline` are ones) or a list of them, called in turn with
            float32 `[B, H, W, C]` on the scale 0-255 and `training=True` where they take it.
        rescale: factor on the result; `None` for none.

    Raises:
        InputError: it is something else.
    """
    layers = _as_layers(augment)

    def run(images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        with _seeded(layers, key):
            for layer in layers:
                images = layer(images, training=True) if _takes_training(layer) else layer(images)
        return images

    def apply(images: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        images = tf.cast(images, tf.float32)
        if not all(layer.built for layer in layers):
            run(images, keys[0])  # Keras builds a layer by a call of its own, whose draws must not be counted
        images = tf.cast(run(images, keys[0]), tf.float32)
        return images if rescale is None else images * tf.constant(rescale, tf.float32)

    return apply
