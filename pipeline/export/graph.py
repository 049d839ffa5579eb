"""Save a run's network for use without this package: a SavedModel that takes files, a `.keras` that takes images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.augment.compiled import rescaling
from pipeline.errors import InputError
from pipeline.images.load import picture
from pipeline.inference.network import Network
from pipeline.sources.labels import THRESHOLD

__all__ = ["INPUT", "check_layers", "save_keras", "save_served"]

INPUT = "image_bytes"
SIGNATURE = "serving_default"


def check_layers(model: keras.Model) -> None:
    """Refuse a model that cannot be loaded with Keras alone.

    Raises:
        InputError: a layer is not one of Keras' own.
    """
    for layer in model._flatten_layers():
        home = type(layer).__module__
        if not home.startswith("keras."):
            raise InputError(
                f"the model's layer {layer.name!r} is {type(layer).__name__} of {home}, not one of Keras' own: what is "
                "exported must load without it. Export a model without that layer"
            )


def _probabilities(outputs: tf.Tensor, binary: bool) -> tf.Tensor:
    """Do in the graph what `pipeline.sources.labels.class_probabilities` does."""
    outputs = tf.cast(outputs, tf.float32)
    return tf.concat([1 - outputs, outputs], 1) if binary else outputs


def _answers(network: Network, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    """Return the named outputs. Each has a row for each image, as TensorFlow Serving's row format requires."""
    run = network.run
    values = _probabilities(outputs, run.label_mode == "binary")
    # A folder's name that is not UTF-8 is escaped as in classes.json.
    names = tf.constant([name.encode("utf-8", "backslashreplace") for name in run.class_names])
    every = tf.tile(names[None], [tf.shape(values)[0], 1])
    if run.label_mode == "regression":
        return {"values": values, "value_names": every}
    answers = {"probabilities": values, "class_names": every}
    if run.label_mode == "multi_label":
        return {**answers, "present": values > THRESHOLD}
    best = tf.argmax(values, 1)
    return {**answers, "class": tf.gather(names, best), "probability": tf.reduce_max(values, 1)}


def _serving(network: Network) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    image = network.run.image
    taken = tf.TensorSpec([*image.image_size, image.channels], tf.uint8)
    # Not compiled: XLA's code is specific to this machine, and each batch size would be compiled again.
    rescaled = rescaling(image.rescale, compiled=False)

    def serve(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = tf.map_fn(lambda data: picture(data, image, pillow=False), image_bytes, fn_output_signature=taken)
        return _answers(network, network.model(rescaled(pixels), training=False))

    made: Callable[[tf.Tensor], dict[str, tf.Tensor]] = tf.function(
        serve, autograph=False, input_signature=[tf.TensorSpec([None], tf.string, name=INPUT)]
    )
    return made


def save_served(network: Network, folder: Path) -> dict[str, Any]:
    """Write the SavedModel. Its signature `serving_default` takes string `[B]`, each a JPEG, PNG or lossy WebP file.

    Returns:
        The dtype and shape of each output by name.
    """
    served = tf.Module()
    served.network_variables = [variable.value for variable in network.model.variables]
    served.serve = _serving(network)
    signature = served.serve.get_concrete_function()
    tf.saved_model.save(served, str(folder), signatures={SIGNATURE: signature})
    return {
        name: {"dtype": spec.dtype.name, "shape": [None, *spec.shape[1:]]}
        for name, spec in signature.structured_outputs.items()
    }


def save_keras(network: Network, path: Path) -> None:
    """Write a `.keras` file of Keras' own layers: resized images uint8 `[B, H, W, C]` to float32 `[B, classes]`."""
    image = network.run.image
    taken = keras.Input((*image.image_size, image.channels), dtype="uint8", name="pixels")
    scale = 1.0 if image.rescale is None else image.rescale
    outputs = network.model(keras.layers.Rescaling(scale, name="rescale", dtype="float32")(taken))
    if network.run.label_mode == "binary":
        other = keras.layers.Rescaling(-1.0, 1.0, name="first_class", dtype="float32")(outputs)
        outputs = keras.layers.Concatenate(name="probabilities", dtype="float32")([other, outputs])
    keras.Model(taken, outputs).save(path)
