"""A saved model read back: `.keras` alone, in Keras' safe mode, and looked at before it is used."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import keras

import pipeline.layers.affine  # noqa: F401 (registers them with Keras, for a model that has one inside)
from pipeline.errors import InputError, MissingPathError

__all__ = ["load_model"]


def load_model(path: Path) -> keras.Model:
    """The model in a `.keras` file, uncompiled: for prediction.

    Nothing in the file is run: a Lambda layer's code is refused (`safe_mode`).

    Raises:
        MissingPathError: there is no such file.
        InputError: it is no `.keras` file, damaged, or holds code.
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
