"""Class numbers to the labels that a loss wants, and the words that describe them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError

__all__ = [
    "THRESHOLD",
    "LabelMode",
    "Mode",
    "check_numbers",
    "class_probabilities",
    "encode_labels",
    "resolve_label_mode",
]

# Of `"multi_label"`: above this probability a class is taken to be in the picture, as Keras' accuracy counts it.
THRESHOLD = 0.5
Mode = Literal["binary", "int", "categorical", "multi_label", "regression"]
LabelMode = Mode | None


def resolve_label_mode(asked: str | None, classes: int) -> LabelMode:
    """Return the label mode for a number of classes: `"auto"` is `"binary"` for two and `"int"` for more.

    Raises:
        InputError: `"binary"` with other than two classes.
    """
    if asked is None or asked == "none":
        return None
    if asked == "auto":
        return "binary" if classes == 2 else "int"
    if asked == "binary" and classes != 2:
        raise InputError(f"label_mode='binary' needs two classes, and there are {classes}; use 'int' or 'categorical'")
    if asked in ("multi_label", "regression"):
        raise InputError(
            f"label_mode={asked!r} needs an array of labels, which pipeline.from_arrays takes; one class a picture "
            "gives binary, int or categorical"
        )
    if asked not in ("binary", "int", "categorical"):
        raise InputError(f"label_mode must be auto, binary, int, categorical or None. Received: {asked!r}")
    return asked  # type: ignore[return-value]  # narrowed to the three by the line above


def encode_labels(labels: NDArray[Any], mode: LabelMode, classes: int) -> NDArray[np.generic] | None:
    """Encode the labels of all examples.

    Args:
        labels: int32 `[N]`, class numbers; for `"multi_label"` and `"regression"` float32 `[N, K]`.
        mode: from `resolve_label_mode`.
        classes: how many there are.

    Returns:
        `"binary"`: float32 `[N, 1]`, 0 or 1; `"int"`: int32 `[N]`; `"categorical"`: float32 `[N, classes]`,
        one-hot; `"multi_label"` and `"regression"`: `labels` as they are; `None`: none.
    """
    if mode is None:
        return None
    encoded: NDArray[np.generic] = labels
    if mode == "binary":
        encoded = labels.astype(np.float32)[:, None]
    elif mode == "categorical":
        encoded = np.eye(classes, dtype=np.float32)[labels]
    return encoded


def check_numbers(outputs: NDArray[Any], noun: str) -> None:
    """Refuse outputs of a model that has learnt to answer nothing.

    Args:
        outputs: float `[N, units]`.
        noun: what the rows are, in plural.

    Raises:
        InputError: a row holds a value that is no number.
    """
    broken = int((~np.isfinite(outputs)).any(axis=1).sum())
    if broken:
        raise InputError(
            f"the model gives no number (NaN or infinite) for {broken:,} of {len(outputs):,} {noun}: its training "
            "has diverged; train again with a smaller train.learning_rate"
        )


def class_probabilities(outputs: NDArray[np.float32], mode: Mode) -> NDArray[np.float32]:
    """Return a model's outputs as one probability for each class, in the order of the class names.

    Args:
        outputs: float `[B, units]`.
        mode: of the labels that it was trained with.

    Returns:
        float32 `[B, classes]`: of `"binary"`'s one output p, the probability of class 1, `(1 - p, p)`; else the
        outputs as they are, which are values and no probabilities for `"regression"`.
    """
    outputs = np.asarray(outputs, np.float32)
    return np.concatenate([1 - outputs, outputs], axis=1) if mode == "binary" else outputs
