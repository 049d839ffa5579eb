"""The photos of a folder with one folder a class: in turn, or with labels for peers that take lists."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError

__all__ = ["check_data", "labelled", "listed", "unreadable"]

SUFFIXES = (".jpg", ".jpeg", ".png")


def _classes(folder: str | Path) -> list[list[Path]]:
    """The photos of each class, by name; classes in alphabetical order. None where there is no folder."""
    members = sorted(path for path in Path(folder).glob("*") if path.is_dir())
    return [sorted(path for path in one.iterdir() if path.suffix.lower() in SUFFIXES) for one in members]


def listed(folder: str | Path) -> list[Path]:
    """Every photo, class by class in turn."""
    return [path for turn in itertools.zip_longest(*_classes(folder)) for path in turn if path is not None]


def check_data(folder: str) -> None:
    """Refuse a `--data` that holds nothing to measure.

    Raises:
        InputError: there is no photo in a folder of this folder.
    """
    if not listed(folder):
        raise InputError(f"--data must be a folder of photos, one folder a class. Received: {folder!r}")


def labelled(folder: str) -> tuple[list[str], NDArray[np.int64]]:
    """Every photo, class by class and by name within, and int64 `[count]`: a path's class among the sorted ones."""
    classes = _classes(folder)
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(one) for one in classes])
    return [str(path) for one in classes for path in one], labels


def unreadable(folder: str | Path) -> list[str]:
    """The photos that Pillow cannot decode, each with its reason: what ends every arm that comes to them."""
    # Here, since arms' processes import this module, and their memory is measured.
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
