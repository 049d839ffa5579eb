"""The last layer follows from the labels."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.models.head import Head, head_for


@pytest.mark.parametrize(
    ("mode", "classes", "head", "words"),
    [
        ("binary", 2, Head(1, "sigmoid", "binary_crossentropy"), "sigmoid over 1 output, binary"),
        ("int", 2, Head(2, "softmax", "sparse_categorical_crossentropy"), "softmax over 2 outputs, sparse"),
        ("int", 4, Head(4, "softmax", "sparse_categorical_crossentropy"), "softmax over 4 outputs, sparse"),
        ("categorical", 3, Head(3, "softmax", "categorical_crossentropy"), "softmax over 3 outputs, cat"),
    ],
)
def test_units_activation_and_loss(mode: Any, classes: int, head: Head, words: str) -> None:
    assert head_for(mode, classes) == head
    assert str(head).startswith(words)


def test_without_labels_there_is_nothing_to_learn() -> None:
    with pytest.raises(InputError, match=r"label_mode must name labels .*Received: none"):
        head_for(None, 2)
