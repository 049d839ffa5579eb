"""Which runs are meant, and what their folders say; what is missing or damaged in one is named, and the rest read."""

from __future__ import annotations

import dataclasses
import functools
import glob
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.compare.parameters import count_parameters
from pipeline.errors import InputError
from pipeline.runs.history import best_row, read_history
from pipeline.runs.run_folder import RECORD, from_there, read_record
from pipeline.runs.trained_run import MODEL, read_classes, read_config

__all__ = ["Run", "find_runs", "read"]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run's folder.

    Args:
        name: the folder, as it was given.
        record: its `run.json`; empty where that is damaged.
        config: its configuration by dotted names, paths as meant from here; `None` where that is damaged.
        rows: its `history.csv`, an epoch a row; empty before the first epoch, and where it is damaged.
        problems: what is missing or damaged, one line each.
    """

    name: str
    record: dict[str, Any]
    config: dict[str, Any] | None
    rows: tuple[dict[str, float], ...]
    problems: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.record.get("finished") is True

    @property
    def epochs(self) -> int:
        """How many it has done."""
        return len(self.rows) or int(_number(self.record, "epochs") or 0)

    @functools.cached_property
    def best_epoch(self) -> int | None:
        """The epoch whose model was kept, from 1: as the run says, or where it has not ended, what it will say: highest
        validation accuracy, of equals the lowest validation loss; or lowest loss without validation.
        """
        recorded = int(_number(self.record, "best_epoch") or 0) or None
        if not self.rows or recorded in [int(row["epoch"]) for row in self.rows]:
            return recorded
        best = best_row(self.rows)
        return None if best is None else int(best["epoch"])

    @property
    def validated(self) -> bool:
        """Whether there is a validation accuracy."""
        return bool(self.rows) and all("val_accuracy" in row for row in self.rows)

    @property
    def val_accuracy(self) -> float | None:
        """Of the model that was kept."""
        if not self.validated:
            return _number(self.record, "val_accuracy")
        return next((row["val_accuracy"] for row in self.rows if row["epoch"] == self.best_epoch), None)

    @property
    def accuracy(self) -> float | None:
        """Of the training photos, in the last epoch."""
        return self.rows[-1].get("accuracy") if self.rows else None

    @property
    def gap(self) -> float | None:
        """Training less validation accuracy in the last epoch: what overfitting shows itself by."""
        if not self.validated or self.accuracy is None:
            return None
        return self.accuracy - self.rows[-1]["val_accuracy"]

    @property
    def seconds(self) -> float | None:
        """That training took, validation included."""
        if self.rows and all("seconds" in row for row in self.rows):
            return sum(row["seconds"] for row in self.rows)
        return _number(self.record, "seconds")

    @property
    def images_per_second(self) -> float | None:
        """Training photos a second, known when the run ends."""
        return _number(self.record, "images_per_second")

    @property
    def validation_examples(self) -> int | None:
        """What the validation accuracy is a share of."""
        count = _number(self.record, "validation_examples")
        return int(count) if count else None

    @property
    def seed(self) -> Any:
        """From which all its random choices followed."""
        return None if self.config is None else self.config.get("seed")

    @functools.cached_property
    def parameters(self) -> int | None:
        """Weights of its model."""
        count = _number(self.record, "parameters")
        return count_parameters(Path(self.name) / MODEL) if count is None else int(count)


def _number(record: dict[str, Any], key: str) -> float | None:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def find_runs(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """The runs' folders, and those of them that were named more than once.

    Args:
        given: folders of runs, folders that hold such, at any depth, and patterns of either.

    Raises:
        InputError: one of them is none, or holds none.
    """
    found: dict[str, str] = {}
    twice: list[str] = []
    for one in given:
        for folder in _runs_of(one):
            real = os.path.realpath(folder)
            if real in found:
                twice.append(folder)
            found.setdefault(real, folder)
    return list(found.values()), twice


def _runs_of(given: str) -> list[str]:
    if os.path.isdir(given):
        runs = list(_below(given))
        why = f"{given!r} holds no run (a folder with a {RECORD} in it)"
    elif glob.has_magic(given):
        folders = [path for path in sorted(glob.glob(given)) if os.path.isdir(path)]
        runs = [run for folder in folders for run in _below(folder)]
        why = f"no run's folder is called {given!r}"
    else:
        runs, why = [], f"there is no folder {given!r}"
    if not runs:
        raise InputError(
            f"a run's folder must be named, one that python -m pipeline.train made, or a folder of such: {why}"
        )
    return runs


def _below(folder: str) -> Iterator[str]:
    """The runs in a folder, sorted; itself where it is one."""
    for here, folders, files in os.walk(folder):
        if RECORD in files:
            folders.clear()
            yield os.path.normpath(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def read(folder: str) -> Run:
    """What a run's folder says."""
    problems: list[str] = []
    record: dict[str, Any] = {}
    try:
        record = read_record(Path(folder))
    except (InputError, TypeError):  # the latter: JSON, and no object
        problems.append(f"{RECORD} is damaged")
    config = _config(folder, str(record.get("directory", ".")), problems)
    if record.get("finished") is True:
        problems += _unusable(Path(folder))
    return Run(folder, record, config, _rows(folder, record, problems), tuple(problems))


def _unusable(folder: Path) -> Iterator[str]:
    """What the commands that read the model would stumble over."""
    if not (folder / MODEL).is_file():
        yield f"{MODEL} is missing"
    elif not zipfile.is_zipfile(folder / MODEL):
        yield f"{MODEL} is damaged"
    try:
        read_classes(folder)
    except InputError:
        yield "classes.json is missing or damaged"


def _config(folder: str, directory: str, problems: list[str]) -> dict[str, Any] | None:
    try:
        config = read_config(folder)
    except InputError as error:
        problems.append(f"config.yaml cannot be used: {error}")
        return None
    flat = dict(_flat(dataclasses.asdict(config)))
    for name in ("data.train", "data.validation"):
        path = from_there(flat.get(name), directory)
        flat[name] = None if path is None else _short(path)
    return flat


def _short(path: str) -> str:
    """As people would write it from here: relative where it lies below, else whole."""
    real = os.path.realpath(path)
    relative = os.path.relpath(real, os.path.realpath("."))
    return real if relative.startswith("..") else relative


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _epochs_of(record: dict[str, Any], there: int) -> list[float]:
    """The epochs that a finished run's history must hold: as its record says, if it says."""
    count = _number(record, "epochs")
    return [float(epoch + 1) for epoch in range(there if count is None else int(count))]


def _rows(folder: str, record: dict[str, Any], problems: list[str]) -> tuple[dict[str, float], ...]:
    try:
        rows = tuple(read_history(Path(folder) / "history.csv"))
        if not all("epoch" in row and "loss" in row for row in rows):
            raise ValueError("no epoch or no loss")
        if record.get("finished") is True and [row["epoch"] for row in rows] != _epochs_of(record, len(rows)):
            raise ValueError("epochs are missing")
    except FileNotFoundError:
        if _number(record, "epochs"):
            problems.append("history.csv is missing: there are no curves")
        return ()
    except (OSError, ValueError, TypeError):
        problems.append("history.csv is damaged: there are no curves")
        return ()
    return rows
