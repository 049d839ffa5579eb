"""The worst mistakes, whatever the batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluate.mistakes import Worst, said, truth

NAMES = ("ants", "bees", "cats")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 17), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_those_kept_are_the_worst_of_all_in_any_batches(count: int, batch: int, limit: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    # Few values: many are equally bad, and then the earlier one stays.
    outputs = random.integers(1, 5, (count, 3)).astype(np.float32) / 4
    labels = random.integers(0, 3, count)
    images = np.arange(count, dtype=np.float32).reshape(-1, 1, 1, 1)
    worst = Worst("int", limit)
    for start in range(0, count, batch):
        part = slice(start, start + batch)
        worst.add(images[part], outputs[part], labels[part])
    wrong = [k for k in range(count) if outputs[k].argmax() != labels[k]]
    expected = sorted(wrong, key=lambda k: (-outputs[k].max(), k))[:limit]
    assert [one.index for one in worst.found] == expected
    assert [int(one.picture.item()) for one in worst.found] == expected


def test_a_picture_that_is_kept_is_a_copy() -> None:
    images = np.ones((1, 1, 1, 1), np.float32)
    worst = Worst("binary")
    worst.add(images, np.array([[0.2, 0.8]]), np.array([[0.0]], np.float32))
    images[:] = 7
    assert worst.found[0].picture.item() == 1


def test_of_several_labels_the_surest_wrong_answer_counts() -> None:
    outputs = np.array([[0.9, 0.2, 0.6], [0.9, 0.1, 0.4], [0.1, 0.1, 0.9]], np.float32)
    labels = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1]], np.float32)
    worst = Worst("multi_label")
    worst.add(np.zeros((3, 1, 1, 1), np.float32), outputs, labels)
    assert [(one.index, round(one.badness, 3)) for one in worst.found] == [(2, 0.9), (0, 0.6)]
    (last, _) = worst.found
    assert (truth(last.label, NAMES, "multi_label"), said(last.outputs, NAMES, "multi_label")) == ("ants, cats", "cats")


def test_of_values_the_largest_error_counts() -> None:
    worst = Worst("regression")
    worst.add(np.zeros((3, 1, 1, 1), np.float32), np.array([[1.0], [5.0], [2.0]]), np.array([1.0, 2.0, 2.5]))
    assert [(one.index, one.badness) for one in worst.found] == [(1, 3.0), (2, 0.5)]
    assert said(worst.found[0].outputs, (), "regression") == "5"


@pytest.mark.parametrize(
    ("label", "mode"), [(np.int32(1), "int"), (np.array([1.0]), "binary"), (np.array([0, 1, 0]), "categorical")]
)
def test_the_true_class_in_words(label: np.ndarray, mode: str) -> None:
    assert truth(label, NAMES, mode) == "bees"  # type: ignore[arg-type]
