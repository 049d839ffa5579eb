"""Train one part of a run with its callbacks, or continue it from its checkpoint. A run has one or two parts.

The first part trains the network, or only the new head of a pretrained network. The second part, if requested,
fine-tunes the pretrained layers. Each part has its own checkpoints, since their optimizers have different variables.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pipeline.builders.build import build
from pipeline.config import FitConfig, TrainConfig
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.files.shortage import shortage
from pipeline.images.load import ATTEMPTS, fault_of, reason
from pipeline.models.head import Head
from pipeline.reading.lost import Lost, read_lost, write_lost
from pipeline.reading.reader import ImageReader
from pipeline.reading.unreadable import refuse_too_many, refuse_unreadable
from pipeline.reading.verify import read_all
from pipeline.runs.callbacks import Averaged, KeepBest, Record, shown_steps
from pipeline.runs.checkpoints import load_last
from pipeline.runs.resume import Resume
from pipeline.runs.run_folder import CHECKPOINTS, FINE_TUNING, check_not_begun
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import is_terminal, messages, say

__all__ = [
    "PartCallbacks",
    "Progress",
    "fit",
    "kept_checkpoints",
    "make_callbacks",
    "name_unreadable",
    "progress_of",
]

TENSORBOARD = "tensorboard"
PLATEAU_FACTOR = 1 / 3


def kept_checkpoints(folder: Path, *, fine_tuning: bool) -> Path:
    """Return the folder of a part's checkpoints in a run directory."""
    return folder / (FINE_TUNING if fine_tuning else CHECKPOINTS)


@dataclasses.dataclass(frozen=True)
class Progress:
    """The progress of a run when its last process ended.

    Args:
        begun: whether there is a checkpoint to continue from.
        fine_tuned_from: the epoch, from 0, in which fine-tuning began; `None` if it has not begun.
    """

    begun: bool = False
    fine_tuned_from: int | None = None


def progress_of(folder: Path) -> Progress:
    """Return the progress of a run by its checkpoints.

    The epoch in which fine-tuning began is the one of the first part's last checkpoint, which is kept.

    Raises:
        InputError: fine-tuning has begun, and the first part's last checkpoint is missing.
    """
    before = load_last(kept_checkpoints(folder, fine_tuning=False))
    if load_last(kept_checkpoints(folder, fine_tuning=True)) is None:
        return Progress(before is not None)
    if before is None:
        raise InputError(
            f"the checkpoint in {str(kept_checkpoints(folder, fine_tuning=False))!r}, with which fine-tuning began, is "
            "gone: the run cannot go on; begin anew with the same config.yaml"
        )
    return Progress(True, before.epoch)


@dataclasses.dataclass(frozen=True)
class PartCallbacks:
    """The callbacks of a part.

    Args:
        best: keeps the best epoch's model.
        record: writes the history.
        others: the callbacks that the configuration asks for.
        resume: writes checkpoints; it must be the last one.
    """

    best: KeepBest
    record: Record
    others: list[keras.callbacks.Callback]
    resume: Resume

    @property
    def all(self) -> list[keras.callbacks.Callback]:
        """Return the callbacks in the order in which they are called."""
        return [*self.others, self.best, self.record, self.resume]


def _configured_callbacks(train: FitConfig, data: ImageData, folder: Path) -> list[keras.callbacks.Callback]:
    """Return the callbacks that the configuration asks for, in the order in which they are called."""
    monitor = "loss" if data.validation is None else "val_loss"
    callbacks: list[keras.callbacks.Callback] = []
    if train.ema is not None:
        callbacks.append(Averaged())
    if train.schedule == "plateau":
        end = train.final_learning_rate if train.final_learning_rate is not None else 0.0
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor=monitor, factor=PLATEAU_FACTOR, patience=train.plateau_patience, min_lr=end
            )
        )
    if train.early_stopping is not None:
        callbacks.append(keras.callbacks.EarlyStopping(monitor=monitor, patience=train.early_stopping, verbose=1))
    if train.tensorboard:
        callbacks.append(_tensorboard(folder / TENSORBOARD))
    return callbacks


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            "train.tensorboard writes logs for TensorBoard, which is not installed: pip install tensorboard, or leave "
            "it off (history.csv and history.png are written in any case)"
        )
    return keras.callbacks.TensorBoard(folder, write_graph=False)


def make_callbacks(
    config: TrainConfig,
    data: ImageData,
    head: Head,
    folder: Path,
    interrupts: Interrupts,
    before: PartCallbacks | None = None,
    *,
    fine_tuning: bool = False,
) -> PartCallbacks:
    """Return the callbacks of a part; the best model and the record continue those of the part `before`."""
    train = config.train
    others = _configured_callbacks(train, data, folder)
    averaged = next((one for one in others if isinstance(one, Averaged)), None)
    best = before.best if before else KeepBest(folder / "model.keras", head.monitor)
    best.averaged = averaged
    record = before.record if before else Record(folder / "history.csv", len(data.train_examples))
    resume = Resume(
        data,
        kept_checkpoints(folder, fine_tuning=fine_tuning),
        [one for one in (*others, best, record) if not isinstance(one, keras.callbacks.TensorBoard)],
        steps=train.checkpoint_steps,
        minutes=train.checkpoint_minutes,
        keep=train.checkpoints,
        interrupts=interrupts,
    )
    if resume.found() is None and not fine_tuning:
        if config.resume is not None:
            check_not_begun(folder)
            say(f"{folder} has no checkpoint yet: beginning anew")
        # A run without a checkpoint begins again, with a new history.
        record.history.path.unlink(missing_ok=True)
    return PartCallbacks(best, record, others, resume)


def fit(config: TrainConfig, model: keras.Model, callbacks: PartCallbacks, folder: Path, first: int, end: int) -> bool:
    """Train the epochs from `first` to `end`, counted from 0, and return False if a signal ended the training.

    After a transient error, such as one of a network file system, training continues at the same step. With
    `on_error="skip"` it also continues without a photo that cannot be read any more; `callbacks.resume.data` are then
    the data without that photo.

    Raises:
        InputError: a photo cannot be read any more, or another error ended the training.
    """
    attempt, resume = 1, callbacks.resume
    while True:
        try:
            return _fit_once(config, model, resume.data, callbacks, first, end)
        except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter if a path in the message is not UTF-8
            if shortage(error) is not None:
                raise
            retry = attempt < ATTEMPTS and fault_of(error).kind == "may_pass"
            if not (retry or config.data.on_error == "skip") or not resume.secure():
                raise name_unreadable(resume.data, error) from error
            if retry:
                say(f"{reason(error)}; going on at the same step ({attempt} of {ATTEMPTS - 1})")
                time.sleep(2 ** (attempt - 1))
                attempt += 1
            else:
                resume.data, attempt = _without_lost(config, resume.data, folder, error), 1
            resume.release()


def _without_lost(config: TrainConfig, data: ImageData, run: Path, error: Exception) -> ImageData:
    """Return the data without the photos that cannot be read any more, and list these in the run directory.

    Raises:
        InputError: all photos can be read, or too many cannot.
    """
    train, validation = data.train_examples, data.validation_examples
    title = "Looking for the photo"
    found = read_all(ImageReader(train.source, data.image), None, title)
    bad = [one for one in found if one.name not in train.lost]
    measured = [] if validation is None else read_all(ImageReader(validation.source, data.image), None, title)
    if not bad and not measured:
        raise InputError(f"training stopped on an error that no photo explains: {reason(error)}") from error
    sides = (train, validation, data.test_examples)
    count = sum(len(side) for side in sides if side is not None) + len(data.skipped)
    refuse_too_many([*data.skipped, *bad, *measured], count, config.data.max_bad)
    for one in bad:
        say(f"warning: {one.name}: {one.reason}; going on without it: another photo of its class takes its place")
    for one in measured:
        say(f"warning: {one.name}: {one.reason}; validation goes on without it")
    root = str(config.data.train)
    # If a share of the training photos is for validation, lost ones are listed too, so that the split stays the same.
    drawn = measured if config.data.shares is not None else []
    new = [Lost(os.path.relpath(one.name, root), int(data.sizes[one.index]), one.reason) for one in bad]
    new += [Lost(os.path.relpath(one.name, root), -1, one.reason) for one in drawn]
    lost = (*read_lost(run), *new)
    write_lost(run, lost)
    rebuilt = build(config.data, config.image, config.loader, config.augment, data.seed, lost=lost)
    rebuilt.identity.refuse_other(dataclasses.asdict(data.identity))
    return rebuilt


def _fit_once(
    config: TrainConfig, model: keras.Model, data: ImageData, callbacks: PartCallbacks, first: int, end: int
) -> bool:
    weights: dict[str, Any] = {"class_weight": data.class_weight} if config.train.class_weight else {}
    try:
        # stdout carries data only, so Keras' progress goes to the stream of messages.
        with contextlib.redirect_stdout(messages()), shown_steps(data.steps) as shown:
            # Endless streams are used, because a new iterator for each epoch would take as long as a step.
            model.fit(
                callbacks.resume.stream(first),
                steps_per_epoch=data.steps,
                validation_data=data.validation_stream,
                validation_steps=data.validation_steps or None,
                initial_epoch=first,
                epochs=end,
                callbacks=[*shown, *callbacks.all],
                shuffle=False,  # the data set shuffles itself; with True, Keras would print a warning
                verbose=1 if is_terminal(messages()) else 2,
                **weights,
            )
    except KeyboardInterrupt:
        return False
    return True


def name_unreadable(data: ImageData, error: tf.errors.OpError | UnicodeDecodeError) -> InputError:
    """Return the error to raise for a data error during training; it names the photos that cannot be read now."""
    for examples in (data.train_examples, data.validation_examples):
        if examples is not None:
            try:
                reader = ImageReader(examples.source, data.image)
                refuse_unreadable(read_all(reader, None, "Looking for the photo"), len(examples))
            except InputError as found:
                raise InputError(
                    f"{found}. This run goes on with --resume once they can be read again; on_error is for a new run"
                ) from None
    return InputError(f"training stopped on an error that no photo explains: {reason(error)}")
