"""The subject of an inspection: a folder, or the folders and options of a training configuration."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from pipeline.config import Augment, TrainConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.files.archives import unpack_hint
from pipeline.reports.listing import ALL, Root, roots_of
from pipeline.sources.folders import refuse_dataset
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import shown

__all__ = ["NOTEBOOK", "Subject", "settle"]

# What the notebook draws from; shown where a configuration augments nothing.
NOTEBOOK = Augment(
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=0.2,
    zoom_range=0.2,
    horizontal_flip=True,
)


@dataclasses.dataclass(frozen=True)
class Subject:
    """The folders and options that are inspected.

    Args:
        given: what the command was given.
        roots: one folder a split.
        config: how training would read them: as `given` says, or for a folder as a run did, or by default.
        from_config: whether `given` is a configuration.
        settings: whose `config` is, for people.
    """

    given: str
    roots: tuple[Root, ...]
    config: TrainConfig
    from_config: bool
    settings: Sentence

    @property
    def folders(self) -> list[str]:
        """The folders that broken files are moved out of: the one given, or those that the configuration names."""
        return [root.path for root in self.roots] if self.from_config else [self.given]

    @property
    def augment(self) -> Augment:
        """The ranges that are shown: the configuration's, or the notebook's where it has none."""
        return NOTEBOOK if self.config.augment.is_identity else self.config.augment


def settle(given: str, run: str | None = None) -> Subject:
    """The folder or YAML file `given` as what is looked at.

    Args:
        given: of the command.
        run: what `--model` names: where that is a run's folder and `given` a folder, photos are looked at as the run
            read its own.

    Raises:
        MissingPathError: it, or a folder that it names, is not there.
        InputError: it is neither, or the configuration is wrong.
    """
    if os.path.isdir(given):
        roots = tuple(roots_of(given))
        if run is None or not os.path.isfile(os.path.join(run, "config.yaml")):
            return Subject(given, roots, TrainConfig(), False, Sentence("settings_default"))
        return Subject(given, roots, _of_run(run), False, Sentence("settings_run", {"name": shown(run)}))
    if not os.path.exists(given):
        raise MissingPathError(f"there is no folder or file {given!r}; name the folder of your photos")
    if not given.lower().endswith((".yaml", ".yml")):
        raise InputError(
            "what to inspect must be a folder of photos or a YAML configuration. "
            f"Received: {given!r}{unpack_hint(given)}"
        )
    return _configured(given)


def _of_run(run: str) -> TrainConfig:
    """Return the options that the run was trained with, for other photos than its own."""
    from pipeline.runs.run_folder import path_from_here, read_record
    from pipeline.runs.trained_run import read_config

    config = read_config(run)
    directory = str(read_record(Path(run)).get("directory", "."))
    data = dataclasses.replace(config.data, train=None, validation=None, class_names=None, dataset=None)
    loader = dataclasses.replace(config.loader, cache_folder=path_from_here(config.loader.cache_folder, directory))
    return dataclasses.replace(config, data=data, loader=loader)


def _configured(given: str) -> Subject:
    from pipeline.console.arguments import parse

    config = parse(TrainConfig, ["--config", given], prog="python -m pipeline.inspect", description="")
    data = config.data
    refuse_dataset(data, "pipeline.inspect")
    if data.train is None:
        raise InputError(f"data.train in {given!r} must name a folder of photos. Received: None")
    for field, folder in (("data.train", data.train), ("data.validation", data.validation)):
        if folder is not None and not os.path.isdir(folder):
            hint = unpack_hint(folder)
            raise MissingPathError(f"{field} in {given!r} names a folder that is not there: {folder!r}{hint}")
    settings = Sentence("settings_config", {"name": shown(given)})
    roots: tuple[Root, ...] = (Root(data.train, ALL),)
    if data.validation is not None:
        roots = (Root(data.train, "train", "train/"), Root(data.validation, "validation", "validation/"))
    return Subject(given, roots, config, True, settings)
