"""Measures against scikit-learn's and Keras' own, computed here from the same arrays."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.evaluate.measures import Classification, MultiLabel, Regression
from pipeline.evaluate.metrics import measure
from pipeline.reports.intervals import wilson
from pipeline.sources.labels import class_probabilities

NAMES = ("ants", "bees", "cats")


def drawn(examples: int, classes: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, examples).astype(np.int32)
    scores = random.normal(size=(examples, classes))
    scores[np.arange(examples), labels] += 0.8
    exponents = np.exp(scores)
    return (exponents / exponents.sum(axis=1, keepdims=True)).astype(np.float32), labels


def classified(outputs: NDArray[np.float32], labels: NDArray[np.generic], mode: str = "int") -> Classification:
    found = measure(outputs, labels, NAMES[: outputs.shape[1]], mode)  # type: ignore[arg-type]
    assert isinstance(found, Classification)
    return found


def test_several_classes_against_scikit_learn() -> None:
    outputs, labels = drawn(400, 3)
    found = classified(outputs, labels)
    predicted = outputs.argmax(axis=1)
    assert found.accuracy == reference.accuracy_score(labels, predicted)
    np.testing.assert_array_equal(found.confusion, reference.confusion_matrix(labels, predicted))
    report = reference.classification_report(labels, predicted, target_names=NAMES, output_dict=True)
    for k, one in enumerate(found.classes):
        expected = report[one.name]
        figures = [one.precision, one.recall, one.f1, one.support]
        assert figures == pytest.approx([expected[key] for key in ("precision", "recall", "f1-score", "support")])
        assert one.auc == pytest.approx(reference.roc_auc_score(labels == k, outputs[:, k]))
        assert one.average_precision == pytest.approx(reference.average_precision_score(labels == k, outputs[:, k]))
        assert (one.right + one.missed, one.right + one.wrong) == (one.support, one.predicted)
    for name, means in found.averages.items():
        expected = report[f"{name} avg"]
        assert list(means.values()) == pytest.approx([expected[key] for key in ("precision", "recall", "f1-score")])


def test_loss_and_accuracy_are_those_of_keras() -> None:
    outputs, labels = drawn(300, 3)
    outputs[0] = [1, 0, 0]
    labels[0] = 2  # as wrong as can be: kept from infinity by the same bound
    found = classified(outputs, labels)
    losses = keras.losses.sparse_categorical_crossentropy(labels, outputs)
    assert found.loss == pytest.approx(float(np.mean(losses)), rel=1e-5)
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    accuracy.update_state(labels, outputs)
    assert found.accuracy == pytest.approx(float(accuracy.result()))
    one_hot = np.eye(3, dtype=np.float32)[labels]
    again = classified(outputs, one_hot, "categorical")
    assert (again.accuracy, again.loss) == (found.accuracy, found.loss)


def test_binary_labels_against_keras_at_the_threshold_too() -> None:
    random = np.random.default_rng(1)
    outputs = random.uniform(size=(200, 1)).astype(np.float32)
    half = np.float32(0.5)
    outputs[:3, 0] = half, np.nextafter(half, np.float32(1)), np.nextafter(half, np.float32(0))
    labels = random.integers(0, 2, (200, 1)).astype(np.float32)
    found = classified(class_probabilities(outputs, "binary"), labels, "binary")
    accuracy = keras.metrics.BinaryAccuracy()
    accuracy.update_state(labels, outputs)
    assert found.accuracy == pytest.approx(float(accuracy.result()))
    assert found.loss == pytest.approx(float(np.mean(keras.losses.binary_crossentropy(labels, outputs))), rel=1e-5)
    assert found.classes[1].auc == pytest.approx(reference.roc_auc_score(labels[:, 0], outputs[:, 0]))


def test_what_is_not_defined_is_none() -> None:
    outputs = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0]], np.float32)
    found = classified(outputs, np.array([0, 1]))
    ants, bees, cats = found.classes
    assert (ants.precision, ants.recall) == (0.5, 1)
    assert (bees.precision, bees.recall, bees.f1) == (None, 0, 0)
    assert (cats.precision, cats.recall, cats.f1, cats.auc, cats.curve) == (None,) * 5
    # A class that does not occur is in no mean.
    assert found.averages["macro"]["recall"] == 0.5


def test_the_commonest_mistake() -> None:
    outputs, labels = drawn(100, 3)
    found = classified(outputs, labels)
    matrix = np.asarray(found.confusion)
    mistakes = matrix - np.diag(np.diag(matrix))
    assert found.confused is not None
    true, predicted, count = found.confused
    assert mistakes.max() == count == mistakes[true, predicted]
    assert classified(np.eye(3, dtype=np.float32), np.arange(3)).confused is None


def test_a_model_that_knows_one_answer_is_called_that() -> None:
    always = np.tile(np.array([[0.2, 0.7, 0.1]], np.float32), (4, 1))
    assert classified(always, np.array([0, 1, 2, 2])).only_answer == 1
    assert classified(always, np.array([1, 1, 1, 1])).only_answer is None  # there was no other class to tell it from
    assert classified(np.eye(3, dtype=np.float32)[[0, 1, 1]], np.array([2, 1, 0])).only_answer is None


def test_calibration_bins_hold_every_example_and_the_error_is_their_mean_distance() -> None:
    outputs, labels = drawn(500, 3)
    outputs[0] = [0, 1, 0]  # the last bin holds its upper end
    found = classified(outputs, labels)
    confidence, right = outputs.max(axis=1), outputs.argmax(axis=1) == labels
    assert sum(one.examples for one in found.bins) == 500
    error = 0.0
    for one in found.bins:
        inside = (confidence >= one.low) & ((confidence < one.high) | (one.high == 1))
        assert one.examples == inside.sum()
        assert one.accuracy == pytest.approx(right[inside].mean())
        error += abs(confidence[inside].sum() - right[inside].sum())
    assert found.calibration_error == pytest.approx(error / 500, rel=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_the_formula_of_the_paper(case: tuple[int, int]) -> None:
    right, n = case
    z, p = 1.959963984540054, right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(right, n)
    assert (low, high) == pytest.approx((max(0, middle - half), min(1, middle + half)), abs=1e-9)
    assert low <= p <= high or p == pytest.approx(low) or p == pytest.approx(high)


def test_multi_label_against_scikit_learn_and_keras() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 2, (150, 3)).astype(np.float32)
    outputs = np.clip(labels * 0.3 + random.uniform(size=labels.shape) * 0.7, 0, 1).astype(np.float32)
    found = measure(outputs, labels, NAMES, "multi_label")
    assert isinstance(found, MultiLabel)
    predicted = outputs > 0.5
    accuracy = keras.metrics.BinaryAccuracy()
    accuracy.update_state(labels, outputs)
    assert found.accuracy == pytest.approx(float(accuracy.result()))
    assert found.all_right == reference.accuracy_score(labels, predicted)
    assert found.loss == pytest.approx(float(np.mean(keras.losses.binary_crossentropy(labels, outputs))), rel=1e-5)
    tables = reference.multilabel_confusion_matrix(labels, predicted)
    for k, (one, table) in enumerate(zip(found.classes, tables, strict=True)):
        assert [[150 - one.right - one.wrong - one.missed, one.wrong], [one.missed, one.right]] == table.tolist()
        assert one.precision == pytest.approx(reference.precision_score(labels[:, k], predicted[:, k]))
        assert one.auc == pytest.approx(reference.roc_auc_score(labels[:, k], outputs[:, k]))
    for name in ("micro", "macro"):
        assert found.averages[name]["f1"] == pytest.approx(reference.f1_score(labels, predicted, average=name))


def test_regression_against_scikit_learn() -> None:
    random = np.random.default_rng(3)
    labels = random.normal(size=(80, 2))
    outputs = labels + random.normal(size=(80, 2)) * 0.4
    found = measure(outputs, labels, ("x", "y"), "regression")
    assert isinstance(found, Regression)
    assert found.mae == pytest.approx(reference.mean_absolute_error(labels, outputs))
    assert found.rmse == pytest.approx(np.sqrt(reference.mean_squared_error(labels, outputs)))
    assert found.r2 == pytest.approx(reference.r2_score(labels, outputs))
    assert [one.name for one in found.targets] == ["x", "y"]
    assert found.targets[1].r2 == pytest.approx(reference.r2_score(labels[:, 1], outputs[:, 1]))
    one = measure(outputs[:, :1], np.ones(80), (), "regression")
    assert isinstance(one, Regression)
    assert (one.targets[0].name, one.r2) == ("value", None)  # what does not vary cannot be explained


@pytest.mark.parametrize(
    ("outputs", "labels", "mode", "words"),
    [
        (np.full((4, 3), np.nan), np.zeros(4), "int", "no number .* for 4 of 4 examples: its training has diverged"),
        (np.zeros((4, 2)), np.zeros(4), "int", "one output a class, 3 of them. Received: 2"),
        (np.zeros((0, 3)), np.zeros(0), "int", "must be an example"),
        (np.zeros((4, 2)), np.zeros((4, 3)), "regression", "one output a value, 3 of them. Received: 2"),
    ],
)
def test_what_cannot_be_measured_is_named(
    outputs: NDArray[np.float64], labels: NDArray[np.float64], mode: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        measure(outputs, labels, NAMES, mode)  # type: ignore[arg-type]
