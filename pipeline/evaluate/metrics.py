"""A model's outputs and the true labels to measures; pure functions of arrays, by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.evaluate.measures import (
    MANY,
    Bin,
    Classification,
    ClassMeasures,
    Curve,
    Measures,
    MultiLabel,
    Regression,
    Target,
)
from pipeline.reports.intervals import wilson
from pipeline.sources.labels import THRESHOLD, Mode, check_numbers

__all__ = ["class_numbers", "cross_entropy", "measure"]

_Areas = tuple[Curve | None, float | None, float | None]
"""A class's curves, the area below the ROC curve and the average precision."""

# Keras' own bound on probabilities in a cross-entropy (keras.config.epsilon).
EPSILON = 1e-7
BLOCK = 256  # classes whose areas are found at once
CURVES = 20  # drawn of more than MANY classes
BINS = 10  # of confidence, as in Guo et al. 2017, "On Calibration of Modern Neural Networks" (they take 15)


def measure(outputs: NDArray[Any], labels: NDArray[Any], class_names: Sequence[str], label_mode: Mode) -> Measures:
    """Measure.

    Args:
        outputs: float `[N, C]`, from `pipeline.sources.labels.class_probabilities`; values for `"regression"`.
        labels: as the model was trained with: `[N]` or `[N, 1]` of class numbers for `"binary"` and `"int"`, one-hot
            `[N, C]` for `"categorical"`, 0 and 1 `[N, C]` for `"multi_label"`, values `[N]` or `[N, C]` for
            `"regression"`.
        class_names: C of them.
        label_mode: what the labels look like.

    Raises:
        InputError: there is no example, an output is no number, or the shapes do not fit.
    """
    outputs = np.asarray(outputs)
    if not len(outputs):
        raise InputError("there must be an example to measure. Received: none")
    check_numbers(outputs, "examples")
    if len(class_names) <= MANY or label_mode == "regression":  # of many classes a copy is large
        outputs = np.asarray(outputs, np.float64)
    if label_mode == "regression":
        return _regression(outputs, np.asarray(labels, np.float64).reshape(len(outputs), -1), class_names)
    if outputs.shape[1] != len(class_names):
        raise InputError(
            f"the model must have one output a class, {len(class_names)} of them. Received: {outputs.shape[1]}"
        )
    if label_mode == "multi_label":
        return _multi_label(outputs, np.asarray(labels).reshape(outputs.shape) > THRESHOLD, class_names)
    return _classification(outputs, class_numbers(labels, label_mode), class_names)


def class_numbers(labels: NDArray[Any], label_mode: Mode) -> NDArray[np.int64]:
    """The number of the one class of each example: int64 `[N]`."""
    labels = np.asarray(labels)
    return (labels.argmax(axis=1) if label_mode == "categorical" else labels.reshape(-1)).astype(np.int64)


def cross_entropy(probabilities: NDArray[Any]) -> float:
    """The mean of -log p, p the probability of what is true, kept from 0 and 1 as Keras does it."""
    return float(-np.log(np.clip(probabilities, EPSILON, 1 - EPSILON)).mean())


def _classification(outputs: NDArray[Any], labels: NDArray[np.int64], class_names: Sequence[str]) -> Classification:
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    predicted = outputs.argmax(axis=1)
    right = predicted == labels
    everyone = range(len(class_names))
    few = len(class_names) <= MANY
    averages = {
        average: _named(*precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)[:3])
        for average in ("macro", "weighted")
    }
    bins = _bins(outputs.max(axis=1).astype(np.float64), right)
    rows = np.split(np.argsort(labels, kind="stable"), np.bincount(labels, minlength=len(class_names)).cumsum()[:-1])
    return Classification(
        examples=len(labels),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(labels)),
        loss=cross_entropy(outputs[np.arange(len(labels)), labels].astype(np.float64)),
        classes=_classes(class_names, rows, np.bincount(predicted, minlength=len(class_names)), predicted, outputs),
        averages=averages,
        right=int(right.sum()),
        pairs=_pairs(labels, predicted, len(class_names)),
        confusion=confusion_matrix(labels, predicted, labels=everyone) if few else None,
        bins=bins,
        calibration_error=sum(one.examples * abs(one.confidence - one.accuracy) for one in bins) / len(labels),
    )


def _multi_label(outputs: NDArray[Any], labels: NDArray[np.bool_], class_names: Sequence[str]) -> MultiLabel:
    from sklearn.metrics import precision_recall_fscore_support

    predicted = outputs > THRESHOLD
    right = predicted == labels
    averages = {
        average: _named(*precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)[:3])
        for average in ("micro", "macro")
    }
    return MultiLabel(
        examples=len(labels),
        accuracy=float(right.mean()),
        all_right=float(right.all(axis=1).mean()),
        interval=wilson(int(right.all(axis=1).sum()), len(labels)),
        loss=cross_entropy(np.where(labels, outputs, 1 - outputs)),
        classes=_classes(
            class_names, [np.flatnonzero(column) for column in labels.T], predicted.sum(axis=0), predicted, outputs
        ),
        averages=averages,
    )


def _regression(outputs: NDArray[np.float64], labels: NDArray[np.float64], names: Sequence[str]) -> Regression:
    from sklearn.metrics import mean_absolute_error, mean_squared_error, root_mean_squared_error

    if outputs.shape != labels.shape:
        raise InputError(
            f"the model must have one output a value, {labels.shape[1]} of them. Received: {outputs.shape[1]}"
        )
    count = labels.shape[1]
    if len(names) != count:
        names = ["value"] if count == 1 else [f"value {k + 1}" for k in range(count)]
    targets = tuple(
        Target(
            name=names[k],
            mae=float(mean_absolute_error(labels[:, k], outputs[:, k])),
            rmse=float(root_mean_squared_error(labels[:, k], outputs[:, k])),
            r2=_r2(labels[:, k], outputs[:, k]),
        )
        for k in range(count)
    )
    explained = [one.r2 for one in targets if one.r2 is not None]
    squared = float(mean_squared_error(labels, outputs))
    return Regression(
        examples=len(labels),
        loss=squared,
        mae=float(mean_absolute_error(labels, outputs)),
        rmse=squared**0.5,
        r2=float(np.mean(explained)) if explained else None,
        targets=targets,
        true=labels,
        predicted=outputs,
    )


def _r2(labels: NDArray[np.float64], outputs: NDArray[np.float64]) -> float | None:
    from sklearn.metrics import r2_score

    return float(r2_score(labels, outputs)) if np.ptp(labels) > 0 else None


def _named(precision: Any, recall: Any, f1: Any) -> dict[str, float]:
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def _classes(
    names: Sequence[str],
    rows: Sequence[NDArray[np.int64]],
    taken: NDArray[np.int64],
    is_taken: NDArray[np.bool_] | NDArray[np.int64],
    outputs: NDArray[Any],
) -> tuple[ClassMeasures, ...]:
    """Measure each class.

    Args:
        names: of the classes.
        rows: of each class, which examples are of it.
        taken: of each class, how many examples were taken for it.
        is_taken: of each example the class that it was taken for, or bool `[N, C]`.
        outputs: float `[N, C]`.
    """
    right = [_right(is_taken, k, members) for k, members in enumerate(rows)]
    if len(names) <= MANY:
        curves = [_curve(np.isin(np.arange(len(outputs)), members), outputs[:, k]) for k, members in enumerate(rows)]
    else:
        curves = _areas(outputs, rows)
    return tuple(_class(*one) for one in zip(names, map(len, rows), taken.tolist(), right, curves, strict=True))


def _right(is_taken: NDArray[Any], number: int, members: NDArray[np.int64]) -> int:
    found = is_taken[members] == number if is_taken.ndim == 1 else is_taken[members, number]
    return int(found.sum())


def _class(name: str, support: int, taken: int, right: int, curve: _Areas) -> ClassMeasures:
    return ClassMeasures(
        name=name,
        support=support,
        predicted=taken,
        right=right,
        wrong=taken - right,
        missed=support - right,
        precision=right / taken if taken else None,
        recall=right / support if support else None,
        f1=2 * right / (support + taken) if support + taken else None,
        auc=curve[1],
        average_precision=curve[2],
        curve=curve[0],
    )


def _areas(outputs: NDArray[Any], rows: Sequence[NDArray[np.int64]]) -> list[_Areas]:
    """Both areas of each class by ranks, as scikit-learn finds them by curves; curves of the classes found worst."""
    areas: list[_Areas] = []
    for first in range(0, len(rows), BLOCK):
        columns = np.ascontiguousarray(outputs[:, first : first + BLOCK].T)
        areas += map(_by_ranks, columns, rows[first : first + BLOCK])
    defined = [k for k, (_, auc, _) in enumerate(areas) if auc is not None]
    for k in sorted(defined, key=lambda k: areas[k][2] or 0)[:CURVES]:
        areas[k] = _curve(np.isin(np.arange(len(outputs)), rows[k]), outputs[:, k])
    return areas


def _by_ranks(scores: NDArray[Any], members: NDArray[np.int64]) -> _Areas:
    """The area under the ROC curve (Mann and Whitney's U) and the average precision, without the curves."""
    inside, outside = len(members), len(scores) - len(members)
    if not inside or not outside:
        return None, None, None
    everyone, own = np.sort(scores), np.sort(scores[members])
    below, up_to = np.searchsorted(everyone, own), np.searchsorted(everyone, own, "right")
    own_below, own_up_to = np.searchsorted(own, own), np.searchsorted(own, own, "right")
    # Pairs of an example of it and one of another class that have the right order; ties count half.
    won = (below - own_below + up_to - own_up_to).sum() / 2
    precision = (inside - own_below) / (len(scores) - below)
    return None, float(won / (inside * outside)), float(precision.mean())


def _curve(is_it: NDArray[np.bool_], scores: NDArray[Any]) -> _Areas:
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

    if is_it.all() or not is_it.any():
        return None, None, None
    false_positive_rate, true_positive_rate, _ = roc_curve(is_it, scores)
    precision, recall, _ = precision_recall_curve(is_it, scores, drop_intermediate=True)
    curve = Curve(false_positive_rate, true_positive_rate, recall, precision)
    return curve, float(roc_auc_score(is_it, scores)), float(average_precision_score(is_it, scores))


def _bins(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    place = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    return tuple(
        Bin(
            low=k / BINS,
            high=(k + 1) / BINS,
            examples=int((place == k).sum()),
            confidence=float(confidence[place == k].mean()),
            accuracy=float(right[place == k].mean()),
        )
        for k in np.unique(place).tolist()
    )


def _pairs(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> tuple[tuple[int, int, int], ...]:
    """Count the pairs of true and predicted classes that differ: the commonest first, ties in the order of classes."""
    wrong = labels != predicted
    pairs, counts = np.unique(labels[wrong] * classes + predicted[wrong], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = zip(*np.divmod(pairs[order], classes), counts[order], strict=True)
    return tuple((int(true), int(taken), int(count)) for true, taken, count in found)
