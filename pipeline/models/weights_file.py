"""Find the file of pretrained weights that a configuration names, before any photo is read. No TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.config import ModelConfig
from pipeline.errors import InputError, MissingPathError

__all__ = ["weights_file"]


def weights_file(model: ModelConfig) -> Path | None:
    """Return the file that `model.weights` names; `None` if it does not name a file.

    Raises:
        MissingPathError: the file does not exist.
        InputError: the path is a folder, or the network cannot load weights from a file.
    """
    if model.file is None:
        return None
    path = Path(model.file)
    if not os.path.lexists(path):
        raise MissingPathError(f"model.weights: there is no file {model.file!r}; 'imagenet' and 'none' need no file")
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no file"
        raise InputError(f"model.weights must be a file of weights, .weights.h5 or .h5, and {model.file!r} is {kind}")
    if model.name.startswith("efficientnet_b"):
        raise InputError(
            f"model.weights must be 'imagenet' or 'none' for {model.name!r}, which Keras builds otherwise for its own "
            f"weights: put the file into Keras' cache folder, models/{path.name}. Received: {model.file!r}"
        )
    return path
