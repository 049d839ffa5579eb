"""Build a network that is stronger than the notebook's and has a fraction of its weights.

Each convolution has batch normalisation, and the feature maps are averaged instead of flattened. So there is no dense
layer of millions of weights that could learn the training photos by heart.
"""

from __future__ import annotations

import keras

from pipeline.config import ModelConfig
from pipeline.errors import InputError
from pipeline.models.head import Head
from pipeline.models.top import top

__all__ = ["build_small"]

POOL = 2
# Momentum of the running mean and variance, which validation uses. Keras' default of 0.99 takes hundreds of steps to
# forget its initial values, and a thousand photos in batches of 100 make only ten steps an epoch.
MOMENTUM = 0.9


def build_small(model: ModelConfig, input_shape: tuple[int, int, int], head: Head) -> keras.Model:
    """Build the network.

    Args:
        model: a configuration with the name "small".
        input_shape: `(height, width, channels)` of the float32 images.
        head: the last layer.

    Returns:
        The model, not compiled: float32 `[B, H, W, C]` to `[B, head.units]`.

    Raises:
        InputError: the images are too small for so many poolings.
    """
    filters, side = model.filters or (), min(input_shape[:2])
    if side // POOL ** len(filters) < 1:
        raise InputError(
            f"image.size is too small for model.filters: {len(filters)} poolings halve a picture to nothing. "
            f"Received: {input_shape[0]}x{input_shape[1]}; use larger images or fewer filters"
        )
    layers: list[keras.layers.Layer] = [keras.Input(input_shape)]
    for count in filters:
        for _ in range(model.depth or 1):
            layers.append(keras.layers.Conv2D(count, model.kernel, padding="same", use_bias=False))
            layers.append(keras.layers.BatchNormalization(momentum=MOMENTUM))
            layers.append(keras.layers.ReLU())
        layers.append(keras.layers.MaxPooling2D(POOL))
    return keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), *top(model, head)])
