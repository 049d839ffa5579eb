"""Load a saved model: a `.keras` file, in Keras' safe mode."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import keras

import pipeline.layers.affine  # noqa: F401 (registers this package's layers with Keras, for models that contain one)
from pipeline.errors import InputError, MissingPathError

__all__ = ["load_model"]


def load_model(path: Path) -> keras.Model:
    """Load the model in a `.keras` file, not compiled, for prediction.

    No code in the file is run: a Lambda layer with Python code is refused (`safe_mode`).

    Raises:
        MissingPathError: the file does not exist.
        InputError: the file is not a `.keras` file, is damaged, or contains code.
    """
    if not path.is_file():
        raise MissingPathError(f"there is no model file {str(path)!r}")
    if path.suffix != ".keras":
        raise InputError(f"a model must be a .keras file. Received: {str(path)!r}")
    if not os.access(path, os.R_OK):
        raise InputError(f"the model {str(path)!r} cannot be opened: permission denied")
    if not zipfile.is_zipfile(path):
        raise InputError(f"the model {str(path)!r} is damaged, such as cut short, or was never a .keras file")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"the model {str(path)!r} cannot be read: {' '.join(str(error).split())[:300]}") from None
