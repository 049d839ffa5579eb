"""A `fit` that goes on after any end as if nothing had happened: the callback `Resume`.

Keras' `BackupAndRestore` suffices where losing part of an epoch twice is no matter: with `save_freq=<int>` it restores
the weights of a later step and begins the epoch anew, so that examples count twice, and it keeps neither metrics nor
other callbacks' state. This one keeps all that a step follows from, in one file (`pipeline.runs.checkpoints`), and
enters the epoch at its step: the first calls of the train function do nothing, and the data begin there.
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
    """Keeps checkpoints of a fit and, when one is there, makes the next fit continue it at its exact step.

    Continued so, a fit gets the same remaining batches in the same order with the same augmentation, and ends with the
    weights, optimizer state, metrics and history of one that was never stopped: bit for bit at the same number of
    threads, on the same processor, with the same versions. Where those changed it says so.

        early = keras.callbacks.EarlyStopping(patience=3)
        callbacks = [early, pipeline.Resume(data, "checkpoints", [early])]
        model.fit(data.train, validation_data=data.validation, epochs=100, callbacks=callbacks)

    A callback of your own is kept as well if it has `get_state()`, a mapping of what JSON and NumPy hold, and
    `set_state(mapping)`.

    A fit that came to its end leaves its last checkpoint: the same fit again has nothing to do, and one with more
    epochs goes on from there.

    Args:
        data: what is fitted; `data.train` or `data.batches`.
        folder: where checkpoints lie, of this fit alone.
        callbacks: the other callbacks whose state matters. This one must stand last in `fit`'s list.
        steps: a checkpoint every so many steps; `None`: not by steps.
        minutes: a checkpoint when so many minutes have passed since the last; `None`: not by time.
        keep: checkpoints that are kept, at least 1. There is one at each epoch's end in any case.
        interrupts: signals that end the fit after the step in which they come, with a checkpoint.

    Raises:
        InputError: an argument is not allowed, or, when a fit begins, it is none of `data.train`, or the checkpoint is
            one of another model or of other data, or another callback stands behind this one.
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
        """The last checkpoint that was written or continued from."""
        self.seconds = 0.0
        """What it took to load the checkpoint and to restore from it."""
        self._found: Checkpoint | None = None
        self._looked = self._failed = self._streams = False
        self._unread = True
        self._skip = self._epoch = self._step = 0
        self._saved = (0, 0)
        self._saved_at = 0.0
        self._metrics: list[NDArray[Any]] = []
        self._rows: list[list[Any]] = []  # epoch and logs of each epoch so far
        self._continued: int | None = None

    # ---- what there is

    def found(self) -> Checkpoint | None:
        """The checkpoint that the next fit continues from; `None` where it begins anew.

        Raises:
            InputError: it is one of other data.
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
        """The batches of `data.train` from the step on at which the next fit continues, without end.

        For `model.fit(resume.stream(), steps_per_epoch=data.steps, …)`, which reads one iterator in all epochs: with
        `data.train` every epoch begins another, which takes about as long as a step of a small network.

        Args:
            initial_epoch: that of the fit, for where there is no checkpoint.

        Raises:
            InputError: the checkpoint is one of other data.
        """
        found = self.found()
        self._streams = True
        epoch, step = (initial_epoch, 0) if found is None else (found.epoch, found.step)
        return self.data.make_stream(epoch * self.data.steps + step)

    # ---- continuing

    def set_model(self, model: keras.Model) -> None:
        """Keras calls this callback by callback, in the order in which it will call the rest.

        Raises:
            InputError: one of those whose state matters comes later, or not at all: it would be saved too early.
        """
        super().set_model(model)
        late = [type(callback).__name__ for callback in self.callbacks if callback.model is not model]
        if late:
            raise InputError(
                f"Resume must stand last in fit's callbacks, behind those that it is given. Not so: {late}"
            )

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Take up the last checkpoint, once every other callback has begun."""
        if self.params.get("steps") != self.data.steps:
            raise InputError(
                f"Resume needs a fit of data.train, of {self.data.steps} steps an epoch, without steps_per_epoch, or "
                "one of resume.stream() with steps_per_epoch=data.steps. "
                f"Received: {self.params.get('steps')} steps"
            )
        self._saved_at = time.monotonic()
        self._rows = []
        _ = self.data.identity  # looked at once, before the photos can change
        function = self.model.train_function
        while isinstance(getattr(function, "__self__", None), Resume):  # of a fit that ended by an exception
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
        # Keras' own way to begin later (BackupAndRestore uses it); `on_epoch_begin` looks whether it was heeded.
        self.model._initial_epoch = sys.maxsize if state["stopped"] else self._epoch
        self.seconds += time.perf_counter() - begun
        say(
            f"continuing in epoch {self._epoch + 1} after {self._step} of its {counted(self.data.steps, 'step')}, "
            f"from a checkpoint in {self.folder} (loaded in {self.seconds:.1f} s)"
        )

    def _restore_callbacks(self, found: Checkpoint) -> None:
        """At the very place where their state was taken, so that what they were told since the epoch's beginning,
        skipped steps included, is overwritten.
        """
        for callback, (kind, kept) in zip(self.callbacks, found.state["callbacks"], strict=False):
            if kind == type(callback).__name__:
                restore(callback, unpacked(kept, found.arrays))
        self._found = None

    def _assign(self, found: Checkpoint) -> None:
        assign_variables(self.model, found.arrays, metrics=found.step > 0, folder=str(self.folder))

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Pin the epoch of the data, whatever else has read from them; Keras makes the epoch's iterator after this."""
        if self._continued is not None and epoch != self._continued:
            raise InputError(
                f"fit must begin by itself in the checkpoint's epoch, {self._continued}. "
                f"Received: initial_epoch={epoch}"
            )
        self._skip, self._unread = 0, True
        if self._found is not None:
            self._skip = self._step
            self._assign(self._found)  # Keras has reset the metrics since, which the skipped steps show
        self._epoch, self._step, self._continued = epoch, self._skip, None
        self.model._initial_epoch = None
        self.data.epoch.assign(epoch)
        self.data.first.assign(self._skip)

    def _train_or_skip(self, iterator: Any) -> Any:
        if self._skip > 0:
            self._skip -= self.model.steps_per_execution
            return self.model.get_metrics_result()
        logs = self._train_function(iterator)
        # An iteration of data.train advances the epoch; of a stream there is one alone.
        if self._unread and not self._streams and int(self.data.epoch) != self._epoch + 1:
            raise InputError("Resume was given other data than fit is: it needs a fit of its data's train")
        self._unread = False
        return logs

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count, and save where it is time."""
        done = min(batch + 1, self.data.steps)
        if self._found is not None and done == self._step:
            self._assign(self._found)
            self._restore_callbacks(self._found)
        if done <= self._step:
            return
        self._step = done
        if done == self.data.steps:
            self._metrics = values_of(self.model.metrics_variables)  # validation uses the same ones
        step = self._epoch * self.data.steps + done
        late = time.monotonic() - self._saved_at >= self.every_seconds
        if late or step // self.every_steps > (step - self.model.steps_per_execution) // self.every_steps:
            self._save()
        self._end_if_interrupted()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Validation is left in its middle, and done anew when the fit is continued."""
        self._end_if_interrupted()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save, once every other callback is done with the epoch."""
        self._epoch, self._step = epoch + 1, 0
        self._rows.append([epoch, logs or {}])
        self._save()
        if self.interrupts is not None:
            self.interrupts.check()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leave the model as it was, with the history of all epochs."""
        self.model.history.epoch = [epoch for epoch, _ in self._rows]
        names = dict.fromkeys(name for _, row in self._rows for name in row)
        self.model.history.history = {name: [row[name] for _, row in self._rows if name in row] for name in names}
        self.release()

    def release(self) -> None:
        """Give the model its train function back; for a fit that ended by an exception."""
        self._looked = False
        self.model._initial_epoch = None
        if self.model.train_function == self._train_or_skip:
            self.model.train_function = self._train_function

    def secure(self) -> bool:
        """Write a checkpoint of the last step that was done; whether there is one.

        For a fit that ended by an exception of its data, and can be called again.
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
        """Write a checkpoint; a disk that takes none is said once, and training goes on."""
        for callback in self.callbacks:
            if hasattr(callback, "before_saving"):  # `Averaged`: a signal may come while it validates other weights
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
