"""Read the configuration of a run that is continued, and refuse changes that it must not have."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.config import FitConfig, TrainConfig
from pipeline.console.arguments import parse
from pipeline.console.how_to import option
from pipeline.errors import InputError, MissingPathError
from pipeline.runs.run_folder import CHECKPOINTS, FINE_TUNING, check_not_begun, path_from_here, read_record
from pipeline.runtime.progress import say

__all__ = ["Read", "continued", "ended"]

# A function that returns the configuration of a YAML file, or `None`, and of the given arguments or keywords.
Read = Callable[[str | None], TrainConfig]
# Fields that affect no batch and no weight, so they may change when a run is continued.
FREE = (
    *("resume", "train.epochs", "train.fine_tune_epochs"),
    *("data.train", "data.validation", "data.verify", "data.max_bad"),
)
FREE_GROUPS = ("train.checkpoint", "loader.cache")


def _differing(before: object, after: object, prefix: str = "") -> Iterator[str]:
    """Yield the dotted names of the fields that differ."""
    for field in dataclasses.fields(before):  # type: ignore[arg-type]  # a dataclass
        name, one, other = prefix + field.name, getattr(before, field.name), getattr(after, field.name)
        if dataclasses.is_dataclass(one):
            yield from _differing(one, other, name + ".")
        elif one != other:
            yield name


def _check_epochs(folder: Path, before: FitConfig, after: FitConfig) -> None:
    """Refuse fewer epochs than are finished, and other epochs for a part that has ended.

    Raises:
        InputError: the number of epochs is not allowed, or the checkpoints are missing.
    """
    from pipeline.runs.checkpoints import reached

    head, tuned = reached(folder / CHECKPOINTS), reached(folder / FINE_TUNING)
    if head is None:
        check_not_begun(folder)
        return
    if tuned is not None and after.epochs != before.epochs:
        raise InputError(
            f"train.epochs counts the epochs before fine-tuning, which has begun; train.fine_tune_epochs, which is "
            f"{before.fine_tune_epochs}, may grow. Received: {after.epochs}"
        )
    parts = [("epochs", head, 0)] if tuned is None else [("fine_tune_epochs", tuned, head[0])]
    for name, (epoch, step), first in parts:
        done, asked = epoch - first + (step > 0), getattr(after, name)
        if asked < done and asked != getattr(before, name):
            raise InputError(f"train.{name} must be at least {done}, so many are done or begun. Received: {asked}")


def continued(run: str, read: Read) -> tuple[TrainConfig, FitConfig]:
    """Return the configuration of a run that is continued, and its `train` group before.

    Args:
        run: the run directory.
        read: returns the configuration with the given arguments.

    Raises:
        InputError: the folder is not a run directory, or a field was given that must not change.
    """
    directory = str(read_record(Path(run)).get("directory", "."))
    own = str(Path(run) / "config.yaml")
    before = parse(TrainConfig, ["--config", own], prog="python -m pipeline.train", description="")
    after = read(own)
    changed = [name for name in _differing(before, after) if name not in FREE and not name.startswith(FREE_GROUPS)]
    if changed:
        raise InputError(
            f"--resume goes on with the configuration of {run!r}; {', '.join(changed)} may not be given beside it"
        )
    _check_epochs(Path(run), before.train, after.train)
    if not os.access(run, os.W_OK):
        raise InputError(f"the run's folder cannot be written to: {run!r}: permission denied")
    train, validation, cache = (
        path_from_here(was, directory) if now == was else now
        for was, now in (
            (before.data.train, after.data.train),
            (before.data.validation, after.data.validation),
            (before.loader.cache_folder, after.loader.cache_folder),
        )
    )
    model = before.model
    if model.file is not None:
        model = dataclasses.replace(model, weights=path_from_here(model.file, directory))
    data = dataclasses.replace(after.data, train=train, validation=validation)
    if data.dataset is not None:
        return dataclasses.replace(after, data=data), before.train
    if data.train is None or not os.path.isdir(data.train):
        raise MissingPathError(
            f"the photos of {run!r} are not in {data.train!r} any more; say where they are now with "
            f"{option('data.train', 'DIR')}"
        )
    loader = dataclasses.replace(after.loader, cache_folder=cache)
    return dataclasses.replace(after, data=data, loader=loader, model=model), before.train


def ended(config: TrainConfig, before: FitConfig) -> dict[str, Any] | None:
    """Return the record of a run that has ended and has no more epochs to train; `None` if it can be continued.

    If the run has ended, a message says what to do for more epochs.
    """
    record = read_record(Path(config.resume or ""))
    if not record.get("finished"):
        return None
    epochs, tuned = record.get("epochs", 0), record.get("fine_tuned_from")
    name, had = ("epochs", epochs) if tuned is None else ("fine_tune_epochs", epochs - tuned + 1)
    planned = getattr(before, name)
    more_tuning = config.train.fine_tune_epochs > before.fine_tune_epochs
    if had < planned and not (tuned is None and more_tuning):
        say(f"{config.resume} is finished: train.early_stopping ended it after {had} of {planned} epochs")
        return record
    if config.train.epochs > before.epochs or more_tuning:
        return None
    say(f"{config.resume} is finished; give it more epochs with {option(f'train.{name}', 'N')} (it had {had})")
    return record
