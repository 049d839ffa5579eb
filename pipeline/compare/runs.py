"""Find the named runs and read their folders. A missing or damaged file is reported, and the rest is read."""

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
from pipeline.runs.run_folder import RECORD, path_from_here, read_record
from pipeline.runs.trained_run import MODEL, read_classes, read_config

__all__ = ["Run", "find_runs", "read"]


@dataclasses.dataclass(frozen=True)
class Run:
    """The content of a run's folder.

    Args:
        name: the folder as it was given.
        record: the content of `run.json`, or an empty mapping if that is damaged.
        config: the configuration by dotted names, with paths relative to the current folder, or `None` if it is
            damaged.
        rows: the rows of `history.csv`, one for each epoch; none if it is damaged.
        problems: what is missing or damaged, in one line each.
    """

    name: str
    record: dict[str, Any]
    config: dict[str, Any] | None
    rows: tuple[dict[str, float], ...]
    problems: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """True if training came to its end."""
        return self.record.get("finished") is True

    @property
    def epochs(self) -> int:
        """The number of epochs that are done."""
        return len(self.rows) or int(_number(self.record, "epochs") or 0)

    @functools.cached_property
    def best_epoch(self) -> int | None:
        """The epoch whose model was saved, counted from 1.

        If the run does not record it yet, this is the epoch that it would choose now: the highest validation accuracy
        and, among equals, the lowest validation loss; without validation, the lowest loss.
        """
        recorded = int(_number(self.record, "best_epoch") or 0) or None
        if not self.rows or recorded in [int(row["epoch"]) for row in self.rows]:
            return recorded
        best = best_row(self.rows)
        return None if best is None else int(best["epoch"])

    @property
    def validated(self) -> bool:
        """True if every epoch has a validation accuracy."""
        return bool(self.rows) and all("val_accuracy" in row for row in self.rows)

    @property
    def val_accuracy(self) -> float | None:
        """Validation accuracy of the saved model."""
        if not self.validated:
            return _number(self.record, "val_accuracy")
        return next((row["val_accuracy"] for row in self.rows if row["epoch"] == self.best_epoch), None)

    @property
    def accuracy(self) -> float | None:
        """Training accuracy in the last epoch."""
        return self.rows[-1].get("accuracy") if self.rows else None

    @property
    def gap(self) -> float | None:
        """Training accuracy minus validation accuracy in the last epoch. A large gap is a sign of overfitting."""
        if not self.validated or self.accuracy is None:
            return None
        return self.accuracy - self.rows[-1]["val_accuracy"]

    @property
    def seconds(self) -> float | None:
        """Seconds that training and validation took."""
        if self.rows and all("seconds" in row for row in self.rows):
            return sum(row["seconds"] for row in self.rows)
        return _number(self.record, "seconds")

    @property
    def images_per_second(self) -> float | None:
        """Training photos a second, which the run records at its end."""
        return _number(self.record, "images_per_second")

    @property
    def validation_examples(self) -> int | None:
        """The number of photos on which validation accuracy was measured."""
        count = _number(self.record, "validation_examples")
        return int(count) if count else None

    @property
    def seed(self) -> Any:
        """The run's seed."""
        return None if self.config is None else self.config.get("seed")

    @functools.cached_property
    def parameters(self) -> int | None:
        """The number of weights of its model."""
        count = _number(self.record, "parameters")
        return count_parameters(Path(self.name) / MODEL) if count is None else int(count)


def _number(record: dict[str, Any], key: str) -> float | None:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def find_runs(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Find the folders of runs.

    Args:
        given: folders of runs, folders that contain runs at any depth, and patterns for either.

    Returns:
        The folders, each once, and those that were named more than once.

    Raises:
        InputError: a path is not a run and contains none.
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
        runs = list(_runs_below(given))
        why = f"{given!r} holds no run (a folder with a {RECORD} in it)"
    elif glob.has_magic(given):
        folders = [path for path in sorted(glob.glob(given)) if os.path.isdir(path)]
        runs = [run for folder in folders for run in _runs_below(folder)]
        why = f"no run's folder is called {given!r}"
    else:
        runs, why = [], f"there is no folder {given!r}"
    if not runs:
        raise InputError(
            f"a run's folder must be named, one that python -m pipeline.train made, or a folder of such: {why}"
        )
    return runs


def _runs_below(folder: str) -> Iterator[str]:
    """Yield the runs in a folder in sorted order, or the folder itself if it is a run."""
    for here, folders, files in os.walk(folder):
        if RECORD in files:
            folders.clear()
            yield os.path.normpath(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def read(folder: str) -> Run:
    """Read a run's folder."""
    problems: list[str] = []
    record: dict[str, Any] = {}
    try:
        record = read_record(Path(folder))
    except (InputError, TypeError):  # the latter if the JSON is not an object
        problems.append(f"{RECORD} is damaged")
    config = _config(folder, str(record.get("directory", ".")), problems)
    if record.get("finished") is True:
        problems += _unusable(Path(folder))
    return Run(folder, record, config, _rows(folder, record, problems), tuple(problems))


def _unusable(folder: Path) -> Iterator[str]:
    """Yield the problems because of which other commands could not load the model."""
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
        path = path_from_here(flat.get(name), directory)
        flat[name] = None if path is None else _relative(path)
    return flat


def _relative(path: str) -> str:
    """Return a path relative to the current folder if it lies below it, or else the absolute path."""
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
    """Return the epochs that a finished run's history must hold: as many as it records, or else `there`."""
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
