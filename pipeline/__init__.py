"""Photos on disk to fast, exact, reproducible `tf.data.Dataset`s and a trained Keras classifier.

Names are loaded when they are first used: importing TensorFlow takes seconds, `import pipeline` does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline import layers
    from pipeline.build import from_directory
    from pipeline.config import Augment
    from pipeline.data import ImageData
    from pipeline.errors import InputError, MissingPathError
    from pipeline.images.load import load_image

__version__ = "0.1.0"
__all__ = [
    "Augment",
    "ImageData",
    "InputError",
    "MissingPathError",
    "from_directory",
    "layers",
    "load_image",
]

_HOMES = {
    "Augment": "pipeline.config",
    "ImageData": "pipeline.data",
    "InputError": "pipeline.errors",
    "MissingPathError": "pipeline.errors",
    "from_directory": "pipeline.build",
    "load_image": "pipeline.images.load",
}


def __getattr__(name: str) -> Any:
    if name == "layers":
        return importlib.import_module("pipeline.layers")
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
