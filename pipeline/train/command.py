"""The command `python -m pipeline.train`: photos in, trained classifier out."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.config import DataConfig, FitConfig, TrainConfig
from pipeline.console.arguments import parse, value_of
from pipeline.console.how_to import option
from pipeline.console.streams import JSON, print_answer
from pipeline.errors import InputError, MissingPathError
from pipeline.files.output_folder import check_outside
from pipeline.models.weights_file import weights_file
from pipeline.runs.run_folder import (
    CHECKPOINTS,
    FINE_TUNING,
    RUNS,
    check_not_begun,
    check_output,
    from_there,
    read_record,
)
from pipeline.runtime.interrupt import DEADLINE, Interrupts
from pipeline.runtime.progress import progress, say

__all__ = ["Read", "main", "ready", "refuse_dataset", "run", "settle_folders"]

# A YAML file, or none, to the configuration of it and of what was given beside it: arguments, or keywords.
Read = Callable[[str | None], TrainConfig]

DESCRIPTION = (
    "Train a classifier on photos, one folder a class. Without a folder it draws a sample of cats and dogs "
    "and trains on that. Progress goes to stderr; the last line on stdout is one JSON object."
)
DATA = Path("data")
DEFAULT_SPLIT = 0.2
# What decides on no batch and no weight, and so may change when a run is continued.
FREE = (
    *("resume", "train.epochs", "train.fine_tune_epochs"),
    *("data.train", "data.validation", "data.verify", "data.max_bad"),
)
FREE_GROUPS = ("train.checkpoint", "loader.cache")


def _sample(data: DataConfig) -> DataConfig:
    """The drawn sample's folders; it is drawn the first time."""
    from pipeline.sources.sample import DEFAULT_TRAIN, DEFAULT_VALIDATION, draw_sample

    with progress("Drawing the sample (first time only)", DEFAULT_TRAIN + DEFAULT_VALIDATION) as advance:
        folder = draw_sample(DATA / "sample", progress=advance)
    say(
        f"data: the drawn sample in {folder} (drawn, not photographed); {option('data.train', 'DIR')} takes your own "
        "photos"
    )
    if data.validation is not None or data.shares is not None:
        return dataclasses.replace(data, train=str(folder / "train"))
    return dataclasses.replace(data, train=str(folder / "train"), validation=str(folder / "validation"))


def _downloaded(data: DataConfig) -> DataConfig:
    from pipeline.sources.download import download_cats_and_dogs

    folder = download_cats_and_dogs(DATA)
    return dataclasses.replace(data, train=str(folder / "train"), validation=str(folder / "validation"))


def _with_dataset(data: DataConfig) -> DataConfig:
    """The data set that is there: a run's configuration then names what it was trained on, and `--resume` finds it."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.sources.public import FALLBACK, load_public

    if data.dataset not in FALLBACK:
        return data
    return dataclasses.replace(data, dataset=load_public(data.dataset).name)  # type: ignore[arg-type]  # a data set's


def refuse_dataset(data: DataConfig, command: str) -> None:
    """Refuse a data set of arrays, for a command that reads photos' files.

    Raises:
        InputError: `data.dataset` names one.
    """
    if data.dataset is not None:
        raise InputError(
            f"{command} reads photos in folders, and data.dataset names arrays, which have no files: use "
            f'pipeline.train, or name a folder with data.train (--data.dataset null). Received: "{data.dataset}"'
        )


def settle_folders(data: DataConfig) -> DataConfig:
    """The folders that are read: those named, the public set where it is asked for, or the drawn sample.

    A data set of arrays needs none; one that another stands in for becomes the other.

    Raises:
        MissingPathError: a folder that is named is not there.
    """
    if data.dataset is not None:
        return _with_dataset(data)
    if data.download and (data.train is None or not os.path.isdir(data.train)):
        return _downloaded(data)
    if data.train is None:
        return _sample(data)
    if not os.path.exists(data.train):
        raise MissingPathError(
            f"data.train: there is no folder {data.train!r}. Point to yours with "
            f"{option('data.train', 'DIR')} {option('data.validation', 'DIR')}, or fetch the public cats and dogs "
            f"(69 MB) with {option('data.download', 'true')}"
        )
    if data.validation is not None and not os.path.exists(data.validation):
        raise MissingPathError(
            f"data.validation: there is no folder {data.validation!r}. Point to yours with "
            f"{option('data.validation', 'DIR')}, or keep {DEFAULT_SPLIT:.0%} of the training photos for it with "
            f"{option('data.validation', 'null')}"
        )
    if data.validation is None and data.shares is None:
        say(f"data: no validation photos named, so {DEFAULT_SPLIT:.0%} of the training photos are kept for it")
        return dataclasses.replace(data, validation_split=DEFAULT_SPLIT)
    return data


def _parse(arguments: Sequence[str]) -> TrainConfig:
    return parse(TrainConfig, arguments, prog="python -m pipeline.train", description=DESCRIPTION)


def _differing(before: object, after: object, prefix: str = "") -> Iterator[str]:
    """Dotted names of the fields that differ."""
    for field in dataclasses.fields(before):  # type: ignore[arg-type]  # a dataclass
        name, one, other = prefix + field.name, getattr(before, field.name), getattr(after, field.name)
        if dataclasses.is_dataclass(one):
            yield from _differing(one, other, name + ".")
        elif one != other:
            yield name


def _check_epochs(folder: Path, before: FitConfig, after: FitConfig) -> None:
    """Refuse fewer epochs than are done, and more of the part that is over.

    Raises:
        InputError: it must be refused, or there is nothing to go on from.
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
    """The configuration of a run that is continued, and its fit's before.

    Args:
        run: its folder.
        read: gives the configuration with what was given.

    Raises:
        InputError: it is no run, or something is given that may not change.
    """
    directory = str(read_record(Path(run)).get("directory", "."))
    own = str(Path(run) / "config.yaml")
    before = _parse(["--config", own])
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
        from_there(was, directory) if now == was else now
        for was, now in (
            (before.data.train, after.data.train),
            (before.data.validation, after.data.validation),
            (before.loader.cache_folder, after.loader.cache_folder),
        )
    )
    model = before.model
    if model.file is not None:
        model = dataclasses.replace(model, weights=from_there(model.file, directory))
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


def _ended(config: TrainConfig, before: FitConfig) -> dict[str, Any] | None:
    """The record of the run that is to be continued, if it goes on no more; which is said, with the way out."""
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


def _configuration(config: TrainConfig) -> TrainConfig:
    check_output(config.output, config.overwrite)
    config = dataclasses.replace(config, data=settle_folders(config.data))
    check_outside("output", config.output or RUNS, [config.data.train, config.data.validation])
    weights_file(config.model)  # refused before the photos are read
    return config


def ready(read: Read, resume: str | None) -> tuple[TrainConfig, dict[str, Any] | None]:
    """Return the configuration that `run` takes; and, of a run that goes on no more, the record that it has.

    Args:
        read: gives the configuration with what was given.
        resume: the folder of a run to go on with.

    Raises:
        InputError: something in it cannot be used.
    """
    if resume is None:
        return _configuration(read(None)), None
    config, before = continued(os.path.expanduser(resume), read)
    return config, _ended(config, before)


def run(config: TrainConfig, interrupts: Interrupts) -> tuple[int, dict[str, Any]]:
    """Import TensorFlow and train; see `pipeline.runs.fit.train`."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.runs.fit import train

    return train(config, interrupts)


def main() -> int:
    """Run the command; the result is its exit code."""
    arguments = sys.argv[1:]
    resume = value_of(TrainConfig, arguments, "resume")

    def read(file: str | None) -> TrainConfig:
        return _parse([*([] if file is None else ["--config", file]), *arguments])

    config, ended = ready(read, resume if isinstance(resume, str) else None)
    if ended is not None:
        print_answer(ended, json=JSON in arguments)
        return 0
    with Interrupts(DEADLINE) as interrupts:
        try:
            code, record = run(config, interrupts)
        except BaseException:
            if interrupts.received is None:
                raise
            say("interrupted before training began; nothing was saved")
            return interrupts.exit_code
    print_answer(record, json=JSON in arguments)
    return code
