"""A trained model and its options, as the commands after training read them; no TensorFlow.

How photos are decoded and resized, what the classes are called and what the labels look like is what training wrote
into the run's folder, or `data.save_options` beside the user's own model file, never what a flag says.
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
from pipeline.runs.run_folder import RECORD, from_there, read_record
from pipeline.sources.labels import Mode

__all__ = ["MODEL", "TrainedRun", "read_classes", "read_config", "read_run"]


MODEL = "model.keras"  # in a run's folder


@dataclasses.dataclass(frozen=True)
class TrainedRun:
    """A trained model and its options: a training run's folder, or a model file with its data's options beside it.

    Args:
        folder: where it lies.
        config: its `config.yaml`: what it was trained with, every default written out. Of a model file only `image`
            counts, which `data.save_options` wrote.
        class_names: the classes in the order of the model's outputs.
        label_mode: what its labels look like, settled.
        record: its `run.json`; empty of a model file.
        own: the user's model file, where it is no run's.
    """

    folder: Path
    config: TrainConfig
    class_names: tuple[str, ...]
    label_mode: Mode
    record: dict[str, Any]
    own: Path | None = None

    @property
    def image(self) -> ImageConfig:
        """How a file becomes what the model takes."""
        return self.config.image

    @property
    def directory(self) -> str:
        """Where training was started, which the paths of its configuration are meant from."""
        return str(self.record.get("directory", "."))

    @property
    def photos(self) -> tuple[str | None, str | None]:
        """Its folders of training and of validation photos as they are reached from here, where it has them."""
        data = self.config.data
        return from_there(data.train, self.directory), from_there(data.validation, self.directory)

    @property
    def model_file(self) -> Path:
        """The model, of a run the best epoch's; `pipeline.models.saved.load_model` reads it."""
        return self.own or self.folder / MODEL

    @property
    def path(self) -> Path:
        """What names it: the run's folder, or the model file."""
        return self.own or self.folder

    @property
    def describing(self) -> tuple[str, str]:
        """The files beside the model that say what it takes and what it gives."""
        return ("config.yaml", "classes.json") if self.own is None else (options_file(self.own).name,) * 2

    @property
    def history(self) -> Path | None:
        """The file of its epochs; `None` where there was no run."""
        return self.folder / "history.csv" if self.own is None else None


def read_classes(folder: Path) -> tuple[tuple[str, ...], Mode]:
    """A run's `classes.json`: the names in the order of the model's outputs, and what labels look like.

    Raises:
        InputError: it is missing or damaged.
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
    """A run's `config.yaml`: what it was trained with, every default written out.

    Raises:
        InputError: it is missing, or cannot be used.
    """
    return parse(TrainConfig, ["--config", str(Path(folder) / "config.yaml")], prog="", description="")


def _complete_config(folder: Path) -> TrainConfig:
    """`read_config`, refused where a default would stand for how pictures were read in training.

    Raises:
        InputError: it is missing, cannot be used, or lacks a field of `image`.
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


def _own_model(path: Path) -> TrainedRun:
    """A model file that `model.fit` trained, with the options of its data beside it."""
    if not os.path.lexists(path):
        raise MissingPathError(f"there is no model file {str(path)!r}")
    if (path.parent / RECORD).is_file() and not options_file(path).is_file():
        read_record(path)  # which refuses a file, and names the run that it belongs to
    options = read_options(path)
    config = TrainConfig(image=options.image)
    return TrainedRun(path.parent, config, options.class_names, options.label_mode, {}, path)


def read_run(folder: str | Path) -> TrainedRun:
    """Read a run's folder, of a run that has a model, or a `.keras` file with its data's options beside it.

    Raises:
        MissingPathError: a model file or its options are not there.
        InputError: it is no run's folder, the run has no model yet, or a file in it is damaged.
    """
    folder = Path(folder)
    if folder.suffix == MODEL_SUFFIX and not folder.is_dir():
        return _own_model(folder)
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
