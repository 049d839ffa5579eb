"""A callback's state survives JSON and arrays."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline.runs.callback_state import packed, restore, state_of, unpacked


def through(value: Any) -> Any:
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    text = json.dumps(packed(value, "name", arrays))
    return unpacked(json.loads(text), arrays)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 1.5, float("inf"), "개", [], {}, [1, [2, None]], {"a": {"b": [1]}, "array": 1}, {"mapping": []}],
)
def test_what_json_has_comes_back(value: Any) -> None:
    assert through(value) == value


def test_keys_that_json_lacks_and_numbers_of_numpy_and_tensorflow_come_back() -> None:
    assert through({1: np.float32(0.5), (2,)[0]: tf.constant(7)}) == {1: 0.5, 2: 7}
    assert through((1, 2)) == [1, 2]


def test_arrays_come_back_as_they_were() -> None:
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    found = through({"best_weights": [array, tf.constant([1.5])], "none": np.zeros((0, 2))})
    assert found["best_weights"][0].dtype == np.int16
    assert np.array_equal(found["best_weights"][0], array)
    assert found["best_weights"][1].tolist() == [1.5]
    assert found["none"].shape == (0, 2)


def test_of_keras_callbacks_what_runs_is_taken_and_settings_are_not() -> None:
    early = keras.callbacks.EarlyStopping(patience=3, min_delta=0.5)
    early.on_train_begin()
    early.wait, early.best = 2, 0.25
    state = state_of(early)
    assert state == {"best": 0.25, "best_epoch": 0, "best_weights": None, "stopped_epoch": 0, "wait": 2}
    other = keras.callbacks.EarlyStopping(patience=9, min_delta=0.125)
    restore(other, state)
    assert (other.wait, other.best, other.patience, other.min_delta) == (2, 0.25, 9, 0.125)
