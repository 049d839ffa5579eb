"""Choose the last layer, the loss and the metric that fit the labels."""

from __future__ import annotations

import dataclasses

from pipeline.errors import InputError
from pipeline.sources.labels import LabelMode

__all__ = ["Head", "head_for"]


@dataclasses.dataclass(frozen=True)
class Head:
    """The last layer of a network, and the loss and metric that belong to it.

    Args:
        units: the units of the last layer.
        activation: the activation of the last layer, by Keras' name.
        loss: the loss, by Keras' name.
        metric: the class in `keras.metrics` of the metric that is reported with the loss.
        metric_name: the metric's name in a history: `"accuracy"`, the share of right answers from 0 to 1, or `"mae"`,
            the mean absolute error.
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
        """Return the name in the logs of the validation metric that selects the best epoch, and `"max"` or `"min"`."""
        return ("val_accuracy", "max") if self.metric_name == "accuracy" else ("val_loss", "min")


def head_for(mode: LabelMode, outputs: int) -> Head:
    """Return the head for labels of a mode.

    Args:
        mode: the resolved label mode, so not "auto".
        outputs: the number of classes; for `"regression"`, the number of values of an example.

    Raises:
        InputError: there are no labels, or only one class.
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
