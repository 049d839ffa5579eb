"""Which photos an export is compared on; no TensorFlow."""

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
    """The photos, and which they are, in words."""

    paths: list[str]
    where: str


def _spread(paths: list[str]) -> list[str]:
    """At most `MOST` of them, evenly from all: of every class some."""
    if len(paths) <= MOST:
        return paths
    return [paths[k * len(paths) // MOST] for k in range(MOST)]


def _below(folder: str, follow_links: bool) -> list[str]:
    inputs = (one for one in Inputs([folder], None, follow_links) if one is not None)
    return [one.path for one in inputs if one.error is None]


def choose_photos(run: TrainedRun, asked: str | None) -> Photos | None:
    """The photos below `asked`, or the run's own: validation where it is still there, else training.

    Returns:
        `None` where nothing was asked for and the run's photos are gone.

    Raises:
        MissingPathError: there is no such folder.
        InputError: it holds no picture.
    """
    if asked is not None:
        if not os.path.isdir(asked):
            raise MissingPathError(
                f"--photos must name a folder of photos; there is none: {asked!r}{unpack_hint(asked)}"
            )
        found = _below(asked, run.config.data.follow_links)
        if not found:
            raise InputError(f"--photos must name a folder with pictures in it; this holds none: {asked!r}")
        return Photos(_spread(found), f"photos in {asked}")
    (train, validation), data = run.photos, run.config.data
    for name, *places in (("validation", validation, data.validation), ("training", train, data.train)):
        for place in filter(None, places):  # where training saw them, else from here
            found = _below(place, data.follow_links) if os.path.isdir(place) else []
            if found:
                return Photos(_spread(found), f"the run's {name} photos in {place}")
    return None
