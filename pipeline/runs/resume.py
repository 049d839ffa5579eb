"""Continue an interrupted `model.fit` exactly where it was, with the callback `Resume`.

Keras' `BackupAndRestore` is less exact: with `save_freq=<int>` it restores the weights of a step but begins the epoch
again, so that examples count twice, and it keeps neither metrics nor the state of other callbacks. `Resume` keeps the
whole state of a step in one file (`pipeline.runs.checkpoints`) and continues within the epoch: the first calls of the
train function do nothing, and the data begin at the next step.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import checks, resolve_minutes, resolve_steps
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.files.shortage import why
from pipeline.runs.callback_state import packed, restore, state_of, unpacked
from pipeline.runs.checkpoints import Checkpoint, load_last, save
from pipeline.runs.model_state import assign_variables, build_variables, values_of, variables_of
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.machine import machine
from pipeline.runtime.progress import say
from pipeline.text.plurals import counted

__all__ = ["Resume"]


def _report_changes(before: Mapping[str, Any]) -> None:
    """Print a note if the number of threads or a version is not what it was, since last bits of weights may differ."""
    now = machine()
    changed = [f"{name} was {before.get(name)}, is {value}" for name, value in now.items() if before.get(name) != value]
    if changed:
        say(
            f"note: {'; '.join(changed)}: batches are the same, but weights may differ in their last bits from "
            "a run's that was never stopped (the variable TF_NUM_INTRAOP_THREADS sets the threads)"
        )


class Resume(keras.callbacks.Callback):
    """A callback that writes checkpoints, and lets the next `fit` continue from the latest one at its exact step.

    A continued fit gets the same remaining batches in the same order with the same augmentation. It ends with the
    weights, optimizer state, metrics and history of a fit that was never stopped, bit for bit if the number of threads,
    the processor and the versions are the same. If threads or versions have changed, it prints a note.

        early = keras.callbacks.EarlyStopping(patience=3)
        callbacks = [early, pipeline.Resume(data, "checkpoints", [early])]
        model.fit(data.train, validation_data=data.validation, epochs=100, callbacks=callbacks)

    The state of a callback of your own is kept too, if it has `get_state()`, which returns a mapping of JSON and NumPy
    values, and `set_state(mapping)`.

    A finished fit leaves its last checkpoint. The same fit then has nothing to do, and a fit with more epochs continues
    from there.

    Args:
        data: the data that `fit` is given, as `data.train` or `resume.stream()`.
        folder: the folder of the checkpoints; it must belong to this fit alone.
        callbacks: the other callbacks whose state is kept. This callback must be the last one in `fit`'s list.
        steps: the number of steps between two checkpoints; `None` for none by steps.
        minutes: the number of minutes between two checkpoints; `None` for none by time.
        keep: the number of checkpoints that are kept, at least 1. There is always one at the end of an epoch.
        interrupts: signals that end the fit after the current step, with a checkpoint.

    Raises:
        InputError: an argument is not allowed. When a fit begins: it is given other data, the checkpoint is one of
            another model or of other data, or another callback comes after this one.
    """

    def __init__(
        self,
        data: ImageData,
        folder: str | os.PathLike[str],
        callbacks: Sequence[keras.callbacks.Callback] = (),
        *,
        steps: int | None = None,
        minutes: float | None = 10,
        keep: int = 2,
        interrupts: Interrupts | None = None,
    ) -> None:
        super().__init__()
        if keras.backend.backend() != "tensorflow":
            raise InputError(f"Resume continues fits of Keras' TensorFlow backend. Received: {keras.backend.backend()}")
        if data.start:
            raise InputError(
                f"Resume finds the step by itself: build the data without start. Received: start={data.start}"
            )
        self.data = data
        self.folder = Path(folder).expanduser()
        self.callbacks = list(callbacks)
        self.every_steps = resolve_steps("steps", steps) or math.inf
        self.every_seconds = 60 * (resolve_minutes("minutes", minutes) or math.inf)
        self.keep = checks.integer("keep", keep, "an integer of at least 1", low=1)
        self.interrupts = interrupts
        self.last: Path | None = None
        """The path of the latest checkpoint that was written or restored."""
        self.seconds = 0.0
        """The time in seconds that it took to read and restore the checkpoint."""
        self._found: Checkpoint | None = None
        self._looked = self._failed = self._streams = False
        self._unread = True
        self._skip = self._epoch = self._step = 0
        self._saved = (0, 0)
        self._saved_at = 0.0
        self._metrics: list[NDArray[Any]] = []
        self._rows: list[list[Any]] = []  # the number and the logs of each finished epoch
        self._continued: int | None = None

    # ---- what there is

    def found(self) -> Checkpoint | None:
        """Return the checkpoint that the next fit continues from; `None` if it begins at the first epoch.

        Raises:
            InputError: the checkpoint is one of other data.
        """
        if not self._looked:
            begun = time.perf_counter()
            self._found = load_last(self.folder)
            self._looked = True
            if self._found is not None:
                self.last = self._found.path
                self.data.identity.refuse_other(self._found.state["data"])
            self.seconds = time.perf_counter() - begun
        return self._found

    def stream(self, initial_epoch: int = 0) -> tf.data.Dataset:
        """Return an endless data set of the batches of `data.train` from the step at which the next fit continues.

        Use it as `model.fit(resume.stream(), steps_per_epoch=data.steps, …)`, which reads one iterator in all epochs.
        With `data.train` every epoch makes a new iterator, which takes about as long as a step of a small network.

        Args:
            initial_epoch: the first epoch of the fit if there is no checkpoint.

        Raises:
            InputError: the checkpoint is one of other data.
        """
        found = self.found()
        self._streams = True
        epoch, step = (initial_epoch, 0) if found is None else (found.epoch, found.step)
        return self.data.make_stream(epoch * self.data.steps + step)

    # ---- continuing

    def set_model(self, model: keras.Model) -> None:
        """Check that this callback is the last one; Keras calls `set_model` of the callbacks in their order.

        Raises:
            InputError: a callback whose state is kept comes later or is missing; its state would be saved too early.
        """
        super().set_model(model)
        late = [type(callback).__name__ for callback in self.callbacks if callback.model is not model]
        if late:
            raise InputError(
                f"Resume must stand last in fit's callbacks, behind those that it is given. Not so: {late}"
            )

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Restore the latest checkpoint, after `on_train_begin` of all other callbacks."""
        if self.params.get("steps") != self.data.steps:
            raise InputError(
                f"Resume needs a fit of data.train, of {self.data.steps} steps an epoch, without steps_per_epoch, or "
                "one of resume.stream() with steps_per_epoch=data.steps. "
                f"Received: {self.params.get('steps')} steps"
            )
        self._saved_at = time.monotonic()
        self._rows = []
        _ = self.data.identity  # computed now, before the photos can change
        function = self.model.train_function
        while isinstance(getattr(function, "__self__", None), Resume):  # left by a fit that ended with an exception
            function = function.__self__._train_function
        self._train_function = function
        self.model.train_function = self._train_or_skip
        found = self.found()
        if found is None:
            return
        begun = time.perf_counter()
        state = found.state
        _report_changes(state["machine"])
        build_variables(self.model, self.data.batches.element_spec, metrics=found.step > 0)
        self._assign(found)
        self._epoch, self._step = self._saved = (found.epoch, found.step)
        self._rows, self._continued = list(state["rows"]), self._epoch
        if not self._step:
            self._restore_callbacks(found)
        # Keras' `BackupAndRestore` also sets the first epoch so; `on_epoch_begin` checks that Keras followed it.
        self.model._initial_epoch = sys.maxsize if state["stopped"] else self._epoch
        self.seconds += time.perf_counter() - begun
        say(
            f"continuing in epoch {self._epoch + 1} after {self._step} of its {counted(self.data.steps, 'step')}, "
            f"from a checkpoint in {self.folder} (loaded in {self.seconds:.1f} s)"
        )

    def _restore_callbacks(self, found: Checkpoint) -> None:
        """Restore the state of the other callbacks.

        This is done at the step at which the state was taken, so that it replaces what they were told since the
        beginning of the epoch, skipped steps included.
        """
        for callback, (kind, kept) in zip(self.callbacks, found.state["callbacks"], strict=False):
            if kind == type(callback).__name__:
                restore(callback, unpacked(kept, found.arrays))
        self._found = None

    def _assign(self, found: Checkpoint) -> None:
        assign_variables(self.model, found.arrays, metrics=found.step > 0, folder=str(self.folder))

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the epoch of the data, whatever else has read from them. Keras makes the epoch's iterator after this."""
        if self._continued is not None and epoch != self._continued:
            raise InputError(
                f"fit must begin by itself in the checkpoint's epoch, {self._continued}. "
                f"Received: initial_epoch={epoch}"
            )
        self._skip, self._unread = 0, True
        if self._found is not None:
            self._skip = self._step
            self._assign(self._found)  # Keras has reset the metrics, and the skipped steps report them
        self._epoch, self._step, self._continued = epoch, self._skip, None
        self.model._initial_epoch = None
        self.data.epoch.assign(epoch)
        self.data.first.assign(self._skip)

    def _train_or_skip(self, iterator: Any) -> Any:
        if self._skip > 0:
            self._skip -= self.model.steps_per_execution
            return self.model.get_metrics_result()
        logs = self._train_function(iterator)
        # Each iterator of data.train advances the epoch; a stream has only one iterator.
        if self._unread and not self._streams and int(self.data.epoch) != self._epoch + 1:
            raise InputError("Resume was given other data than fit is: it needs a fit of its data's train")
        self._unread = False
        return logs

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step, and write a checkpoint if one is due."""
        done = min(batch + 1, self.data.steps)
        if self._found is not None and done == self._step:
            self._assign(self._found)
            self._restore_callbacks(self._found)
        if done <= self._step:
            return
        self._step = done
        if done == self.data.steps:
            self._metrics = values_of(self.model.metrics_variables)  # validation overwrites these variables
        step = self._epoch * self.data.steps + done
        late = time.monotonic() - self._saved_at >= self.every_seconds
        if late or step // self.every_steps > (step - self.model.steps_per_execution) // self.every_steps:
            self._save()
        self._end_if_interrupted()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """End the fit after a signal; a continued fit repeats the whole validation."""
        self._end_if_interrupted()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write a checkpoint, after `on_epoch_end` of all other callbacks."""
        self._epoch, self._step = epoch + 1, 0
        self._rows.append([epoch, logs or {}])
        self._save()
        if self.interrupts is not None:
            self.interrupts.check()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Restore the model's train function, and set the history of all epochs."""
        self.model.history.epoch = [epoch for epoch, _ in self._rows]
        names = dict.fromkeys(name for _, row in self._rows for name in row)
        self.model.history.history = {name: [row[name] for _, row in self._rows if name in row] for name in names}
        self.release()

    def release(self) -> None:
        """Restore the model's train function; call this after a fit that ended with an exception."""
        self._looked = False
        self.model._initial_epoch = None
        if self.model.train_function == self._train_or_skip:
            self.model.train_function = self._train_function

    def secure(self) -> bool:
        """Write a checkpoint of the last finished step, unless there is one; return False if that failed.

        Call this after an exception from the data, before `fit` is called again.
        """
        if self._saved != (self._epoch, self._step) or self.last is None:
            self._save()
        return not self._failed

    def _end_if_interrupted(self) -> None:
        if self.interrupts is not None and self.interrupts.received is not None:
            if self._saved != (self._epoch, self._step):
                self._save()
            self.interrupts.check()

    # ---- saving

    def _save(self) -> None:
        """Write a checkpoint. A failed write is reported once, and training goes on."""
        for callback in self.callbacks:
            if hasattr(callback, "before_saving"):  # after a signal, `Averaged` may still have its average in the model
                callback.before_saving()
        arrays: dict[str, NDArray[Any]] = {}
        for group, variables in variables_of(self.model, metrics=False).items():
            arrays |= {f"{group}/{k}": value for k, value in enumerate(values_of(variables))}
        if self._step:
            metrics = self._metrics if self._step == self.data.steps else values_of(self.model.metrics_variables)
            arrays |= {f"metrics/{k}": value for k, value in enumerate(metrics)}
        state = {
            "stopped": bool(self.model.stop_training),
            "data": self.data.state(self._epoch * self.data.steps + self._step),
            "machine": machine(),
            "callbacks": [
                (type(callback).__name__, packed(state_of(callback), f"callback/{k}", arrays))
                for k, callback in enumerate(self.callbacks)
            ],
            "rows": [[epoch, {name: float(value) for name, value in row.items()}] for epoch, row in self._rows],
        }
        self._saved_at = time.monotonic()
        try:
            self.last = save(self.folder, Checkpoint(self._epoch, self._step, arrays, state), self.keep)
        except OSError as error:
            if not self._failed:
                words = why(error, self.folder)
                say(f"warning: no checkpoint can be written to {self.folder}: {words}; training goes on")
            self._failed = True
            return
        self._failed, self._saved = False, (self._epoch, self._step)
