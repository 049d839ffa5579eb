"""Build the notebook's network: convolutions, each with 2x2 max pooling, then dense layers."""

from __future__ import annotations

import keras

from pipeline.config import ModelConfig
from pipeline.errors import InputError
from pipeline.models.head import Head
from pipeline.models.top import top

__all__ = ["build_cnn"]

POOL = 2


def _check_size(model: ModelConfig, height: int, width: int) -> None:
    """Refuse images that are too small for the convolutions and poolings."""
    side, filters = min(height, width), model.filters or ()
    lost = (model.kernel or 1) - 1
    for number in range(1, len(filters) + 1):
        side = (side - (model.depth or 1) * lost) // POOL
        if side < 1:
            raise InputError(
                f"image.size is too small for model.filters: nothing is left after {number} of "
                f"{len(filters)} blocks of convolutions. Received: {height}x{width}; use larger images or fewer filters"
            )


def build_cnn(model: ModelConfig, input_shape: tuple[int, int, int], head: Head) -> keras.Model:
    """Build the network.

    Args:
        model: a configuration with the name "cnn".
        input_shape: `(height, width, channels)` of the float32 images.
        head: the last layer.

    Returns:
        The model, not compiled: float32 `[B, H, W, C]` to `[B, head.units]`.

    Raises:
        InputError: the images are too small for so many convolutions.
    """
    _check_size(model, *input_shape[:2])
    layers: list[keras.layers.Layer] = [keras.Input(input_shape)]
    for filters in model.filters or ():
        for _ in range(model.depth or 1):
            layers.append(keras.layers.Conv2D(filters, model.kernel, activation="relu"))
        layers.append(keras.layers.MaxPooling2D(POOL))
    return keras.Sequential([*layers, keras.layers.Flatten(), *top(model, head)])
