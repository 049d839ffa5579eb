"""An array y as labels: the labels of each kind of array, and errors of one line."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.sources.array_labels import read_labels
from pipeline.sources.labels import encode_labels

THREE = [0, 1, 2, 1]
ONE_HOT = keras.utils.to_categorical(THREE)
ABC = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("y", "asked", "mode", "names", "values"),
    [
        (THREE, "auto", "int", ("0", "1", "2"), THREE),
        (np.array(THREE, np.uint8)[:, None], "auto", "int", ("0", "1", "2"), THREE),  # as cifar10's come
        (np.array([1, 0, 0, 1], np.int64), "auto", "binary", ("0", "1"), [1, 0, 0, 1]),
        ([True, False, False, True], "auto", "binary", ("False", "True"), [1, 0, 0, 1]),
        (["dog", "cat", "cat", "dog"], "auto", "binary", ("cat", "dog"), [1, 0, 0, 1]),
        (["말", "cat", "cat", "dog"], "auto", "int", ("cat", "dog", "말"), [2, 0, 0, 1]),
        ([b"dog", b"cat", b"cat", b"dog"], "auto", "binary", ("cat", "dog"), [1, 0, 0, 1]),
        (pd.Series(["dog", "cat", "cat", "dog"]), "auto", "binary", ("cat", "dog"), [1, 0, 0, 1]),
        (pd.Series([1, 0, 0, 1], dtype=object), "auto", "binary", ("0", "1"), [1, 0, 0, 1]),
        (pd.Series(["x", "y", "x", "y"], dtype="category"), "auto", "binary", ("x", "y"), [0, 1, 0, 1]),
        (ONE_HOT, "auto", "categorical", ("0", "1", "2"), THREE),
        (ONE_HOT, "int", "int", ("0", "1", "2"), THREE),
        (THREE, "categorical", "categorical", ("0", "1", "2"), THREE),
        (np.array(THREE, np.float32), "int", "int", ("0", "1", "2"), THREE),
        (ONE_HOT.astype(bool), "auto", "categorical", ("0", "1", "2"), THREE),
        (ONE_HOT, "multi_label", "multi_label", ("0", "1", "2"), ONE_HOT.tolist()),
        ([[1, 1], [0, 0], [1, 0], [0, 1]], "auto", "multi_label", ("0", "1"), [[1, 1], [0, 0], [1, 0], [0, 1]]),
        ([0.5, 1.0, 2.0, 3.0], "auto", "regression", ("value",), [[0.5], [1], [2], [3]]),
        ([1.0, 1.0, 2.0, 3.0], "regression", "regression", ("value",), [[1], [1], [2], [3]]),
        (THREE, "regression", "regression", ("value",), [[0], [1], [2], [1]]),
        ([[0.5, 7]] * 4, "auto", "regression", ("value 0", "value 1"), [[0.5, 7]] * 4),
    ],
)
def test_what_y_becomes(y: Any, asked: str, mode: str, names: tuple[str, ...], values: Any) -> None:
    labels = read_labels(y, 4, asked)
    assert (labels.mode, labels.class_names) == (mode, names)
    assert labels.values.tolist() == values
    assert labels.values.dtype == (np.int32 if labels.values.ndim == 1 else np.float32)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_class_numbers_are_keras_to_categorical(numbers: list[int]) -> None:
    y = np.array([*numbers, *range(6)])
    labels = read_labels(y, len(y), "categorical")
    encoded = encode_labels(labels.values, labels.mode, 6)
    expected = keras.utils.to_categorical(y)
    assert encoded is not None
    np.testing.assert_array_equal(encoded, expected.astype(np.float32))
    again = read_labels(expected, len(y), "auto")
    assert again.mode == "categorical"
    np.testing.assert_array_equal(again.values, y)


def test_class_names_order_the_labels() -> None:
    labels = read_labels(["b", "a", "b"], 3, "auto", ["b", "a", "unseen"])
    assert (labels.values.tolist(), labels.class_names, labels.mode) == ([0, 1, 0], ("b", "a", "unseen"), "int")
    assert read_labels([2, 0], 2, "auto", ABC).class_names == ("a", "b", "c")
    assert read_labels([[0.5, 1.5]], 1, "auto", ["age", "height"]).class_names == ("age", "height")
    assert read_labels([True, False], 2, "auto", ["no", "yes"]).class_names == ("no", "yes")


REFUSED = [
    ([0, 1], {}, r"y must hold a label for each picture: x holds 4 pictures\. Received: 2 labels"),
    ([0, -1, 1, 1], {}, r"class numbers from 0 on\. Received: -1 in row 1"),
    ([0, 2, 2, 0], {}, r"every class number from 0 on .*: 1 is missing\. Received: \[0, 2\].*np\.unique"),
    ([1, 2, 3, 1], {}, r": 0 is missing"),
    ([0, 1, 7, 1], {"names": ABC}, r"below 3, as class_names names 3 classes\. Received: 7 in row 2"),
    (["a", "b", "x", "a"], {"names": ABC}, r"names of the classes .*alone\. Received: \['x'\] \(the first in row 2\)"),
    (["a", "", "b", "a"], {}, r"must name a class in every row\. Received: '' in row 1"),
    ([1, 1, 1, 1], {"names": ABC[:1]}, r"below 1"),
    ([0, 0, 0, 0], {}, r"one class only, '0'"),
    (["a"] * 4, {}, r"one class only, 'a'"),
    ([0.0, 1.0, 1.0, 0.0], {}, r"floats that are all whole numbers.*y\.astype\(int\).*label_mode='regression'"),
    ([0.5, 1, 1, 0], {"asked": "int"}, r"label_mode='int' needs classes, and y holds fractions, from 0 to 1"),
    ([0, 1, 2, 1], {"asked": "binary"}, r"label_mode='binary' needs two classes, and there are 3"),
    ([0, 1, 2, 1], {"asked": "multi_label"}, r"\[N, K\] of 0 and 1, a column a class.*Received: int64 \[4\]"),
    ([[0, 2]] * 4, {"asked": "multi_label"}, r"\[N, K\] of 0 and 1"),
    ([[1, 1]] * 4, {"asked": "categorical"}, r"needs one class a picture, and y holds 2 in row 0: .*'multi_label'"),
    ([[0, 3]] * 4, {}, r"must hold 0 and 1 alone, or be asked for .*Received: whole numbers from 0 to 3"),
    (["a", "b", "a", "b"], {"asked": "regression"}, r"numbers for label_mode='regression'\. Received: <U1 \[4\]"),
    ([0.5, np.nan, 1, 2], {}, r"finite numbers\. Received: nan in row 1"),
    ([[0.5, 1], [1, 2], [np.inf, 0], [0, 0]], {}, r"Received: \[inf, 0\.0\] in row 2"),
    ([[1], [1, 2], [3], [4]], {}, r"y must be one array, every row of the same shape"),
    (["a", 1.5, "b", "a"], {}, None),
    (np.array(["a", None, "b", "a"], object), {}, r"values of one kind.*'a' in row 0 and None in row 1"),
    (np.array([None] * 4, object), {}, r"values of one kind.*None in row 0"),
    (np.zeros((4, 2, 2)), {}, r"Received: float64 \[4, 2, 2\]"),
    (np.zeros((4, 0)), {}, r"Received: float64 \[4, 0\]"),
    (np.array(1), {}, r"Received: int64 \[\]"),
    (np.array(["2020-01-01"] * 4, "M8[D]"), {}, r"Received: datetime64"),
    (np.array([1j] * 4), {}, r"Received: complex128"),
    ([["a", "b"]] * 4, {}, r"Received: <U1 \[4, 2\]"),
    (ONE_HOT, {"names": ["a", "b"]}, r"a column for each of the 2 names of class_names\. Received: 3 columns"),
    ([0, 1, 1, 0], {"asked": "one_hot"}, r"Received: 'one_hot'"),
    ([b"\xff", b"a", b"b", b"a"], {}, r"names in UTF-8"),
]


@pytest.mark.parametrize(("y", "options", "words"), REFUSED)
def test_what_cannot_be_read_is_one_line(y: Any, options: dict[str, Any], words: str | None) -> None:
    if words is None:  # NumPy makes text of the number: a class called so, which is the user's to see in the summary
        assert read_labels(y, 4, "auto").class_names == ("1.5", "a", "b")
        return
    with pytest.raises(InputError, match=words) as refused:
        read_labels(y, 4, options.get("asked", "auto"), options.get("names"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        ([0, 1, 2], [0, 3], r"validation's y must hold class numbers below 3.* Received: 3 in row 1"),
        (["a", "b", "c"], ["a", "z"], r"Received: \['z'\] \(the first in row 1\)"),
        (["0", "1", "2"], [0, 1], r"must hold what y holds, class names\. Received: class numbers, int64 \[2\]"),
        ([0, 1, 2], [True, False], r"must hold what y holds, class numbers\. Received: booleans"),
        (np.eye(3), np.eye(2), r"a column for each of the 3 names of class_names\. Received: 2 columns"),
        ([0.5, 1.5, 2], ["a", "b"], r"numbers for label_mode='regression'"),
        ([0, 1, 2], [0, 1, 1], r"validation's x holds 2 pictures\. Received: 3 labels"),
    ],
)
def test_validation_s_labels_are_read_as_the_training_s(train: Any, validation: Any, words: str) -> None:
    like = read_labels(train, 3, "auto")
    with pytest.raises(InputError, match=words):
        read_labels(validation, 2, "auto", like=like, name="validation's y", pictures="validation's x")


def test_a_class_may_be_missing_in_validation() -> None:
    like = read_labels(["a", "b", "c"], 3, "auto")
    assert read_labels(["c", "c"], 2, "auto", like=like).values.tolist() == [2, 2]
    whole = read_labels([0.5, 1.5], 2, "auto")
    assert read_labels([1.0, 2.0], 2, "auto", like=whole).values.tolist() == [[1], [2]]
