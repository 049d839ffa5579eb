"""Paths and labels for peers that take lists: the classes' folders in alphabetical order are 0, 1, …"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["labelled"]

SUFFIXES = (".jpg", ".jpeg", ".png")


def labelled(folder: str) -> tuple[list[str], NDArray[np.int64]]:
    """Every photo of a folder.

    Args:
        folder: holds a folder for each class.

    Returns:
        The paths, class by class and by name within, and int64 `[count]`: a path's class among the sorted ones.
    """
    paths: list[str] = []
    labels: list[int] = []
    for label, members in enumerate(sorted(path for path in Path(folder).iterdir() if path.is_dir())):
        found = sorted(str(path) for path in members.iterdir() if path.suffix.lower() in SUFFIXES)
        paths += found
        labels += [label] * len(found)
    return paths, np.asarray(labels, np.int64)
