"""Train a run: from a configuration with resolved folders to the files in the run directory."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.builders.build import build
from pipeline.config import TrainConfig
from pipeline.config.idle import idle_options
from pipeline.console.arguments import dump
from pipeline.console.how_to import call
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.files.shortage import TRAINING, explained
from pipeline.models.check import head_of
from pipeline.models.compiling import compile_model
from pipeline.models.head import Head
from pipeline.models.network import build_network
from pipeline.models.transfer import thaw
from pipeline.reading.lost import read_lost
from pipeline.runs.callbacks import KeepBest, save_model
from pipeline.runs.checkpoints import drop
from pipeline.runs.history import read_history
from pipeline.runs.learning_curves import save_history
from pipeline.runs.phase import PartCallbacks, Progress, fit, make_callbacks, progress_of
from pipeline.runs.resume import Resume
from pipeline.runs.run_folder import new_run, run_lock, tidy, write_classes, write_record, write_skipped
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.machine import threads
from pipeline.runtime.progress import messages, say

__all__ = ["train"]


def _parameters(model: keras.Model) -> str:
    """Return the number of parameters, and of those that learn, as text."""
    learning, total = sum(int(tf.size(one)) for one in model.trainable_variables), model.count_params()
    return f"{total:,} parameters" + ("" if learning == total else f", of which {learning:,} learn")


def _check_executions(size: int, data: ImageData) -> None:
    """Refuse a `steps_per_execution` that does not divide the steps of an epoch: Keras would run into the next one."""
    for name, steps in (("training", data.steps), ("validation", data.validation_steps)):
        if steps % size:
            raise InputError(
                f"train.steps_per_execution must divide the steps of an epoch, of which {name} has {steps}: 1 always "
                f"does. Received: {size}"
            )


def _model(config: TrainConfig, data: ImageData, before: Progress) -> tuple[keras.Model, Head]:
    head = head_of(data)
    _check_executions(config.train.steps_per_execution, data)
    if config.train.class_weight is not None:
        _ = data.class_weight  # raises an error before the model is built, if there are no classes to weight
    keras.utils.set_random_seed(data.seed)
    shape = (*config.image.image_size, config.image.channels)
    with contextlib.redirect_stdout(messages()):  # Keras prints its downloads to stdout
        # A resumed run takes the weights from its checkpoint; the pretrained ones may not be available any more.
        model = build_network(config.model, shape, head, config.train.mixed_precision, load=not before.begun)
    compile_model(model, config.train, head, data.steps)
    say(f"model: {config.model.name}, {_parameters(model)}; {head} (from the labels)")
    return model, head


def _save(folder: Path, run: _Run, best: KeepBest) -> None:
    model = run.model
    write_classes(folder, run.data.class_names, run.data.label_mode)
    write_skipped(folder, run.data.skipped)
    save_model(model, folder / "last.keras")
    if best.best is None:  # the run was interrupted in its first epoch, so the last state is the best one
        save_model(model, folder / "model.keras")
        return
    if not (folder / "model.keras").exists():
        say(f"warning: {folder / 'model.keras'} of epoch {best.best_epoch + 1} is gone; the last model takes its place")
        save_model(model, folder / "model.keras")
    rows = read_history(folder / "history.csv")
    save_history(rows, folder / "history.png", run.head.metric_name, run.fine_tuned_from)


def _best_value(folder: Path, best: KeepBest, name: str) -> float | None:
    """Return a value of the best epoch from the history; `None` if there is none."""
    rows = {} if best.best is None else {row["epoch"]: row for row in read_history(folder / "history.csv")}
    value = rows.get(best.best_epoch + 1, {}).get(name)
    return None if value is None else round(value, 4)


def _first_diverged(folder: Path) -> int | None:
    """Return the first epoch whose loss is NaN or infinite; `None` if there is none."""
    try:
        rows = read_history(folder / "history.csv")
    except FileNotFoundError:  # the run ended before the end of an epoch
        return None
    return next((int(row["epoch"]) for row in rows if not math.isfinite(row["loss"])), None)


def _record(run: _Run, callbacks: PartCallbacks, folder: Path) -> dict[str, Any]:
    data, best, record = run.data, callbacks.best, callbacks.record
    return {
        "examples": len(data.train_examples),
        "validation_examples": 0 if data.validation_examples is None else len(data.validation_examples),
        "test_examples": 0 if data.test_examples is None else len(data.test_examples),
        "classes": list(data.class_names),
        "epochs": len(record.training_seconds),
        "steps": data.steps,
        "seconds": round(record.seconds, 2),
        "images_per_second": round(record.images_per_second, 1),
        "val_accuracy": _best_value(folder, best, "val_accuracy"),
        "val_loss": _best_value(folder, best, "val_loss"),
        "guess_accuracy": _guess_accuracy(data),
        "best_epoch": best.best_epoch + 1,
        "model": run.config.model.name,
        "parameters": run.model.count_params(),
        "fine_tuned_from": run.fine_tuned_from,
        "skipped": len(data.skipped),
        "skipped_photos": [{"index": one.index, "path": one.name, "reason": one.reason} for one in data.skipped],
        "notes": list(data.notes),
        "cache": data.cache,
        "seed": data.seed,
        "output": str(folder),
        "directory": os.getcwd(),
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        # Weights repeat bit for bit only with the same number of threads.
        "threads": threads(),
    }


def _guess_accuracy(data: ImageData) -> float | None:
    """Return the accuracy of always answering the most frequent class of the validation examples."""
    examples = data.validation_examples
    if examples is None or not examples.one_class_each:
        return None
    counts = examples.counts()
    return round(float(counts.max() / counts.sum()), 4)


def _summary_line(result: dict[str, Any]) -> str:
    """Return one line that says what was saved, how good the best model is, and how to continue."""
    word = "saved" if result["finished"] else "interrupted; saved"
    more = "" if result["finished"] else f"; go on with: {call('train', resume=result['output'])}"
    if not result["best_epoch"]:
        return f"{word} in {result['output']}: model.keras and last.keras, before an epoch was finished{more}"
    names = {"val_accuracy": "validation accuracy", "val_loss": "validation loss"}
    scores = [f", {words} {result[name]}" for name, words in names.items() if result[name] is not None]
    if result["val_accuracy"] is not None and result["guess_accuracy"] is not None:
        scores[0] += f" where guessing gives {result['guess_accuracy']}"
    score = "".join(scores[:1])
    best = f"model.keras (best, epoch {result['best_epoch']}{score})"
    return f"{word} in {result['output']}: {best}, last.keras, history.png{more}"


@dataclasses.dataclass
class _Run:
    """A run while it is trained.

    Args:
        config: its configuration.
        data: its data.
        model: the compiled model.
        head: the model's last layer.
        interrupts: the signals that end it.
        before: how far an earlier process came with it.
        fine_tuned_from: the epoch, from 1, in which the pretrained layers began to learn.
    """

    config: TrainConfig
    data: ImageData
    model: keras.Model
    head: Head
    interrupts: Interrupts
    before: Progress
    fine_tuned_from: int | None = None

    @property
    def yaml(self) -> str:
        """Return the resolved configuration as YAML."""
        return dump(dataclasses.replace(self.config, seed=self.data.seed, resume=None))

    def fit(self, folder: Path) -> tuple[bool, PartCallbacks]:
        """Train both parts, or the rest of them; return whether they were finished, and the last part's callbacks."""
        if self.before.fine_tuned_from is not None:
            return self._fine_tune(folder, self.before.fine_tuned_from, None)
        finished, callbacks = self._part(folder, None, 0, self.config.train.epochs)
        if not finished or not self.config.train.fine_tune_epochs:
            return finished, callbacks
        return self._fine_tune(folder, len(callbacks.record.training_seconds), callbacks)

    def _fine_tune(self, folder: Path, first: int, before: PartCallbacks | None) -> tuple[bool, PartCallbacks]:
        self.fine_tuned_from = first + 1
        thaw(self.model, self.config.model.unfreeze)
        compile_model(self.model, self.config.train, self.head, self.data.steps, fine_tuning=True)
        rate = self.config.train.fine_tune_learning_rate
        parameters = _parameters(self.model)
        say(f"fine-tuning: {parameters}, at a learning rate of {rate:g}; batch normalisation stays as it is")
        end = first + self.config.train.fine_tune_epochs
        return self._part(folder, before, first, end, fine_tuning=True)

    def _part(
        self, folder: Path, before: PartCallbacks | None, first: int, end: int, *, fine_tuning: bool = False
    ) -> tuple[bool, PartCallbacks]:
        callbacks = make_callbacks(
            self.config, self.data, self.head, folder, self.interrupts, before, fine_tuning=fine_tuning
        )
        if self.config.resume is not None:  # change the run directory only after all checks
            tidy(folder)
            write_text(folder / "config.yaml", self.yaml)
        self.interrupts.lost = lambda: _lost_message(callbacks.resume)
        finished = fit(self.config, self.model, callbacks, folder, first, end)
        callbacks.resume.release()
        self.data = callbacks.resume.data
        return finished, callbacks


def train(config: TrainConfig, interrupts: Interrupts | None = None) -> tuple[int, dict[str, Any]]:
    """Train a run.

    Args:
        config: the configuration. `config.data.train` is a folder, and `config.resume`, if given, a run directory.
        interrupts: a handler of signals that the caller has entered; `None` makes one for this call.

    Returns:
        The exit code (0; 1 if training has diverged; 130 after Ctrl-C; 143 after SIGTERM) and the run's record. In all
        cases everything has been saved.

    Raises:
        InputError: the configuration, the folders or the photos cannot be used.
        Interrupted: a signal came before training began.
    """
    if interrupts is None:
        with Interrupts() as own:
            return train(config, own)
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            "python -m pipeline.train runs on Keras' TensorFlow backend, whose fits it can continue at any step; a "
            "model.fit of your own takes the same data on every backend. "
            f"Received: KERAS_BACKEND={keras.backend.backend()}"
        )
    with contextlib.ExitStack() as held:
        held.enter_context(explained(TRAINING))
        if config.resume is not None:
            held.enter_context(run_lock(Path(config.resume)))
        for line in idle_options(config):
            say(f"note: {line}")
        lost = () if config.resume is None else read_lost(Path(config.resume))
        data = build(config.data, config.image, config.loader, config.augment, config.seed, lost=lost)
        data.summary(print_fn=say)
        transfer = config.resume is not None and config.model.is_pretrained
        before = progress_of(Path(str(config.resume))) if transfer else Progress()
        run = _Run(config, data, *_model(config, data, before), interrupts, before)
        if config.resume is None:
            folder = new_run(config.output, config.overwrite, run.yaml)
            held.enter_context(run_lock(folder))
        else:
            folder = Path(config.resume)
        interrupts.hold()  # from here on a signal waits for the end of a step; after the fit for good
        with explained(TRAINING, f"; then go on with: {call('train', resume=str(folder))}"):
            finished, callbacks = run.fit(folder)
            _save(folder, run, callbacks.best)
            result = {"finished": finished, **_record(run, callbacks, folder)}
            write_record(folder, result)
        if finished:
            drop(callbacks.resume.folder, 1)  # for more epochs
        diverged = _first_diverged(folder)
    say(_summary_line(result))
    if diverged:
        say(
            f"warning: the loss is no number from epoch {diverged} on: training has diverged and learns nothing more; "
            f"begin again with a smaller --train.learning_rate than {config.train.learning_rate:g}"
        )
        return interrupts.exit_code or 1, result
    if finished:
        say(f"how good it is, and on which photos it is wrong: {call('evaluate', str(folder))}")
        say(f"what is in new photos: {call('predict', str(folder), 'PHOTO.jpg')}")
    return 0 if finished else interrupts.exit_code, result


def _lost_message(resume: Resume) -> str:
    """Return the message about what is saved if the run is ended at once."""
    run = resume.folder.parent
    if resume.last is None:
        return f"no checkpoint was written yet; --resume {run} begins anew"
    return f"the last checkpoint is {resume.last}; --resume {run} goes on from there"
