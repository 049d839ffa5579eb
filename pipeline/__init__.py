"""Photos on disk to fast, exact, reproducible `tf.data.Dataset`s and a trained Keras classifier.

Names are loaded when they are first used: importing TensorFlow takes seconds, `import pipeline` does not.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any

from pipeline.startup import quiet_start

if TYPE_CHECKING:
    from pipeline import commands, layers, legacy
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
    "commands",
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
# Names that need no TensorFlow.
_LIGHT = ("Augment", "InputError", "MissingPathError")


def __getattr__(name: str) -> Any:
    if name in ("commands", "legacy"):  # which load what is heavy when it is first used
        return importlib.import_module(f"pipeline.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    with quiet_start() if name not in _LIGHT else contextlib.nullcontext():
        home = importlib.import_module(_HOMES.get(name, f"pipeline.{name}"))
    return getattr(home, name) if name in _HOMES else home


def __dir__() -> list[str]:
    return sorted(__all__)
