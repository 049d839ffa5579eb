"""Optimizer, learning rate, loss and metric."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from pipeline.config import FitConfig, ModelConfig
from pipeline.models.cnn import build_cnn
from pipeline.models.compiling import compile_model
from pipeline.models.head import Head, head_for
from pipeline.sources.labels import Mode, encode_labels

TINY = ModelConfig(filters=(2,), dense=())


def compiled(fit: FitConfig, head: Head, steps: int = 1, **options: Any) -> keras.Model:
    model = build_cnn(TINY, (8, 8, 3), head)
    compile_model(model, fit, head, steps, **options)
    return model


def rates(fit: FitConfig, steps: int, count: int, **options: Any) -> list[float]:
    """Return the optimizer's learning rate in each of `count` training steps."""
    model = compiled(fit, head_for("binary", 2), steps, **options)
    found = []
    for step in range(count):
        model.optimizer.iterations.assign(step)
        found.append(float(model.optimizer.learning_rate))
    return found


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "sgd"])
def test_compiled_as_configured(optimizer: Any) -> None:
    head = head_for("int", 3)
    model = compiled(FitConfig(optimizer=optimizer, learning_rate=0.02), head)
    assert type(model.optimizer).__name__.lower() == optimizer
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert model.loss == head.loss
    images = np.random.default_rng(0).random((6, 8, 8, 3), np.float32)
    history = model.fit(images, np.array([0, 1, 2] * 2), epochs=1, verbose=0).history
    assert set(history) == {"loss", "accuracy"}


@pytest.mark.parametrize(("mode", "classes"), [("binary", 2), ("int", 3), ("categorical", 3), ("multi_label", 3)])
def test_accuracy_is_the_share_of_right_answers(mode: Mode, classes: int) -> None:
    """Name the metric's class, since Keras would take the labels of several classes for one-hot labels."""
    random = np.random.default_rng(0)
    images = random.random((40, 8, 8, 3), np.float32)
    numbers = random.integers(0, classes, 40).astype(np.int32)
    several = random.integers(0, 2, (40, 3)).astype(np.float32)
    labels = several if mode == "multi_label" else encode_labels(numbers, mode, classes)
    model = compiled(FitConfig(), head_for(mode, classes))
    outputs = model.predict(images, verbose=0)
    right = {
        "binary": lambda: (outputs > 0.5) == labels,
        "int": lambda: outputs.argmax(1) == labels,
        "categorical": lambda: outputs.argmax(1) == numbers,
        "multi_label": lambda: (outputs > 0.5) == labels,
    }[mode]().mean()
    assert model.evaluate(images, labels, verbose=0, return_dict=True)["accuracy"] == pytest.approx(right, abs=1e-6)


def test_values_are_measured_by_their_mean_absolute_error() -> None:
    random = np.random.default_rng(0)
    images, values = random.random((40, 8, 8, 3), np.float32), random.random((40, 2), np.float32)
    model = compiled(FitConfig(), head_for("regression", 2))
    outputs = model.predict(images, verbose=0)
    found = model.evaluate(images, values, verbose=0, return_dict=True)
    assert found["mae"] == pytest.approx(np.abs(outputs - values).mean(), rel=1e-4)
    assert found["loss"] == pytest.approx(((outputs - values) ** 2).mean(), rel=1e-4)


# ---- schedules


def test_a_constant_rate() -> None:
    assert rates(FitConfig(learning_rate=0.5), 4, 9) == [0.5] * 9


def test_cosine_falls_to_its_end_by_the_last_step_and_stays() -> None:
    fit = FitConfig(epochs=3, learning_rate=0.5, final_learning_rate=0.1, schedule="cosine")
    found = rates(fit, 4, 15)
    wanted = [0.1 + 0.4 * (1 + np.cos(np.pi * min(step, 12) / 12)) / 2 for step in range(15)]
    assert found == pytest.approx(wanted, abs=1e-6)


def test_a_warm_up_rises_from_nothing() -> None:
    fit = FitConfig(epochs=3, learning_rate=0.5, schedule="cosine", warmup_epochs=1)
    found = rates(fit, 4, 13)
    assert found[:5] == pytest.approx([0, 0.125, 0.25, 0.375, 0.5])
    assert found[12] == pytest.approx(0.005, rel=1e-4)


def test_exponential_falls_by_the_same_factor_each_step() -> None:
    found = rates(FitConfig(epochs=2, learning_rate=0.5, final_learning_rate=0.05, schedule="exponential"), 5, 11)
    assert np.diff(np.log(found)) == pytest.approx([np.log(0.1) / 10] * 10, rel=1e-3)
    assert found[10] == pytest.approx(0.05, rel=1e-4)


def test_fine_tuning_has_a_rate_and_a_schedule_of_its_own() -> None:
    fit = FitConfig(epochs=3, fine_tune_epochs=2, fine_tune_learning_rate=1e-4, schedule="cosine")
    found = rates(fit, 5, 11, fine_tuning=True)
    assert found[0] == pytest.approx(1e-4)
    assert found[10] == pytest.approx(1e-6)


def test_an_end_above_the_fine_tuning_rate_is_that_rate() -> None:
    fit = FitConfig(fine_tune_epochs=2, fine_tune_learning_rate=1e-6, final_learning_rate=1e-4, schedule="exponential")
    assert rates(fit, 5, 3, fine_tuning=True) == pytest.approx([1e-6] * 3)


# ---- the rest


def test_xla_is_as_asked_and_off_on_a_cpu() -> None:
    assert [
        compiled(FitConfig(jit_compile=asked), head_for("binary", 2)).jit_compile for asked in (None, True, False)
    ] == [
        False,
        True,
        False,
    ]


def test_steps_and_averages_are_passed_on() -> None:
    model = compiled(FitConfig(ema=0.9, steps_per_execution=3), head_for("binary", 2))
    assert (model.optimizer.use_ema, model.optimizer.ema_momentum) == (True, 0.9)
    assert model.steps_per_execution == 3
