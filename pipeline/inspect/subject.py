"""What is looked at: a folder, or the folders and options of a training configuration."""

from __future__ import annotations

import dataclasses
import os

from pipeline.config import Augment, TrainConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.inspect.listing import ALL, Root, roots_of
from pipeline.train import refuse_dataset

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
    """What is looked at.

    Args:
        given: what the command was given.
        roots: one folder a split.
        config: how training would read them; the defaults for a folder.
        from_config: whether `given` is a configuration.
    """

    given: str
    roots: tuple[Root, ...]
    config: TrainConfig
    from_config: bool

    @property
    def folders(self) -> list[str]:
        """The folders that broken files are moved out of: the one given, or those that the configuration names."""
        return [root.path for root in self.roots] if self.from_config else [self.given]

    @property
    def augment(self) -> Augment:
        """The ranges that are shown: the configuration's, or the notebook's where it has none."""
        return NOTEBOOK if self.config.augment.is_identity else self.config.augment


def settle(given: str) -> Subject:
    """The folder or YAML file `given` as what is looked at.

    Raises:
        MissingPathError: it, or a folder that it names, is not there.
        InputError: it is neither, or the configuration is wrong.
    """
    if os.path.isdir(given):
        return Subject(given, tuple(roots_of(given)), TrainConfig(), from_config=False)
    if not os.path.exists(given):
        raise MissingPathError(f"there is no folder or file {given!r}; name the folder of your photos")
    if not given.lower().endswith((".yaml", ".yml")):
        raise InputError(f"what to inspect must be a folder of photos or a YAML configuration. Received: {given!r}")
    return _configured(given)


def _configured(given: str) -> Subject:
    from pipeline.cli import parse

    config = parse(TrainConfig, ["--config", given], prog="python -m pipeline.inspect", description="")
    data = config.data
    refuse_dataset(data, "pipeline.inspect")
    if data.train is None:
        raise InputError(f"data.train in {given!r} must name a folder of photos. Received: None")
    for field, folder in (("data.train", data.train), ("data.validation", data.validation)):
        if folder is not None and not os.path.isdir(folder):
            raise MissingPathError(f"{field} in {given!r} names a folder that is not there: {folder!r}")
    if data.validation is None:
        return Subject(given, (Root(data.train, ALL),), config, from_config=True)
    roots = (Root(data.train, "train", "train/"), Root(data.validation, "validation", "validation/"))
    return Subject(given, roots, config, from_config=True)
