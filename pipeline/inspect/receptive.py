"""Find the part of the image that each layer's value depends on, and the distance between two neighbours' parts.

The arithmetic is that of V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), and
A. Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import keras

__all__ = ["WHOLE", "Reach", "reaches"]

WINDOWS = (
    "Conv2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "MaxPooling2D",
    "AveragePooling2D",
)
SAME = (
    "InputLayer", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "BatchNormalization", "Dropout",
    "SpatialDropout2D", "GaussianNoise", "Rescaling", "Normalization", "ZeroPadding2D", "Cropping2D", "Add", "Multiply",
    "Concatenate", "Average", "Maximum", "Subtract", "Identity",
)  # fmt: skip
ALL_OF_IT = ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Dense", "Reshape")


@dataclasses.dataclass(frozen=True)
class Reach:
    """The part of the image that one value of a layer's output sees.

    Args:
        size: height and width in pixels of the input; `None` where it is not known.
        step: pixels of the input from one value to the next, likewise.
        whole: whether it sees the whole picture.
    """

    size: tuple[int, int] | None
    step: tuple[int, int] | None
    whole: bool = False


WHOLE = Reach(None, None, whole=True)
UNKNOWN = Reach(None, None)
PIXEL = Reach((1, 1), (1, 1))


def reaches(model: keras.Model) -> dict[str, Reach]:
    """Each layer's reach by its name, in the order of the layers; of several paths to a layer the longest counts."""
    found: dict[str, Reach] = {}
    for layer in model.layers:
        found[layer.name] = _after(layer, [_given(parent, found) for parent in _parents(layer)] or [UNKNOWN])
    return found


def _parents(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers that give this one its input; itself where it is the input."""
    if isinstance(layer, keras.layers.InputLayer):
        return [layer]
    nodes = getattr(layer, "_inbound_nodes", [])
    return [parent.operation for parent in nodes[0].parent_nodes] if nodes else []


def _given(parent: keras.layers.Layer, found: dict[str, Reach]) -> Reach:
    """A Sequential's input layer is not among its layers, and every input is where counting begins."""
    return PIXEL if isinstance(parent, keras.layers.InputLayer) else found.get(parent.name, UNKNOWN)


def _after(layer: Any, before: list[Reach]) -> Reach:
    kind = type(layer).__name__
    if kind in ALL_OF_IT or any(one.whole for one in before):
        return WHOLE
    sized = [(one.size, one.step) for one in before if one.size is not None and one.step is not None]
    if len(sized) < len(before):
        return UNKNOWN
    size = (max(size[0] for size, _ in sized), max(size[1] for size, _ in sized))
    step = sized[0][1]
    if kind in WINDOWS:
        return _windowed(layer, size, step)
    return Reach(size, step) if kind in SAME else UNKNOWN


def _windowed(layer: Any, size: tuple[int, int], step: tuple[int, int]) -> Reach:
    window = layer.pool_size if hasattr(layer, "pool_size") else layer.kernel_size
    dilation = getattr(layer, "dilation_rate", (1, 1))
    wide = [size[k] + (window[k] - 1) * dilation[k] * step[k] for k in (0, 1)]
    steps = [step[k] * layer.strides[k] for k in (0, 1)]
    return Reach((wide[0], wide[1]), (steps[0], steps[1]))
