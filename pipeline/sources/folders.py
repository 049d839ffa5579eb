"""Get the folders that a configuration names: check them, download them or draw them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from pipeline.config import DataConfig
from pipeline.console.how_to import option
from pipeline.errors import InputError, MissingPathError
from pipeline.runtime.progress import progress, say

__all__ = ["DEFAULT_SPLIT", "refuse_dataset", "resolve_folders"]

DATA = Path("data")
DEFAULT_SPLIT = 0.2


def _sample(data: DataConfig) -> DataConfig:
    """Name the folders of the drawn sample; it is drawn the first time."""
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
    """Name the data set that is available, so that a run's configuration says what it was trained on."""
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


def resolve_folders(data: DataConfig) -> DataConfig:
    """Return the folders that are read: those named, the public set where it is asked for, or the drawn sample.

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
