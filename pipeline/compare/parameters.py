"""How many weights a saved model has, read from the names and shapes in its file; no TensorFlow."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

__all__ = ["count_parameters"]

WEIGHTS = "model.weights.h5"  # in a `.keras` file
# Saved beside the weights, and not counted by `keras.Model.count_params`.
APART = ("optimizer", "seed_generator")


def count_parameters(model: Path) -> int | None:
    """What `keras.Model.count_params` gives for a `.keras` file; `None` where it cannot be told."""
    try:
        import h5py  # Keras brings it
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
