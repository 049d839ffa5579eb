"""Tests of the differences between answers."""

from __future__ import annotations

import numpy as np

from pipeline.export.compare import TOLERANCE, Compared, differences


def rows(*values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)


def test_the_largest_difference_and_the_classes_that_differ() -> None:
    wanted = rows([0.6, 0.4], [0.3, 0.7], [0.5, 0.5])
    found = rows([0.4, 0.6], [0.3, 0.7], [0.5, 0.5])
    largest, classes = differences(found, wanted, "int")
    assert classes == 1
    assert abs(largest - 0.2) < 1e-6


def test_of_several_labels_any_counts() -> None:
    assert differences(rows([0.6, 0.4], [0.9, 0.9]), rows([0.6, 0.6], [0.8, 0.8]), "multi_label")[1] == 1


def test_values_differ_by_their_size() -> None:
    largest, classes = differences(rows([1001, 0.5]), rows([1000, 0.5]), "regression")
    assert (round(largest, 6), classes) == (0.001, 0)


def test_what_is_sound() -> None:
    assert Compared(1, TOLERANCE, 0).sound
    assert not Compared(1, TOLERANCE * 1.01, 0).sound
    assert not Compared(1, float("nan"), 0).sound
    assert differences(rows(), rows(), "int") == (0.0, 0)
