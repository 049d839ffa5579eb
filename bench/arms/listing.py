"""List the photos of a folder that holds a folder for each class."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError

__all__ = ["check_data", "labelled", "listed", "unreadable"]

SUFFIXES = (".jpg", ".jpeg", ".png")


def _classes(folder: str | Path) -> list[list[Path]]:
    """Return the photos of each class, sorted by name, with the classes in alphabetical order."""
    members = sorted(path for path in Path(folder).glob("*") if path.is_dir())
    return [sorted(path for path in one.iterdir() if path.suffix.lower() in SUFFIXES) for one in members]


def listed(folder: str | Path) -> list[Path]:
    """Return every photo, alternating between the classes."""
    return [path for turn in itertools.zip_longest(*_classes(folder)) for path in turn if path is not None]


def check_data(folder: str) -> None:
    """Refuse a folder for `--data` that holds no photo.

    Raises:
        InputError: none of its folders holds a photo.
    """
    if not listed(folder):
        raise InputError(f"--data must be a folder of photos, one folder a class. Received: {folder!r}")


def labelled(folder: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the paths of all photos, sorted by class and name, and their class indices int64 `[count]`."""
    classes = _classes(folder)
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(one) for one in classes])
    return [str(path) for one in classes for path in one], labels


def unreadable(folder: str | Path) -> list[str]:
    """Return a line for each photo that Pillow cannot decode, with the reason. Such a photo makes every arm fail."""
    # Imported here, since the processes of arms import this module and their memory is measured.
    from concurrent.futures import ThreadPoolExecutor

    from pipeline.config import MAX_PIXELS
    from pipeline.images.pillow import ImageError, read_by_pillow
    from pipeline.runtime.machine import cores

    def fault(path: Path) -> str:
        try:
            read_by_pillow(path.read_bytes(), max_pixels=MAX_PIXELS)
        except (OSError, ImageError) as error:
            return f"{path}: {error}"
        return ""

    with ThreadPoolExecutor(cores()) as pool:
        return [one for one in pool.map(fault, listed(folder)) if one]
