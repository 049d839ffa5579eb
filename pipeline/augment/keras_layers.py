"""Keras' own layers as augmentation, repeatable: their seeds come from the batch's key.

A Keras layer draws for a batch at once from a `SeedGenerator` that counts calls, so parallel calls would race for
numbers. While the layers are traced here, each draw takes a seed folded from (the batch's first example, seed,
epoch, number of the draw) instead: the same run gives the same pictures, at any parallelism. Unlike the package's
own augmentation, the draws do depend on how examples are batched.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from pipeline.augment.inside import Step, seeded, watched
from pipeline.augment.mixing import refuse_mixing
from pipeline.errors import InputError

__all__ = ["KerasLayers", "Traced"]


def _as_layers(augment: Any) -> list[keras.layers.Layer]:
    layers = list(augment) if isinstance(augment, (list, tuple)) else [augment]
    for layer in layers:
        if not isinstance(layer, keras.layers.Layer):
            raise InputError(
                "augment must be a pipeline.Augment, a pipeline.Recipe, a Keras layer or a list of Keras layers. "
                f"Received: {layer!r}"
            )
    return layers


def _takes_training(layer: keras.layers.Layer) -> bool:
    return "training" in inspect.signature(layer.call).parameters


@dataclasses.dataclass(frozen=True)
class Traced:
    """Layers as one TensorFlow function.

    Args:
        function: (images float32 `[B, H, W, C]`, keys int64 `[B, 2]`) to what the layers give.
        steps: the calls that it is made of.
    """

    function: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    steps: tuple[Step, ...]


class KerasLayers:
    """Keras layers, called in turn, traced once for a size of images.

    Args:
        augment: a Keras layer (`Sequential` and `Pipeline` are ones) or a list of them.

    Raises:
        InputError: it is something else, or one of them must see the labels.
    """

    def __init__(self, augment: Any) -> None:
        self.given = augment
        self.layers = _as_layers(augment)
        refuse_mixing(self.layers)
        self._traced: dict[tuple[int | None, ...], Traced] = {}

    def run(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Call the layers in turn, with draws that follow from `key` (int64 `[2]`)."""
        with seeded(self.layers, key):
            for layer in self.layers:
                images = layer(images, training=True) if _takes_training(layer) else layer(images)
        return images

    def trace(self, shape: tuple[int | None, ...]) -> Traced:
        """Trace the layers anew.

        Args:
            shape: of one image, (height, width, channels).
        """
        steps: list[Step] = []

        def whole(images: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
            if not all(layer.built for layer in self.layers):
                self.run(images, keys[0])  # Keras builds a layer by a call of its own, whose draws must not be counted
            with watched(self.layers) as seen:
                images = self.run(images, keys[0])
            steps[:] = seen
            return images

        taken = [tf.TensorSpec([None, *shape], tf.float32), tf.TensorSpec([None, 2], tf.int64)]
        with tf.device("CPU:0"):
            function = tf.function(whole, autograph=False, input_signature=taken).get_concrete_function()
        return Traced(function, tuple(steps))

    def traced(self, shape: tuple[int | None, ...]) -> Traced:
        """Trace the layers, once for a size: composite layers such as RandAugment take seconds."""
        if shape not in self._traced:
            self._traced[shape] = self.trace(shape)
        return self._traced[shape]

    def __call__(self, images: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Augmented images, float32, on the scale that they came in."""
        images = tf.cast(images, tf.float32)
        return tf.cast(self.traced(tuple(images.shape[1:])).function(images, keys), tf.float32)
