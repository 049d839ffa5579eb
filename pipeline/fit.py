"""One training run, from a configuration whose folders are settled to the files in the run's folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
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
from pipeline.models.cnn import build_cnn, compile_model
from pipeline.models.head import Head, head_for
from pipeline.progress import say
from pipeline.run import new_run, write_classes, write_record, write_skipped
from pipeline.verify import read_all, refuse_unreadable

__all__ = ["train"]

INTERRUPTED = 130
TERMINATED = 143


class _Terminated(KeyboardInterrupt):
    """SIGTERM came: like Ctrl-C, with an exit code of its own."""


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _model(config: TrainConfig, data: ImageData) -> tuple[keras.Model, Head]:
    head = head_for(data.label_mode, len(data.class_names))
    keras.utils.set_random_seed(data.seed)
    model = build_cnn(config.model, (*config.image.image_size, config.image.channels), head)
    compile_model(model, config.train, head)
    say(f"model: {model.count_params():,} parameters; {head} (from the labels)")
    return model, head


def _name_unreadable(data: ImageData, error: tf.errors.OpError) -> InputError:
    """What a data error in the middle of training means: which photos cannot be read now, if that is it."""
    for examples in (data.train_examples, data.validation_examples):
        if examples is not None:
            refuse_unreadable(read_all(examples, data.image, None, "Looking for the photo"), len(examples))
    return InputError(f"training stopped on an error that no photo explains: {reason(error)}")


def _fit(
    config: TrainConfig, model: keras.Model, data: ImageData, callbacks: list[keras.callbacks.Callback]
) -> int:
    """Fit; the exit code says how it ended."""
    try:
        # stdout carries data only; Keras' progress goes where messages go.
        with contextlib.redirect_stdout(sys.stderr), _sigterm_interrupts():
            model.fit(
                data.train,
                validation_data=data.validation,
                epochs=config.train.epochs,
                callbacks=callbacks,
                shuffle=False,  # the data set shuffles itself; True only makes Keras warn
                verbose=1 if sys.stderr.isatty() else 2,
            )
    except KeyboardInterrupt as interrupt:
        return TERMINATED if isinstance(interrupt, _Terminated) else INTERRUPTED
    except tf.errors.OpError as error:
        raise _name_unreadable(data, error) from error
    return 0


def _callbacks(config: TrainConfig, data: ImageData, folder: Path) -> tuple[KeepBest, Record, list[Any]]:
    best = KeepBest(folder / "model.keras")
    record = Record(folder / "history.csv", len(data.train_examples))
    callbacks: list[Any] = [PinEpoch(data.epoch), best, record]
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
    best, record, callbacks = _callbacks(config, data, folder)
    begun = time.perf_counter()
    code = _fit(config, model, data, callbacks)
    seconds = time.perf_counter() - begun
    _save(folder, model, data, best)
    result = {"finished": code == 0, **_record(data, best, record, seconds, folder)}
    write_record(folder, result)
    word = "saved" if code == 0 else "interrupted; saved"
    score = "" if result["val_accuracy"] is None else f", validation accuracy {result['val_accuracy']}"
    say(
        f"{word} in {folder}: model.keras (best, epoch {result['best_epoch']}{score}), last.keras, history.png"
    )
    return code, result
