"""What happens between epochs: the best model is kept, the history written, weights averaged over steps are used."""

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
    """Save a `.keras` file aside and rename it: a kill or a full disk leaves the one before.

    Raises:
        OSError: it cannot be written, and nothing of it is left.
    """
    with written_aside(path) as aside:
        model.save(aside)


class Steps(keras.callbacks.Callback):
    """Shows how many of an epoch's steps are done, in a notebook's own bar: Keras' is a wall of text in its file.

    Args:
        steps: in an epoch.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self._bar: Bar | None = None
        self._done = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin a bar."""
        self.close()
        self._bar, self._done = Bar(f"epoch {epoch + 1}, steps", self.steps), 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count; with `steps_per_execution` several at once."""
        if self._bar is not None:
            self._bar.advance(batch + 1 - self._done)
            self._done = batch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """End the bar; Keras prints the epoch's line."""
        self.close()

    def close(self) -> None:
        """Take the bar away, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextlib.contextmanager
def shown_steps(steps: int) -> Iterator[list[keras.callbacks.Callback]]:
    """Give the callback that shows steps in a notebook, and none elsewhere; its bar is gone in the end."""
    if not in_notebook():
        yield []
        return
    shown = Steps(steps)
    try:
        yield [shown]
    finally:
        shown.close()


class Averaged(keras.callbacks.Callback):
    """Lets a model be validated, and saved, with the moving average of its weights that its optimizer keeps.

    For optimizers with `use_ema=True`; training goes on with the weights themselves. (Keras' `SwapEMAWeights` leaves a
    fit that ends in its validation with the average in their place.)
    """

    def __init__(self) -> None:
        super().__init__()
        self._swapped = False

    def _swap(self) -> None:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of mixed precision
        averages = optimizer._model_variables_moving_average  # Keras has no public name for them
        for variable, average in zip(self.model.trainable_variables, averages, strict=True):
            value = keras.ops.copy(variable.value)
            variable.assign(average)
            average.assign(value)
        self._swapped = not self._swapped

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Meanwhile the model has the average."""
        self._swap()
        try:
            yield
        finally:
            self.before_saving()

    def before_saving(self) -> None:
        """Give the model its weights back, if it has the average: for whoever keeps its state."""
        if self._swapped:
            self._swap()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validate the average."""
        self._swap()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """And train on."""
        self.before_saving()


class KeepBest(keras.callbacks.Callback):
    """Saves the model of the best epoch.

    Args:
        path: of the `.keras` file.
        monitor: what decides, and whether its `"max"` or `"min"` is best; without validation the lowest loss is.
    """

    def __init__(self, path: Path, monitor: tuple[str, str] = ("val_accuracy", "max")) -> None:
        super().__init__()
        self.path = path
        self.monitor = monitor
        self.averaged: Averaged | None = None
        """Gives the model the weights that are validated, where those are an average."""
        self.best: float | None = None
        self.best_epoch = -1
        self.loss = math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Of equals the one of the lowest validation loss is kept."""
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
        """For `pipeline.runs.resume`."""
        return {"best": self.best, "best_epoch": self.best_epoch, "loss": self.loss}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.loss = state.get("loss", math.inf)  # of a checkpoint that had none


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
        self._spent = 0.0  # in earlier fits of the same run

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the fit's clock."""
        self._fit_begun = time.perf_counter() - self._spent

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """The next fit's clock goes on from here."""
        self._spent = self.seconds

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
        """For `pipeline.runs.resume`: what the clocks show, and the history."""
        now = time.perf_counter()
        return {
            "training_seconds": self.training_seconds,
            "epoch_seconds": now - self._begun,
            "seconds": now - self._fit_begun,
            "history": self.history.text,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Set the clocks on; what the history says of the time after this state happens again, and is left out."""
        now = time.perf_counter()
        self.training_seconds = list(state["training_seconds"])
        self._begun = now - state["epoch_seconds"]
        self._fit_begun = now - state["seconds"]
        self.history.set_back(state["history"])

    @property
    def seconds(self) -> float:
        """Of the fit so far, of all the processes that it took."""
        return time.perf_counter() - self._fit_begun

    @property
    def images_per_second(self) -> float:
        """Training pictures a second, 0 before the first epoch's end."""
        counted = self.training_seconds[1:] or self.training_seconds
        return self.examples * len(counted) / sum(counted) if counted else 0.0
