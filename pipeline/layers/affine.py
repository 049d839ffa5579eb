"""Keras layers over the package's augmentation, for use in a model, a `Sequential` or `Dataset.map`."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from pipeline.augment.compiled import augmentation
from pipeline.config import Augment
from pipeline.errors import InputError

__all__ = ["RandomAffine"]


@keras.saving.register_keras_serializable(package="pipeline")
class RandomAffine(keras.layers.Layer):
    """Random rotation, shift, shear, zoom, flips, channel shift and brightness in one warp.

    The arguments are those of `pipeline.Augment`, with `ImageDataGenerator`'s names and meanings. Pictures go in
    as `[B, H, W, C]` or `[H, W, C]`, uint8 or float on the scale 0-255, and come out as float32 of the same
    shape and scale. H, W and C must be known.

    Like Keras' own random layers it acts unless it is called with `training=False`: in `Dataset.map` and in
    `fit`, but not in `evaluate` and `predict`, where it is the identity. `model.export()` says neither, so that what
    it writes augments, with Keras' own layers and with this one: export `keras.Model(inputs, model(inputs,
    training=False))`, or the model without the layer. In a model it needs the TensorFlow
    backend; in `Dataset.map` any backend will do. Draws come from a Keras `SeedGenerator`: with a `seed` the
    layer repeats, but a draw depends on the calls before it. `pipeline.from_directory(augment=…)` draws by
    (seed, epoch, example) instead.

    Args:
        seed: of the layer's seed generator; `None` takes one from Keras.
        **arguments: the fields of `pipeline.Augment`, such as `rotation_range=40`, and a layer's own (`name`, …).

    Raises:
        InputError: a range is not allowed.
    """

    def __init__(self, *, seed: int | None = None, **arguments: Any) -> None:
        fields = {field.name for field in dataclasses.fields(Augment)}
        ranges = {name: arguments.pop(name) for name in list(arguments) if name in fields}
        super().__init__(**arguments)
        self.augment = Augment(**ranges)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        # Other backends' variables do not live in a tf.data graph, so there the seeds need a state of their own.
        is_tensorflow = keras.backend.backend() == "tensorflow"
        start = [0 if seed is None else seed, 0]
        self._graph_state = None if is_tensorflow else tf.Variable(start, dtype=tf.int64, trainable=False)
        self._augmented = augmentation(self.augment, None)

    def __call__(self, images: Any, *args: Any, **kwargs: Any) -> Any:
        """The layer's output; a TensorFlow tensor under another backend is a `tf.data` graph's."""
        if self._graph_state is not None and tf.is_tensor(images):
            return self.call(images, *args, **kwargs)
        return super().__call__(images, *args, **kwargs)

    def call(self, images: Any, training: bool = True) -> Any:
        """Augment where `training`; otherwise the same pictures as float32."""
        if not training:
            return tf.cast(images, tf.float32)
        single = len(images.shape) == 3
        batch = images[None] if single else images
        if None in batch.shape[1:]:
            raise InputError(f"RandomAffine needs pictures of one known size. Received: shape {tuple(images.shape)}")
        if batch.dtype != tf.uint8:
            batch = tf.cast(batch, tf.float32)
        augmented = self._augmented(batch, self._keys(tf.shape(batch, tf.int64)[0]))
        return augmented[0] if single else augmented

    def _keys(self, count: tf.Tensor) -> tf.Tensor:
        """One key a picture, int64 `[count, 2]`: its place in the batch, and this call's number in the seed's row."""
        if self._graph_state is None:
            state = tf.cast(self.generator.next(), tf.int64)
        else:
            state = self._graph_state.assign_add([0, 1]) - [0, 1]
        places = tf.range(count, dtype=tf.int64)
        call = tf.random.experimental.stateless_fold_in(state, tf.constant(0, tf.int64))[0]
        return tf.stack([places, tf.fill([count], call)], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The input's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration from which `from_config` builds the same layer."""
        return {**super().get_config(), "seed": self.seed, **dataclasses.asdict(self.augment)}
