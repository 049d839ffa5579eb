"""Photos on disk to fast, exact, reproducible `tf.data.Dataset`s and a trained Keras classifier.

Names are loaded when they are first used: importing TensorFlow takes seconds, `import pipeline` does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline import layers, legacy
    from pipeline.arrays.builder import from_arrays
    from pipeline.build import from_directory
    from pipeline.config import Augment
    from pipeline.data import ImageData
    from pipeline.errors import InputError, MissingPathError
    from pipeline.images.load import load_image
    from pipeline.legacy.generator import ImageDataGenerator
    from pipeline.legacy.image_dataset.builder import image_dataset_from_directory
    from pipeline.models.check import check_model
    from pipeline.resume import Resume

__version__ = "0.1.0"
__all__ = [
    "Augment",
    "ImageData",
    "ImageDataGenerator",
    "InputError",
    "MissingPathError",
    "Resume",
    "check_model",
    "from_arrays",
    "from_directory",
    "image_dataset_from_directory",
    "layers",
    "legacy",
    "load_image",
]

_HOMES = {
    "Augment": "pipeline.config",
    "ImageData": "pipeline.data",
    "ImageDataGenerator": "pipeline.legacy.generator",
    "InputError": "pipeline.errors",
    "MissingPathError": "pipeline.errors",
    "Resume": "pipeline.resume",
    "check_model": "pipeline.models.check",
    "from_arrays": "pipeline.arrays.builder",
    "from_directory": "pipeline.build",
    "image_dataset_from_directory": "pipeline.legacy.image_dataset.builder",
    "load_image": "pipeline.images.load",
}


def __getattr__(name: str) -> Any:
    if name in ("layers", "legacy"):
        return importlib.import_module(f"pipeline.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
