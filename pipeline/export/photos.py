"""Choose the photos on which an export is compared. This module does not import TensorFlow."""

from __future__ import annotations

import os
from typing import NamedTuple

from pipeline.errors import InputError, MissingPathError
from pipeline.files.archives import unpack_hint
from pipeline.inference.inputs import Inputs
from pipeline.runs.trained_run import TrainedRun

__all__ = ["MOST", "Photos", "choose_photos"]

MOST = 200


class Photos(NamedTuple):
    """The photos, and a description of where they come from."""

    paths: list[str]
    where: str


def _spread(paths: list[str]) -> list[str]:
    """Return at most `MOST` paths at even intervals, so that every class is represented."""
    if len(paths) <= MOST:
        return paths
    return [paths[k * len(paths) // MOST] for k in range(MOST)]


def _images_below(folder: str, follow_links: bool) -> list[str]:
    inputs = (one for one in Inputs([folder], None, follow_links) if one is not None)
    return [one.path for one in inputs if one.error is None]


def choose_photos(run: TrainedRun, asked: str | None) -> Photos | None:
    """Choose photos to compare on.

    Args:
        run: the trained run.
        asked: a folder of photos. `None` stands for the run's validation photos or, if they are gone, its training
            photos.

    Returns:
        The photos, or `None` if no folder is given and the run's photos are gone.

    Raises:
        MissingPathError: the folder does not exist.
        InputError: the folder holds no image.
    """
    if asked is not None:
        if not os.path.isdir(asked):
            raise MissingPathError(
                f"--photos must name a folder of photos; there is none: {asked!r}{unpack_hint(asked)}"
            )
        found = _images_below(asked, run.config.data.follow_links)
        if not found:
            raise InputError(f"--photos must name a folder with images in it; this holds none: {asked!r}")
        return Photos(_spread(found), f"photos in {asked}")
    (train, validation), data = run.photos, run.config.data
    for name, *places in (("validation", validation, data.validation), ("training", train, data.train)):
        for place in filter(None, places):  # the path as training saw it, then the same path from this folder
            found = _images_below(place, data.follow_links) if os.path.isdir(place) else []
            if found:
                return Photos(_spread(found), f"the run's {name} photos in {place}")
    return None
