"""Levels 0-255 to what a network of keras.applications was trained on, as built-in layers inside the model.

The constants are those of `keras.applications.imagenet_utils.preprocess_input`; the tests compare with each network's
own `preprocess_input`.
"""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["preprocessed"]

# Red, green, blue: ImageNet's means on 0-255, and means and deviations on 0-1.
CAFFE_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN, TORCH_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Families whose own first layers preprocess; of the others, by the first word of their names.
INSIDE = ("convnext", "efficientnet", "mobilenet_v3")
WAYS = {"densenet": "torch", "resnet50": "caffe", "resnet101": "caffe", "resnet152": "caffe", "vgg": "caffe"}


def _way(name: str) -> str:
    if name.startswith(INSIDE):
        return "inside"
    if name.startswith("resnet") and name.endswith("_v2"):
        return "tf"
    return next((way for start, way in WAYS.items() if name.startswith(start)), "tf")


def preprocessed(inputs: Any, name: str) -> Any:
    """What the network `name` takes, of RGB pictures `[B, H, W, 3]` with levels 0-255, as a Keras tensor."""
    way = _way(name)
    if way == "inside":
        return inputs
    if way == "tf":  # -1 to 1
        return keras.layers.Rescaling(1 / 127.5, -1.0)(inputs)
    if way == "torch":
        scale = [1 / (255 * deviation) for deviation in TORCH_DEVIATION]
        offset = [-mean / deviation for mean, deviation in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)]
        return keras.layers.Rescaling(scale, offset)(inputs)
    # Blue first, less the mean.
    return keras.layers.Rescaling(1.0, [-mean for mean in reversed(CAFFE_MEAN)])(keras.ops.flip(inputs, axis=-1))
