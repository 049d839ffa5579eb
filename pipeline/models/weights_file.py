"""The file of weights that a pretrained network is to begin with, looked for before anything is read; no TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.config import ModelConfig
from pipeline.errors import InputError, MissingPathError

__all__ = ["weights_file"]


def weights_file(model: ModelConfig) -> Path | None:
    """The file that `model.weights` names; `None` where it names none.

    Raises:
        MissingPathError: it is not there.
        InputError: it is a folder, or a network that takes none.
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
