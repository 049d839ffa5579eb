"""What happens between epochs: the best model is kept, the history written."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from pipeline.history import History

__all__ = ["KeepBest", "Record", "save_model"]


def save_model(model: keras.Model, path: Path) -> None:
    """Save a `.keras` file aside and rename it: a kill leaves the one before."""
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    model.save(aside)
    aside.replace(path)


class KeepBest(keras.callbacks.Callback):
    """Saves the model of the best epoch: highest validation accuracy, or lowest loss without validation."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.best: float | None = None
        self.best_epoch = -1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """The first of equals is kept."""
        logs = logs or {}
        score = float(logs["val_accuracy"]) if "val_accuracy" in logs else -float(logs["loss"])
        score = -math.inf if math.isnan(score) else score
        if self.best is None or score > self.best:
            save_model(self.model, self.path)
            self.best, self.best_epoch = score, epoch

    def get_state(self) -> dict[str, Any]:
        """For `pipeline.resume`."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]


class Record(keras.callbacks.Callback):
    """Appends each epoch to `history.csv` and measures the training pictures' rate, validation apart.

    The first epoch's rate holds compilation; `images_per_second` leaves it out where there is another.

    Args:
        path: of `history.csv`.
        examples: training pictures an epoch.
    """

    def __init__(self, path: Path, examples: int) -> None:
        super().__init__()
        self.history = History(path)
        self.examples = examples
        self.training_seconds: list[float] = []
        self._fit_begun = self._begun = self._trained = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the fit's clock."""
        self._fit_begun = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._begun = time.perf_counter()
        self._trained = 0.0

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validation begins: the training part is over."""
        self._trained = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the row."""
        now = time.perf_counter()
        self.training_seconds.append((self._trained or now) - self._begun)
        values = {name: round(float(value), 6) for name, value in (logs or {}).items()}
        self.history.append({"epoch": epoch + 1, **values, "seconds": round(now - self._begun, 3)})

    def get_state(self) -> dict[str, Any]:
        """For `pipeline.resume`: what the clocks show, and how far the history goes."""
        now = time.perf_counter()
        return {
            "training_seconds": self.training_seconds,
            "epoch_seconds": now - self._begun,
            "seconds": now - self._fit_begun,
            "history": self.history.length,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Set the clocks on; what the history says of the time after this state happens again, and is cut off."""
        now = time.perf_counter()
        self.training_seconds = list(state["training_seconds"])
        self._begun = now - state["epoch_seconds"]
        self._fit_begun = now - state["seconds"]
        self.history.cut(state["history"])

    @property
    def seconds(self) -> float:
        """Of the fit so far, of all the processes that it took."""
        return time.perf_counter() - self._fit_begun

    @property
    def images_per_second(self) -> float:
        """Training pictures a second, 0 before the first epoch's end."""
        counted = self.training_seconds[1:] or self.training_seconds
        return self.examples * len(counted) / sum(counted) if counted else 0.0
