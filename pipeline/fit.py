"""One training run, from a configuration whose folders are settled to the files in the run's folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.build import build
from pipeline.callbacks import KeepBest, Record, save_model
from pipeline.checkpoints import drop
from pipeline.cli import dump
from pipeline.config import TrainConfig
from pipeline.data import ImageData
from pipeline.errors import InputError
from pipeline.history import draw_history, read_history
from pipeline.images.load import ATTEMPTS, is_transient, reason
from pipeline.interrupt import Interrupts
from pipeline.machine import threads
from pipeline.models.cnn import build_cnn, compile_model
from pipeline.models.head import Head, head_for
from pipeline.progress import say
from pipeline.resume import Resume
from pipeline.run import locked, new_run, tidy, write_classes, write_record, write_skipped, write_text
from pipeline.verify import read_all, refuse_unreadable

__all__ = ["train"]

CHECKPOINTS = "checkpoints"  # in a run's folder


def _model(config: TrainConfig, data: ImageData) -> tuple[keras.Model, Head]:
    head = head_for(data.label_mode, len(data.class_names))
    keras.utils.set_random_seed(data.seed)
    model = build_cnn(config.model, (*config.image.image_size, config.image.channels), head)
    compile_model(model, config.train, head)
    say(f"model: {model.count_params():,} parameters; {head} (from the labels)")
    return model, head


def _name_unreadable(data: ImageData, error: tf.errors.OpError | UnicodeDecodeError) -> InputError:
    """What a data error in the middle of training means: which photos cannot be read now, if that is it."""
    for examples in (data.train_examples, data.validation_examples):
        if examples is not None:
            refuse_unreadable(read_all(examples, data.image, None, "Looking for the photo"), len(examples))
    return InputError(f"training stopped on an error that no photo explains: {reason(error)}")


def _fit(config: TrainConfig, model: keras.Model, data: ImageData, watching: _Watching) -> bool:
    """Fit; whether it ended by itself, and not by a signal.

    What a network's disk may not say the next time is no reason to end: the fit goes on at the step where it was.
    """
    attempt = 1
    while True:
        try:
            return _fit_once(config, model, data, watching.all)
        except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: a path in it is not UTF-8
            if attempt == ATTEMPTS or not is_transient(error) or not watching.resume.secure():
                raise _name_unreadable(data, error) from error
            say(f"{reason(error)}; going on at the same step ({attempt} of {ATTEMPTS - 1})")
            watching.resume.release()
            time.sleep(2 ** (attempt - 1))
            attempt += 1


def _fit_once(
    config: TrainConfig, model: keras.Model, data: ImageData, callbacks: list[keras.callbacks.Callback]
) -> bool:
    try:
        # stdout carries data only; Keras' progress goes where messages go.
        with contextlib.redirect_stdout(sys.stderr):
            model.fit(
                data.train,
                validation_data=data.validation,
                epochs=config.train.epochs,
                callbacks=callbacks,
                shuffle=False,  # the data set shuffles itself; True only makes Keras warn
                verbose=1 if sys.stderr.isatty() else 2,
            )
    except KeyboardInterrupt:
        return False
    return True


@dataclasses.dataclass(frozen=True)
class _Watching:
    """The callbacks of a run."""

    best: KeepBest
    record: Record
    early: list[keras.callbacks.Callback]
    resume: Resume

    @property
    def all(self) -> list[keras.callbacks.Callback]:
        return [self.best, self.record, *self.early, self.resume]


def _watching(config: TrainConfig, data: ImageData, folder: Path, interrupts: Interrupts) -> _Watching:
    best = KeepBest(folder / "model.keras")
    record = Record(folder / "history.csv", len(data.train_examples))
    early = []
    if config.train.early_stopping is not None:
        monitor = "loss" if data.validation is None else "val_loss"
        early.append(keras.callbacks.EarlyStopping(monitor=monitor, patience=config.train.early_stopping, verbose=1))
    resume = Resume(
        data,
        folder / CHECKPOINTS,
        [best, record, *early],
        steps=config.train.checkpoint_steps,
        minutes=config.train.checkpoint_minutes,
        keep=config.train.checkpoints,
        interrupts=interrupts,
    )
    if resume.found() is None:  # what is there of a run before its first checkpoint is made anew
        record.history.cut(0)
    return _Watching(best, record, early, resume)


def _save(folder: Path, model: keras.Model, data: ImageData, best: KeepBest) -> None:
    write_classes(folder, data.class_names, data.label_mode)
    write_skipped(folder, data.skipped)
    save_model(model, folder / "last.keras")
    if best.best is None:  # interrupted in the first epoch: the last state is the best there is
        save_model(model, folder / "model.keras")
        return
    if not (folder / "model.keras").exists():
        say(f"warning: {folder / 'model.keras'} of epoch {best.best_epoch + 1} is gone; the last model takes its place")
        save_model(model, folder / "model.keras")
    draw_history(read_history(folder / "history.csv"), folder / "history.png")


def _record(data: ImageData, watching: _Watching, folder: Path) -> dict[str, Any]:
    best, record = watching.best, watching.record
    has_score = best.best is not None and data.validation is not None
    return {
        "examples": len(data.train_examples),
        "validation_examples": 0 if data.validation_examples is None else len(data.validation_examples),
        "classes": list(data.class_names),
        "epochs": len(record.training_seconds),
        "steps": data.steps,
        "seconds": round(record.seconds, 2),
        "images_per_second": round(record.images_per_second, 1),
        "val_accuracy": round(best.best, 4) if has_score and best.best is not None else None,
        "best_epoch": best.best_epoch + 1,
        "skipped": len(data.skipped),
        "skipped_photos": [dataclasses.asdict(bad) for bad in data.skipped],
        "cache": data.cache,
        "seed": data.seed,
        "output": str(folder),
        "directory": os.getcwd(),
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        # Weights repeat bit for bit at the same number of threads only.
        "threads": threads(),
    }


def _farewell(result: dict[str, Any]) -> str:
    """Where what was saved, how good it is, and how to go on, in one line."""
    word = "saved" if result["finished"] else "interrupted; saved"
    more = (
        "" if result["finished"] else f"; go on with: python -m pipeline.train --resume {shlex.quote(result['output'])}"
    )
    if not result["best_epoch"]:
        return f"{word} in {result['output']}: model.keras and last.keras, before an epoch was finished{more}"
    score = "" if result["val_accuracy"] is None else f", validation accuracy {result['val_accuracy']}"
    best = f"model.keras (best, epoch {result['best_epoch']}{score})"
    return f"{word} in {result['output']}: {best}, last.keras, history.png{more}"


def train(config: TrainConfig, interrupts: Interrupts | None = None) -> tuple[int, dict[str, Any]]:
    """Train as configured.

    Args:
        config: `config.data.train` names a folder; `config.resume`, where it is given, one with a `run.json`.
        interrupts: entered by the caller; `None`: for this call alone.

    Returns:
        (exit code: 0, 130 after Ctrl-C or 143 after SIGTERM, both with everything saved; the run's record).

    Raises:
        InputError: something in the configuration, the folders or the photos cannot be used.
        Interrupted: a signal came before training began.
    """
    if interrupts is None:
        with Interrupts() as own:
            return train(config, own)
    with contextlib.ExitStack() as held:
        if config.resume is not None:
            held.enter_context(locked(Path(config.resume)))
        data = build(config.data, config.image, config.loader, config.augment, config.seed)
        data.summary(print_fn=say)
        model, _ = _model(config, data)
        text = dump(dataclasses.replace(config, seed=data.seed, resume=None))
        if config.resume is None:
            folder = new_run(config.output, config.overwrite, text)
            held.enter_context(locked(folder))
        else:
            folder = Path(config.resume)
        interrupts.hold()  # from here on a signal waits for the end of a step; after the fit for good
        watching = _watching(config, data, folder, interrupts)
        if config.resume is not None:  # and nothing speaks against it
            tidy(folder)
            write_text(folder / "config.yaml", text)
        interrupts.lost = lambda: _lost(watching.resume)
        finished = _fit(config, model, data, watching)
        watching.resume.release()
        _save(folder, model, data, watching.best)
        result = {"finished": finished, **_record(data, watching, folder)}
        write_record(folder, result)
        if finished:
            drop(watching.resume.folder, 1)  # for more epochs
    say(_farewell(result))
    return 0 if finished else interrupts.exit_code, result


def _lost(resume: Resume) -> str:
    """What a run has that is ended at once."""
    if resume.last is None:
        return f"no checkpoint was written yet; --resume {resume.folder.parent} begins anew"
    return f"the last checkpoint is {resume.last}; --resume {resume.folder.parent} goes on from there"
