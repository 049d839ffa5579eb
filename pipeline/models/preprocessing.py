"""Preprocess images for the networks of keras.applications, with Keras' own layers inside the model.

The constants are those of `keras.applications.imagenet_utils.preprocess_input`. The tests compare the results with the
`preprocess_input` of each network.
"""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["preprocessed"]

# ImageNet's means for red, green and blue on the scale 0-255, and means and deviations on the scale 0-1.
CAFFE_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN, TORCH_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Families whose first layers preprocess; and the preprocessing of the others, by the beginning of their names.
INSIDE = ("convnext", "efficientnet", "mobilenet_v3")
WAYS = {"densenet": "torch", "resnet50": "caffe", "resnet101": "caffe", "resnet152": "caffe", "vgg": "caffe"}


def _way(name: str) -> str:
    if name.startswith(INSIDE):
        return "inside"
    if name.startswith("resnet") and name.endswith("_v2"):
        return "tf"
    return next((way for start, way in WAYS.items() if name.startswith(start)), "tf")


def preprocessed(inputs: Any, name: str) -> Any:
    """Return the preprocessed input of a network of keras.applications.

    Args:
        inputs: a Keras tensor of RGB images `[B, H, W, 3]` with levels 0-255.
        name: the network's name in a configuration.

    Returns:
        A Keras tensor `[B, H, W, 3]` on the scale that the network was trained with.
    """
    way = _way(name)
    if way == "inside":
        return inputs
    if way == "tf":  # -1 to 1
        return keras.layers.Rescaling(1 / 127.5, -1.0)(inputs)
    if way == "torch":
        scale = [1 / (255 * deviation) for deviation in TORCH_DEVIATION]
        offset = [-mean / deviation for mean, deviation in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)]
        return keras.layers.Rescaling(scale, offset)(inputs)
    # Blue comes first, and the mean is subtracted.
    return keras.layers.Rescaling(1.0, [-mean for mean in reversed(CAFFE_MEAN)])(keras.ops.flip(inputs, axis=-1))
