"""The last layer, the loss and the metric that follow from the labels."""

from __future__ import annotations

import dataclasses

from pipeline.errors import InputError
from pipeline.sources.labels import LabelMode

__all__ = ["Head", "head_for"]


@dataclasses.dataclass(frozen=True)
class Head:
    """What follows from the labels.

    Args:
        units: of the last layer.
        activation: of the last layer.
        loss: Keras' name of the loss.
        metric: Keras' class of what is measured beside the loss.
        metric_name: what it is called in a history: `"accuracy"` is a share, 0 to 1, of right answers; `"mae"` the
            mean absolute error.
    """

    units: int
    activation: str
    loss: str
    metric: str
    metric_name: str = "accuracy"

    def __str__(self) -> str:
        return f"{self.activation} over {self.units} output{'s' if self.units > 1 else ''}, {self.loss}"

    @property
    def monitor(self) -> tuple[str, str]:
        """By what the best epoch is told, of a validation: name in the logs, `"max"` or `"min"`."""
        return ("val_accuracy", "max") if self.metric_name == "accuracy" else ("val_loss", "min")


def head_for(mode: LabelMode, outputs: int) -> Head:
    """The head for labels of `mode`.

    Args:
        mode: settled.
        outputs: classes; of `"regression"`, values of an example.

    Raises:
        InputError: there are no labels to learn from, or one class alone.
    """
    if mode is None:
        raise InputError(
            "label_mode must name labels to train a model: auto, binary, int, categorical, or of arrays multi_label or "
            "regression. Received: none"
        )
    if mode == "binary":
        return Head(1, "sigmoid", "binary_crossentropy", "BinaryAccuracy")
    if mode == "multi_label":
        return Head(outputs, "sigmoid", "binary_crossentropy", "BinaryAccuracy")
    if mode == "regression":
        return Head(outputs, "linear", "mean_squared_error", "MeanAbsoluteError", "mae")
    if outputs < 2:
        raise InputError(
            "a classifier needs two classes or more: with one, every answer is right. Received: one class; "
            "one folder a class is what is read, see data.train"
        )
    if mode == "int":
        return Head(outputs, "softmax", "sparse_categorical_crossentropy", "SparseCategoricalAccuracy")
    return Head(outputs, "softmax", "categorical_crossentropy", "CategoricalAccuracy")
