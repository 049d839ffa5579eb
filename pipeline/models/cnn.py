"""The notebook's network: 3x3 convolutions, each with 2x2 max pooling, then dense layers."""

from __future__ import annotations

import keras
import tensorflow as tf

from pipeline.config import FitConfig, ModelConfig
from pipeline.errors import InputError
from pipeline.models.head import Head

__all__ = ["build_cnn", "compile_model"]

KERNEL = 3
POOL = 2


def _check_size(model: ModelConfig, height: int, width: int) -> None:
    """Refuse pictures that the poolings would shrink to nothing."""
    side = min(height, width)
    for number, _ in enumerate(model.filters, 1):
        side = (side - KERNEL + 1) // POOL
        if side < 1:
            raise InputError(
                f"image.size is too small for model.filters: nothing is left after {number} of "
                f"{len(model.filters)} convolutions. Received: {height}x{width}; use larger images or fewer filters"
            )


def build_cnn(model: ModelConfig, input_shape: tuple[int, int, int], head: Head) -> keras.Model:
    """Build the network.

    Args:
        model: filters, dense units, dropout.
        input_shape: `(height, width, channels)` of the float32 pictures.
        head: the last layer.

    Raises:
        InputError: the pictures are too small for so many convolutions.
    """
    _check_size(model, *input_shape[:2])
    layers: list[keras.layers.Layer] = [keras.Input(input_shape)]
    for filters in model.filters:
        layers.append(keras.layers.Conv2D(filters, KERNEL, activation="relu"))
        layers.append(keras.layers.MaxPooling2D(POOL))
    layers.append(keras.layers.Flatten())
    layers += [keras.layers.Dense(units, activation="relu") for units in model.dense]
    if model.dropout:
        layers.append(keras.layers.Dropout(model.dropout))
    layers.append(keras.layers.Dense(head.units, activation=head.activation))
    return keras.Sequential(layers)


def compile_model(model: keras.Model, fit: FitConfig, head: Head) -> None:
    """Set optimizer, loss and accuracy; XLA compiles on a GPU only, as on a CPU it is three times slower."""
    optimizers = {
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
        "sgd": keras.optimizers.SGD,
    }
    model.compile(
        optimizer=optimizers[fit.optimizer](learning_rate=fit.learning_rate),
        loss=head.loss,
        metrics=["accuracy"],
        jit_compile="auto" if tf.config.list_physical_devices("GPU") else False,
    )
