"""What happens between epochs: the epoch is pinned, the best model kept, the history written."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.history import write_row

__all__ = ["KeepBest", "PinEpoch", "Record", "save_model"]


def save_model(model: keras.Model, path: Path) -> None:
    """Save a `.keras` file aside and rename it: a kill leaves the one before."""
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    model.save(aside)
    aside.replace(path)


class PinEpoch(keras.callbacks.Callback):
    """Sets which epoch of the data comes next, whatever else has read from them in between."""

    def __init__(self, epoch: tf.Variable) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keras makes the epoch's iterator after this."""
        self.epoch.assign(epoch)


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


class Record(keras.callbacks.Callback):
    """Appends each epoch to `history.csv` and measures the training pictures' rate, validation apart.

    The first epoch's rate holds compilation; `images_per_second` leaves it out where there is another.
    """

    def __init__(self, path: Path, examples: int) -> None:
        super().__init__()
        self.path = path
        self.examples = examples
        self.training_seconds: list[float] = []
        self._begun = self._trained = 0.0

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
        write_row(self.path, {"epoch": epoch + 1, **values, "seconds": round(now - self._begun, 3)})

    @property
    def images_per_second(self) -> float:
        """Training pictures a second, 0 before the first epoch's end."""
        counted = self.training_seconds[1:] or self.training_seconds
        return self.examples * len(counted) / sum(counted) if counted else 0.0
