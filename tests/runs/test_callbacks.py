"""The callbacks of a run: best model, history, averaged weights, shown steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pipeline.runs.callbacks import KeepBest, Record, save_model
from pipeline.runs.history import read_history


class Failing(keras.Sequential):
    """A model whose `save` writes half a file and is interrupted."""

    def save(self, path: Path, **options: Any) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt


def model_of(value: float, kind: Any = keras.Sequential) -> keras.Model:
    """Make a model that can be recognised by its one weight."""
    model = kind([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[value]])])
    return model


def weight(path: Path) -> float:
    return float(keras.models.load_model(path).get_weights()[0][0, 0])


# ---- save_model


def test_a_saved_model_replaces_the_one_before(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        save_model(model_of(value), tmp_path / "model.keras")
        assert weight(tmp_path / "model.keras") == value
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_save_that_is_cut_off_leaves_the_one_before(tmp_path: Path) -> None:
    save_model(model_of(1), tmp_path / "model.keras")
    with pytest.raises(KeyboardInterrupt):
        save_model(model_of(2, Failing), tmp_path / "model.keras")
    assert weight(tmp_path / "model.keras") == 1


# ---- KeepBest


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("val_accuracy", [0.5, 0.75, 0.25, 0.75], 1),
        ("val_accuracy", [0.0, 0.0], 0),
        ("loss", [0.5, 0.75, 0.25, 0.25], 2),
        ("loss", [float("nan"), 0.5, float("nan")], 1),
    ],
)
def test_the_best_epoch_s_model_is_kept(tmp_path: Path, name: str, values: list[float], best: int) -> None:
    """Keep the best by validation accuracy, or by training loss without validation; the first of equal ones."""
    callback = KeepBest(tmp_path / "model.keras")
    for epoch, value in enumerate(values):
        callback.set_model(model_of(epoch))
        other = {"loss": -float(epoch)} if name == "val_accuracy" else {"accuracy": float(epoch)}
        callback.on_epoch_end(epoch, {name: value, **other})
    assert callback.best_epoch == best
    assert weight(tmp_path / "model.keras") == best
    if name == "val_accuracy":
        assert callback.best == values[best]


def test_of_equal_accuracies_the_lowest_loss_is_kept_and_remembered(tmp_path: Path) -> None:
    callback = KeepBest(tmp_path / "model.keras")
    for epoch, loss in enumerate([0.9, 0.7, 0.8]):
        if epoch == 2:
            again = KeepBest(tmp_path / "model.keras")
            again.set_state(callback.get_state())
            callback = again
        callback.set_model(model_of(epoch))
        callback.on_epoch_end(epoch, {"loss": 1.0, "val_accuracy": 0.5, "val_loss": loss})
    assert callback.best_epoch == 1
    assert weight(tmp_path / "model.keras") == 1


def test_a_best_that_could_not_be_saved_is_none(tmp_path: Path) -> None:
    """Count an epoch as the best only after its model is saved, since the end of a run needs the file."""
    callback = KeepBest(tmp_path / "model.keras")
    callback.set_model(model_of(1, Failing))
    with pytest.raises(KeyboardInterrupt):
        callback.on_epoch_end(0, {"val_accuracy": 0.9})
    assert (callback.best, callback.best_epoch) == (None, -1)


# ---- Record


def test_validation_is_not_counted_as_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Iterator[float] = iter([0.0, 10.0, 13.0, 20.0, 22.0, 27.0])
    monkeypatch.setattr("pipeline.runs.callbacks.time.perf_counter", lambda: next(clock))
    record = Record(tmp_path / "history.csv", examples=50)
    assert record.images_per_second == 0
    for epoch in range(2):
        record.on_epoch_begin(epoch)
        record.on_test_begin()
        record.on_epoch_end(epoch, {"loss": 0.1234567})
        if epoch == 0:
            assert record.images_per_second == 5  # nothing but the first, which compiles
    assert record.training_seconds == [10, 2]
    assert record.images_per_second == 25  # the first is left out
    assert read_history(tmp_path / "history.csv") == [
        {"epoch": 1, "loss": 0.123457, "seconds": 13},
        {"epoch": 2, "loss": 0.123457, "seconds": 7},
    ]


def test_without_validation_an_epoch_is_all_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0])
    monkeypatch.setattr("pipeline.runs.callbacks.time.perf_counter", lambda: next(clock))
    record = Record(tmp_path / "history.csv", examples=50)
    record.on_epoch_begin(0)
    record.on_epoch_end(0, {"loss": 1.0})
    assert record.training_seconds == [4]


def test_the_clocks_of_a_continued_fit_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 5.0, 100.0, 103.0, 104.0])
    monkeypatch.setattr("pipeline.runs.callbacks.time.perf_counter", lambda: next(clock))
    record = Record(tmp_path / "history.csv", examples=50)
    record.on_train_begin()
    record.on_epoch_begin(0)
    state = record.get_state()
    again = Record(tmp_path / "history.csv", examples=50)
    again.set_state(state)
    again.on_epoch_end(0, {"loss": 1.0})
    assert read_history(tmp_path / "history.csv") == [{"epoch": 1, "loss": 1, "seconds": 3 + 3}]
    assert again.seconds == 5 + 4


def test_what_the_history_says_of_the_time_after_a_state_is_cut_off(tmp_path: Path) -> None:
    record = Record(tmp_path / "history.csv", examples=50)
    record.on_epoch_end(0, {"loss": 1.0})
    state = record.get_state()
    record.on_epoch_end(1, {"loss": 2.0})
    again = Record(tmp_path / "history.csv", examples=50)
    again.set_state(state)
    again.on_epoch_end(1, {"loss": 3.0})
    assert [row["loss"] for row in read_history(tmp_path / "history.csv")] == [1, 3]


def test_the_best_of_a_continued_fit_is_that_before(tmp_path: Path) -> None:
    before = KeepBest(tmp_path / "model.keras")
    before.set_model(model_of(1))
    before.on_epoch_end(0, {"val_accuracy": 0.5})
    after = KeepBest(tmp_path / "model.keras")
    after.set_state(before.get_state())
    after.set_model(model_of(2))
    after.on_epoch_end(1, {"val_accuracy": 0.25})
    assert (after.best, after.best_epoch, weight(tmp_path / "model.keras")) == (0.5, 0, 1)
