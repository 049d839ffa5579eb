"""The figures of a model on labelled examples, as `pipeline.evaluate.metrics` finds them, without words.

What is not defined is `None`, never 0: the precision of a class that was never predicted, the recall of one that does
not occur, the area under a curve of which one side is empty.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

__all__ = ["MANY", "Bin", "ClassMeasures", "Classification", "Curve", "Measures", "MultiLabel", "Regression", "Target"]


# Classes, above which files and pages hold what grows with them and with the examples, and not with their product.
MANY = 100


@dataclasses.dataclass(frozen=True)
class Curve:
    """One class against the rest, at every threshold. Each float `[K]`.

    Args:
        false_positive_rate: with `true_positive_rate` the ROC curve.
        true_positive_rate: the same as recall.
        recall: with `precision` the precision-recall curve.
        precision: of what is above the threshold.
    """

    false_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class ClassMeasures:
    """One class.

    Args:
        name: of the class.
        support: examples of it.
        predicted: examples that were taken for it.
        right: both.
        wrong: examples of other classes that were taken for it.
        missed: examples of it that were not.
        precision: right / predicted.
        recall: right / support.
        f1: their harmonic mean.
        auc: area under the ROC curve.
        average_precision: area under the precision-recall curve, by steps.
        curve: both curves; of more than `MANY` classes those alone that are found worst have them.
    """

    name: str
    support: int
    predicted: int
    right: int
    wrong: int
    missed: int
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    average_precision: float | None
    curve: Curve | None


@dataclasses.dataclass(frozen=True)
class Bin:
    """Predictions of about the same confidence: how sure the model was of them, and how often it was right."""

    low: float
    high: float
    examples: int
    confidence: float
    accuracy: float


@dataclasses.dataclass(frozen=True)
class Classification:
    """One class an example.

    Args:
        examples: how many.
        accuracy: share whose most probable class is the true one.
        interval: 95 % interval of the accuracy (Wilson).
        loss: cross-entropy in nats, of probabilities kept from 0 and 1 by 1e-7. Keras' loss in training is the same but
            where a model is surer than that, for it sees what is before the last activation, and with what a model's
            own regularisation adds.
        classes: each one.
        averages: `macro` (each class counts the same) and `weighted` (by support), of the classes that occur.
        right: examples whose most probable class is the true one.
        pairs: (true, predicted, count) of each mistake that occurs, as class numbers, the commonest first.
        confusion: int64 `[C, C]`, row: true class, column: predicted class; `None` of more than `MANY` classes.
        bins: of confidence, those that hold an example.
        calibration_error: mean distance of confidence and accuracy over the bins, weighted by examples.
    """

    examples: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    classes: tuple[ClassMeasures, ...]
    averages: dict[str, dict[str, float]]
    right: int
    pairs: tuple[tuple[int, int, int], ...]
    confusion: NDArray[np.int64] | None
    bins: tuple[Bin, ...]
    calibration_error: float

    @property
    def confused(self) -> tuple[int, int, int] | None:
        """The commonest mistake; `None` where there is none."""
        return self.pairs[0] if self.pairs else None

    @property
    def only_answer(self) -> int | None:
        """The class that every example was taken for, where there are examples of others."""
        taken = [number for number, one in enumerate(self.classes) if one.predicted]
        there = sum(one.support > 0 for one in self.classes)
        return taken[0] if len(taken) == 1 and there > 1 else None


@dataclasses.dataclass(frozen=True)
class MultiLabel:
    """Any number of classes an example; an output above 0.5 counts as yes.

    Args:
        examples: how many.
        accuracy: share of all yes-or-no answers that are right, as Keras' `accuracy` of such a model.
        all_right: share of the examples of which every answer is right.
        interval: 95 % interval of `all_right` (Wilson).
        loss: binary cross-entropy, mean over all answers, in nats.
        classes: each one.
        averages: `micro` (each answer counts the same) and `macro` (each class does).
    """

    examples: int
    accuracy: float
    all_right: float
    interval: tuple[float, float]
    loss: float
    classes: tuple[ClassMeasures, ...]
    averages: dict[str, dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Target:
    """One value that is predicted: mean absolute error, root of the mean squared error, and R²."""

    name: str
    mae: float
    rmse: float
    r2: float | None


@dataclasses.dataclass(frozen=True)
class Regression:
    """Values an example.

    Args:
        examples: how many.
        loss: mean squared error.
        mae: mean absolute error.
        rmse: root of the mean squared error.
        r2: share of the variance that is explained, mean over the targets that vary; 0 is what always saying the mean
            reaches.
        targets: each one.
        true: float64 `[N, T]`.
        predicted: float64 `[N, T]`.
    """

    examples: int
    loss: float
    mae: float
    rmse: float
    r2: float | None
    targets: tuple[Target, ...]
    true: NDArray[np.float64]
    predicted: NDArray[np.float64]


Measures = Classification | MultiLabel | Regression
