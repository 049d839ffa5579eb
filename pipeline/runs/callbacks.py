"""The callbacks of a training run: keep the best model, write the history, validate averaged weights, show steps."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from pipeline.files.atomic import written_aside
from pipeline.runs.history import History
from pipeline.runtime.notebook import Bar, in_notebook

__all__ = ["Averaged", "KeepBest", "Record", "save_model", "shown_steps"]


def save_model(model: keras.Model, path: Path) -> None:
    """Save a model as a `.keras` file, whole or not at all: after a kill or on a full disk the old file stays.

    Raises:
        OSError: the file cannot be written.
    """
    with written_aside(path) as aside:
        model.save(aside)


class Steps(keras.callbacks.Callback):
    """A progress bar over the steps of an epoch for notebooks, where Keras' own bar fills the saved file with text.

    Args:
        steps: the number of steps in an epoch.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self._bar: Bar | None = None
        self._done = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Show a new bar."""
        self.close()
        self._bar, self._done = Bar(f"epoch {epoch + 1}, steps", self.steps), 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the finished steps; with `steps_per_execution` there are several."""
        if self._bar is not None:
            self._bar.advance(batch + 1 - self._done)
            self._done = batch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Clear the bar; Keras prints the epoch's line."""
        self.close()

    def close(self) -> None:
        """Clear the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextlib.contextmanager
def shown_steps(steps: int) -> Iterator[list[keras.callbacks.Callback]]:
    """Yield a list with the callback that shows steps in a notebook, or an empty list elsewhere; clear its bar."""
    if not in_notebook():
        yield []
        return
    shown = Steps(steps)
    try:
        yield [shown]
    finally:
        shown.close()


class Averaged(keras.callbacks.Callback):
    """A callback that validates and saves a model with the moving average of its weights.

    Training goes on with the weights themselves.
    It needs an optimizer with `use_ema=True`. Keras' own `SwapEMAWeights` is not used, because it leaves the average in
    the model if training is interrupted during a validation.
    """

    def __init__(self) -> None:
        super().__init__()
        self._swapped = False

    def _swap(self) -> None:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # mixed precision wraps the optimizer
        averages = optimizer._model_variables_moving_average  # Keras has no public name for them
        for variable, average in zip(self.model.trainable_variables, averages, strict=True):
            value = keras.ops.copy(variable.value)
            variable.assign(average)
            average.assign(value)
        self._swapped = not self._swapped

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the averaged weights in this context."""
        self._swap()
        try:
            yield
        finally:
            self.before_saving()

    def before_saving(self) -> None:
        """Give the model its own weights back, if it has the average; call this before its state is saved."""
        if self._swapped:
            self._swap()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validate with the averaged weights."""
        self._swap()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Give the model its own weights back."""
        self.before_saving()


class KeepBest(keras.callbacks.Callback):
    """A callback that saves the model of the best epoch.

    Args:
        path: the `.keras` file.
        monitor: the name in the logs that decides, and whether its `"max"` or `"min"` is best. Without validation the
            lowest loss decides.
    """

    def __init__(self, path: Path, monitor: tuple[str, str] = ("val_accuracy", "max")) -> None:
        super().__init__()
        self.path = path
        self.monitor = monitor
        self.averaged: Averaged | None = None
        """The callback that gives the model the averaged weights, if those are validated."""
        self.best: float | None = None
        self.best_epoch = -1
        self.loss = math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save the model if it is the best so far; of equal ones, the one with the lowest validation loss is best."""
        logs = logs or {}
        name, best = self.monitor if self.monitor[0] in logs else ("loss", "min")
        score = float(logs[name]) if best == "max" else -float(logs[name])
        score = -math.inf if math.isnan(score) else score
        loss = float(logs.get("val_loss", math.inf))
        if self.best is None or score > self.best or (score == self.best and loss < self.loss):
            with contextlib.nullcontext() if self.averaged is None else self.averaged.applied():
                save_model(self.model, self.path)
            self.best, self.best_epoch, self.loss = score, epoch, loss

    def get_state(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {"best": self.best, "best_epoch": self.best_epoch, "loss": self.loss}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continue from the state of a checkpoint."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.loss = state.get("loss", math.inf)  # checkpoints of old versions have none


class Record(keras.callbacks.Callback):
    """A callback that appends each epoch to `history.csv` and measures the rate of training images.

    The time of validation is not part of the rate.

    The first epoch includes compilation, so `images_per_second` leaves it out if there is another epoch.

    Args:
        path: the path of `history.csv`.
        examples: the number of training images in an epoch.
    """

    def __init__(self, path: Path, examples: int) -> None:
        super().__init__()
        self.history = History(path)
        self.examples = examples
        self.training_seconds: list[float] = []
        self._fit_begun = self._begun = self._trained = 0.0
        self._spent = 0.0  # seconds in earlier fits of the same run

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of the fit."""
        self._fit_begun = time.perf_counter() - self._spent

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Keep the time that was spent; the clock of the next fit continues from it."""
        self._spent = self.seconds

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of the epoch."""
        self._begun = time.perf_counter()
        self._trained = 0.0

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Note the end of the epoch's training part."""
        self._trained = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append the epoch's row."""
        now = time.perf_counter()
        self.training_seconds.append((self._trained or now) - self._begun)
        values = {name: round(float(value), 6) for name, value in (logs or {}).items()}
        self.history.append({"epoch": epoch + 1, **values, "seconds": round(now - self._begun, 3)})

    def get_state(self) -> dict[str, Any]:
        """Return the state for a checkpoint: the clocks and the history."""
        now = time.perf_counter()
        return {
            "training_seconds": self.training_seconds,
            "epoch_seconds": now - self._begun,
            "seconds": now - self._fit_begun,
            "history": self.history.text,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continue from the state of a checkpoint; later rows of the history are removed, since they come again."""
        now = time.perf_counter()
        self.training_seconds = list(state["training_seconds"])
        self._begun = now - state["epoch_seconds"]
        self._fit_begun = now - state["seconds"]
        self.history.set_back(state["history"])

    @property
    def seconds(self) -> float:
        """Return the seconds of training so far, in all processes of the run."""
        return time.perf_counter() - self._fit_begun

    @property
    def images_per_second(self) -> float:
        """Return the training images a second; 0 before the end of the first epoch."""
        counted = self.training_seconds[1:] or self.training_seconds
        return self.examples * len(counted) / sum(counted) if counted else 0.0
