"""One training run, from a configuration whose folders are settled to the files in the run's folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.build import build
from pipeline.callbacks import KeepBest, PinEpoch, Record, save_model
from pipeline.cli import dump
from pipeline.config import TrainConfig
from pipeline.data import ImageData
from pipeline.errors import InputError
from pipeline.history import draw_history, read_history
from pipeline.images.load import reason
from pipeline.interrupt import Interrupts
from pipeline.models.cnn import build_cnn, compile_model
from pipeline.models.head import Head, head_for
from pipeline.progress import say
from pipeline.run import new_run, write_classes, write_record, write_skipped
from pipeline.verify import read_all, refuse_unreadable

__all__ = ["train"]


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


def _fit(config: TrainConfig, model: keras.Model, data: ImageData, callbacks: list[keras.callbacks.Callback]) -> bool:
    """Fit; whether it ended by itself, and not by a signal."""
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
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: a path in it is not UTF-8
        raise _name_unreadable(data, error) from error
    return True


def _callbacks(
    config: TrainConfig, data: ImageData, folder: Path, interrupts: Interrupts
) -> tuple[KeepBest, Record, list[Any]]:
    best = KeepBest(folder / "model.keras")
    record = Record(folder / "history.csv", len(data.train_examples))
    # An epoch's end is written whole: the best model, and the history that says so.
    hold = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: interrupts.hold())
    release = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: interrupts.release())
    callbacks: list[Any] = [PinEpoch(data.epoch), hold, best, record, release]
    if config.train.early_stopping is not None:
        monitor = "loss" if data.validation is None else "val_loss"
        callbacks.append(
            keras.callbacks.EarlyStopping(monitor=monitor, patience=config.train.early_stopping, verbose=1)
        )
    return best, record, callbacks


def _save(folder: Path, model: keras.Model, data: ImageData, best: KeepBest) -> None:
    write_classes(folder, data.class_names, data.label_mode)
    write_skipped(folder, data.skipped)
    save_model(model, folder / "last.keras")
    if best.best is None:  # interrupted in the first epoch: the last state is the best there is
        save_model(model, folder / "model.keras")
        return
    draw_history(read_history(folder / "history.csv"), folder / "history.png")


def _record(data: ImageData, best: KeepBest, record: Record, seconds: float, folder: Path) -> dict[str, Any]:
    has_score = best.best is not None and data.validation is not None
    return {
        "examples": len(data.train_examples),
        "validation_examples": 0 if data.validation_examples is None else len(data.validation_examples),
        "classes": list(data.class_names),
        "epochs": len(record.training_seconds),
        "steps": data.steps,
        "seconds": round(seconds, 2),
        "images_per_second": round(record.images_per_second, 1),
        "val_accuracy": round(best.best, 4) if has_score and best.best is not None else None,
        "best_epoch": best.best_epoch + 1,
        "skipped": len(data.skipped),
        "skipped_photos": [dataclasses.asdict(bad) for bad in data.skipped],
        "cache": data.cache,
        "seed": data.seed,
        "output": str(folder),
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        # Weights repeat bit for bit at the same number of threads only.
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
    }


def _farewell(result: dict[str, Any]) -> str:
    """Where what was saved, and how good it is, in one line."""
    word = "saved" if result["finished"] else "interrupted; saved"
    if not result["best_epoch"]:
        return f"{word} in {result['output']}: model.keras and last.keras, before an epoch was finished"
    score = "" if result["val_accuracy"] is None else f", validation accuracy {result['val_accuracy']}"
    best = f"model.keras (best, epoch {result['best_epoch']}{score})"
    return f"{word} in {result['output']}: {best}, last.keras, history.png"


def train(config: TrainConfig) -> tuple[int, dict[str, Any]]:
    """Train as configured.

    Args:
        config: `config.data.train` names a folder.

    Returns:
        (exit code: 0, 130 after Ctrl-C or 143 after SIGTERM, both with everything saved; the run's record).

    Raises:
        InputError: something in the configuration, the folders or the photos cannot be used.
    """
    data = build(config.data, config.image, config.loader, config.augment, config.seed)
    data.summary(print_fn=say)
    model, _ = _model(config, data)
    folder = new_run(config.output, config.overwrite, dump(dataclasses.replace(config, seed=data.seed)))
    with Interrupts() as interrupts:
        best, record, callbacks = _callbacks(config, data, folder, interrupts)
        begun = time.perf_counter()
        finished = _fit(config, model, data, callbacks)
        seconds = time.perf_counter() - begun
        interrupts.hold()  # for good: what comes now finds the run ending
        _save(folder, model, data, best)
        result = {"finished": finished, **_record(data, best, record, seconds, folder)}
        write_record(folder, result)
    say(_farewell(result))
    return 0 if finished else interrupts.exit_code, result
