"""The last layer, the loss and the metric that follow from the labels."""

from __future__ import annotations

import dataclasses

from pipeline.errors import InputError
from pipeline.labels import LabelMode

__all__ = ["Head", "head_for"]


@dataclasses.dataclass(frozen=True)
class Head:
    """What follows from the labels.

    Args:
        units: of the last layer.
        activation: of the last layer.
        loss: Keras' name of the loss.
    """

    units: int
    activation: str
    loss: str

    def __str__(self) -> str:
        return f"{self.activation} over {self.units} output{'s' if self.units > 1 else ''}, {self.loss}"


def head_for(mode: LabelMode, classes: int) -> Head:
    """The head for labels of `mode` over `classes` classes.

    Raises:
        InputError: there are no labels to learn from.
    """
    if mode == "binary":
        return Head(1, "sigmoid", "binary_crossentropy")
    if mode == "int":
        return Head(classes, "softmax", "sparse_categorical_crossentropy")
    if mode == "categorical":
        return Head(classes, "softmax", "categorical_crossentropy")
    raise InputError(
        "label_mode must name labels to train a classifier: auto, binary, int or categorical. Received: none"
    )
