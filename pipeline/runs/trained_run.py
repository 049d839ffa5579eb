"""Read a trained run for the commands after training: its configuration, its classes and the path of its model.

The options for decoding and resizing, the class names and the label mode come from the files that training wrote into
the run directory, or that `data.save_options` wrote beside the user's own model file. No option of a command changes
them. This module does not import TensorFlow.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, get_args

from pipeline.config import ImageConfig, TrainConfig, document
from pipeline.console.arguments import parse
from pipeline.dataset.model_options import MODEL_SUFFIX, options_file, read_options
from pipeline.errors import InputError, MissingPathError
from pipeline.runs.run_folder import RECORD, path_from_here, read_record
from pipeline.sources.labels import Mode

__all__ = ["MODEL", "TrainedRun", "read_classes", "read_config", "read_run"]


MODEL = "model.keras"  # in a run directory


@dataclasses.dataclass(frozen=True)
class TrainedRun:
    """A trained model and its options: a run directory, or a model file with the options of its data beside it.

    Args:
        folder: the run directory, or the folder of the model file.
        config: the content of `config.yaml`. For a model file only `image` is meaningful; `data.save_options` wrote it.
        class_names: the classes in the order of the model's outputs.
        label_mode: the resolved label mode.
        record: the content of `run.json`; empty for a model file.
        own: the user's model file; `None` for a run directory.
    """

    folder: Path
    config: TrainConfig
    class_names: tuple[str, ...]
    label_mode: Mode
    record: dict[str, Any]
    own: Path | None = None

    @property
    def image(self) -> ImageConfig:
        """Return the options for decoding and resizing images."""
        return self.config.image

    @property
    def directory(self) -> str:
        """Return the folder in which training was started; the paths of the configuration are relative to it."""
        return str(self.record.get("directory", "."))

    @property
    def photos(self) -> tuple[str | None, str | None]:
        """Return the folders of training and validation photos, relative to the current folder; `None` if not given."""
        data = self.config.data
        return path_from_here(data.train, self.directory), path_from_here(data.validation, self.directory)

    @property
    def model_file(self) -> Path:
        """Return the path of the model; for a run it is the model of the best epoch."""
        return self.own or self.folder / MODEL

    @property
    def path(self) -> Path:
        """Return the path that names the run: the run directory or the model file."""
        return self.own or self.folder

    @property
    def describing(self) -> tuple[str, str]:
        """Return the names of the files that describe the model's input and its outputs."""
        return ("config.yaml", "classes.json") if self.own is None else (options_file(self.own).name,) * 2

    @property
    def history(self) -> Path | None:
        """Return the path of `history.csv`; `None` for a model file."""
        return self.folder / "history.csv" if self.own is None else None


def read_classes(folder: Path) -> tuple[tuple[str, ...], Mode]:
    """Read a run's `classes.json`: the class names in the order of the model's outputs, and the label mode.

    Raises:
        InputError: the file is missing or damaged.
    """
    path = folder / "classes.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        names, mode = tuple(found["class_names"]), found["label_mode"]
        sound = bool(names) and all(isinstance(name, str) for name in names) and mode in get_args(Mode)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        sound = False
    if not sound:
        raise InputError(
            f"{str(path)!r} must name the classes, as python -m pipeline.train writes it: it is missing or damaged; "
            "train again, or name another run"
        )
    return names, mode


def read_config(folder: str | Path) -> TrainConfig:
    """Read a run's `config.yaml`, the configuration that it was trained with.

    Raises:
        InputError: the file is missing or cannot be used.
    """
    return parse(TrainConfig, ["--config", str(Path(folder) / "config.yaml")], prog="", description="")


def _complete_config(folder: Path) -> TrainConfig:
    """Read a run's `config.yaml`, and refuse it if a field of `image` is missing and a default would replace it.

    Raises:
        InputError: the file is missing, cannot be used, or lacks a field of `image`.
    """
    found = document.read(folder / "config.yaml").get("image")
    there = found if isinstance(found, dict) else {}
    missing = [f"image.{field.name}" for field in dataclasses.fields(ImageConfig) if field.name not in there]
    if missing:
        raise InputError(
            f"{str(folder / 'config.yaml')!r} is damaged: {', '.join(missing)} is not in it, as training wrote it; put "
            "the file back, or train again"
        )
    return read_config(folder)


def _read_own_model(path: Path) -> TrainedRun:
    """Read the options beside a model file that the user trained with `model.fit`."""
    if not os.path.lexists(path):
        raise MissingPathError(f"there is no model file {str(path)!r}")
    if (path.parent / RECORD).is_file() and not options_file(path).is_file():
        read_record(path)  # raises an error that names the run that the file belongs to
    options = read_options(path)
    config = TrainConfig(image=options.image)
    return TrainedRun(path.parent, config, options.class_names, options.label_mode, {}, path)


def read_run(folder: str | Path) -> TrainedRun:
    """Read a run directory that contains a model, or a `.keras` file with the options of its data beside it.

    Raises:
        MissingPathError: the model file or its options do not exist.
        InputError: the folder is not a run directory, the run has no model yet, or a file in it is damaged.
    """
    folder = Path(folder)
    if folder.suffix == MODEL_SUFFIX and not folder.is_dir():
        return _read_own_model(folder)
    record = read_record(folder)
    if not (folder / MODEL).is_file() and record.get("finished"):
        raise InputError(
            f"{MODEL} is gone from the finished run in {str(folder)!r}: put it back, or let a copy of last.keras, "
            "the last epoch's model, take its place"
        )
    if not (folder / MODEL).is_file():
        raise InputError(
            f"the run in {str(folder)!r} has no model.keras yet: go on with it by python -m pipeline.train --resume "
            f"{folder}, or name another run"
        )
    names, mode = read_classes(folder)
    recorded = record.get("classes")
    if recorded is not None and list(names) != recorded:
        raise InputError(
            f"the classes in {str(folder / 'classes.json')!r} are {list(names)}, and {RECORD} beside it says "
            f"{recorded}: one of them was changed since training; put it back"
        )
    return TrainedRun(folder, _complete_config(folder), names, mode, record)
