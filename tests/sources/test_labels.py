"""Label modes: how "auto" is resolved, and the labels of each mode."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.sources.labels import Mode, class_probabilities, encode_labels, resolve_label_mode


@pytest.mark.parametrize(
    ("asked", "classes", "mode"),
    [
        ("auto", 2, "binary"),
        ("auto", 3, "int"),
        ("auto", 1, "int"),
        ("binary", 2, "binary"),
        ("int", 2, "int"),
        ("categorical", 2, "categorical"),
        ("categorical", 5, "categorical"),
        (None, 2, None),
        ("none", 1, None),
    ],
)
def test_the_mode_that_is_meant(asked: str | None, classes: int, mode: str | None) -> None:
    assert resolve_label_mode(asked, classes) == mode


@pytest.mark.parametrize("classes", [1, 3])
def test_binary_needs_two_classes(classes: int) -> None:
    with pytest.raises(InputError, match=rf"two classes, and there are {classes}; use 'int'"):
        resolve_label_mode("binary", classes)


def test_another_mode_is_refused() -> None:
    with pytest.raises(InputError, match="Received: 'one_hot'"):
        resolve_label_mode("one_hot", 2)


def test_what_each_mode_s_labels_look_like() -> None:
    two, four = np.array([0, 1, 1], np.int32), np.array([3, 0, 2], np.int32)
    binary = encode_labels(two, "binary", 2)
    assert binary is not None
    assert binary.dtype == np.float32
    assert binary.tolist() == [[0.0], [1.0], [1.0]]
    number = encode_labels(four, "int", 4)
    assert number is not None
    assert number.dtype == np.int32
    assert number.tolist() == [3, 0, 2]
    one_hot = encode_labels(four, "categorical", 4)
    assert one_hot is not None
    assert one_hot.dtype == np.float32
    assert one_hot.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]]
    assert encode_labels(two, None, 2) is None


def test_outputs_become_a_probability_a_class() -> None:
    one = np.array([[0.25], [1.0]], np.float32)
    assert class_probabilities(one, "binary").tolist() == [[0.75, 0.25], [0.0, 1.0]]
    several = np.array([[0.2, 0.8, 0.0]], np.float32)
    others: tuple[Mode, ...] = ("int", "categorical", "multi_label", "regression")
    for mode in others:
        assert class_probabilities(several, mode).tolist() == several.tolist()
