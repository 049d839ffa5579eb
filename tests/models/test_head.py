"""The labels decide on the last layer, the loss and the metric."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.models.head import Head, head_for


@pytest.mark.parametrize(
    ("mode", "classes", "head", "words"),
    [
        ("binary", 2, Head(1, "sigmoid", "binary_crossentropy", "BinaryAccuracy"), "sigmoid over 1 output, binary"),
        (
            "int",
            2,
            Head(2, "softmax", "sparse_categorical_crossentropy", "SparseCategoricalAccuracy"),
            "softmax over 2 outputs, sparse",
        ),
        (
            "int",
            4,
            Head(4, "softmax", "sparse_categorical_crossentropy", "SparseCategoricalAccuracy"),
            "softmax over 4 outputs, sparse",
        ),
        (
            "categorical",
            3,
            Head(3, "softmax", "categorical_crossentropy", "CategoricalAccuracy"),
            "softmax over 3 outputs, cat",
        ),
    ],
)
def test_units_activation_and_loss(mode: Any, classes: int, head: Head, words: str) -> None:
    assert head_for(mode, classes) == head
    assert str(head).startswith(words)


def test_without_labels_there_is_nothing_to_learn() -> None:
    with pytest.raises(InputError, match=r"label_mode must name labels .*Received: none"):
        head_for(None, 2)


def test_several_labels_and_values() -> None:
    assert head_for("multi_label", 5) == Head(5, "sigmoid", "binary_crossentropy", "BinaryAccuracy")
    assert head_for("regression", 1) == Head(1, "linear", "mean_squared_error", "MeanAbsoluteError", "mae")
    assert head_for("int", 3).monitor == ("val_accuracy", "max")
    assert head_for("regression", 2).monitor == ("val_loss", "min")


@pytest.mark.parametrize("mode", ["int", "categorical"])
def test_one_class_is_nothing_to_tell_apart(mode: Any) -> None:
    with pytest.raises(InputError, match=r"needs two classes or more.*Received: one class"):
        head_for(mode, 1)
