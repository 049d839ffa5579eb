"""Draw a sample data set of cats and dogs with a fixed seed, so that a first run needs no photos and no network.

The sizes, shapes and bytes per pixel are distributed as in real photos, so that speeds measured on the sample are
realistic. Image i of a class and split depends only on (seed, split, class, i).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.files.atomic import write_bytes, write_text
from pipeline.files.shortage import why
from pipeline.sources.sketch import draw_image

__all__ = ["DEFAULT_TRAIN", "DEFAULT_VALIDATION", "draw_sample"]

DEFAULT_TRAIN, DEFAULT_VALIDATION = 1000, 300
# Raised when the drawings change: a sample of an earlier version is then drawn again.
VERSION = 1
MARKER = "sample.json"
SPLITS = ("train", "validation")
KINDS = ("cat", "dog")

Place = tuple[str, str, int]
"""The split, the kind of animal and the number of a drawn image."""


def _check(folder: Path, seed: int, counts: dict[str, int]) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"the drawn sample needs a folder. Received a file: {str(folder)!r}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed must be an integer of at least 0. Received: {seed!r}")
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 2 or count % 2:
            raise InputError(f"{name} must be an even integer of at least 2, half a class. Received: {count!r}")


def _places(counts: dict[str, int]) -> Iterator[Place]:
    for split, count in counts.items():
        for number in range(count // len(KINDS)):
            for kind in KINDS:
                yield split, kind, number


def _path(folder: Path, place: Place) -> Path:
    split, kind, number = place
    return folder / split / f"{kind}s" / f"{kind}.{number:04d}.jpg"


def _draw(folder: Path, seed: int, place: Place) -> None:
    """Draw one image and write it whole, so that a killed process leaves no incomplete file."""
    split, kind, number = place
    path = _path(folder, place)
    key = [seed, SPLITS.index(split), KINDS.index(kind), number]
    write_bytes(path, draw_image(kind, np.random.default_rng(key)))


def _is_whole(folder: Path, marker: dict[str, int], counts: dict[str, int]) -> bool:
    try:
        if json.loads((folder / MARKER).read_text()) != marker:
            return False
    except (OSError, ValueError):
        return False
    return all(_path(folder, place).is_file() for place in _places(counts))


def draw_sample(
    folder: str | os.PathLike[str],
    *,
    seed: int = 15,
    train: int = DEFAULT_TRAIN,
    validation: int = DEFAULT_VALIDATION,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Draw the sample into `folder/{train,validation}/{cats,dogs}`, unless it is there already.

    The marker file is written last, so that an incomplete sample is drawn again. Only the sample's own files are
    written; nothing is deleted.

    Args:
        folder: the folder of the sample.
        seed: the seed of all drawings; the same seed gives the same bytes with the same version of Pillow.
        train: the number of training images, half of them for each class.
        validation: the number of validation images, half of them for each class.
        progress: a function that is called with the number of images drawn since the last call.

    Returns:
        `folder`.

    Raises:
        InputError: an argument is not allowed, or the folder cannot be written.
    """
    root, counts = Path(folder).expanduser(), {"train": train, "validation": validation}
    _check(root, seed, counts)
    marker = {"version": VERSION, "seed": seed, **counts}
    if _is_whole(root, marker, counts):
        return root
    try:
        (root / MARKER).unlink(missing_ok=True)
        for split in SPLITS:
            for kind in KINDS:
                (root / split / f"{kind}s").mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(lambda place: _draw(root, seed, place), _places(counts)):
                if progress is not None:
                    progress(1)
        write_text(root / MARKER, json.dumps(marker))
    except OSError as error:
        raise InputError(f"the drawn sample cannot be written to {str(root)!r}: {why(error, root)}") from None
    return root
