"""A model continues the training of another one after its variables are assigned."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline.errors import InputError
from pipeline.runs.model_state import assign_variables, build_variables, values_of, variables_of

X, Y = np.arange(24, dtype=np.float32).reshape(6, 4), np.arange(6, dtype=np.int32) % 3
SPEC = (tf.TensorSpec([None, 4], tf.float32), tf.TensorSpec([None], tf.int32))


def model(units: int = 3) -> keras.Model:
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return made


def arrays_of(trained: keras.Model, *, metrics: bool) -> dict[str, np.ndarray]:
    groups = variables_of(trained, metrics).items()
    return {f"{name}/{k}": value for name, some in groups for k, value in enumerate(values_of(some))}


def test_a_new_model_goes_on_like_the_one_that_trained() -> None:
    trained, other = model(), model()
    trained.train_on_batch(X, Y)
    build_variables(other, SPEC, metrics=True)
    kept = arrays_of(trained, metrics=True)
    assign_variables(other, {**kept, "callback/0": X}, metrics=True, folder="run")
    assert all(np.array_equal(value, arrays_of(other, metrics=True)[name]) for name, value in kept.items())
    assert trained.train_on_batch(X, Y) == other.train_on_batch(X, Y)
    for mine, theirs in zip(trained.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


def test_without_metrics_the_first_step_is_not_taken() -> None:
    built = model()
    before = built.get_weights()
    build_variables(built, SPEC, metrics=False)
    assert set(variables_of(built, metrics=False)) == {"model", "optimizer"}
    assert int(built.optimizer.iterations) == 0
    assert all(np.array_equal(one, two) for one, two in zip(before, built.get_weights(), strict=True))


def test_another_model_is_refused_before_anything_is_assigned() -> None:
    trained, other = model(3), model(5)
    for one in (trained, other):
        build_variables(one, SPEC, metrics=False)
    before = other.get_weights()
    with pytest.raises(InputError, match="'run' is of another model"):
        assign_variables(other, arrays_of(trained, metrics=False), metrics=False, folder="run")
    assert all(np.array_equal(one, two) for one, two in zip(before, other.get_weights(), strict=True))
