"""Count the weights of a saved model from the names and shapes in its file. This module does not import TensorFlow."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

__all__ = ["count_parameters"]

WEIGHTS = "model.weights.h5"  # the member of a `.keras` file
# Groups that are saved beside the weights and that `keras.Model.count_params` does not count.
APART = ("optimizer", "seed_generator")


def count_parameters(model: Path) -> int | None:
    """Return what `keras.Model.count_params` would for a `.keras` file, or `None` if the file cannot be read."""
    try:
        import h5py  # installed with Keras
    except ImportError:
        return None
    count = 0

    def add(name: str, found: Any) -> None:
        nonlocal count
        if isinstance(found, h5py.Dataset) and not set(APART) & set(name.split("/")):
            count += math.prod(found.shape)

    try:
        with zipfile.ZipFile(model) as archive, archive.open(WEIGHTS) as file, h5py.File(file, "r") as weights:
            weights.visititems(add)
    except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile):
        return None
    return count
