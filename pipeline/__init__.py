"""Turn images into fast, exact, reproducible `tf.data.Dataset`s, and train Keras classifiers on them.

A name is imported when it is first used, because importing TensorFlow takes seconds. `import pipeline` does not.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any

from pipeline.runtime.startup import quiet_start

if TYPE_CHECKING:
    from pipeline import commands, layers, legacy, ops
    from pipeline.augment.recipe import Recipe
    from pipeline.builders.arrays import from_arrays
    from pipeline.builders.directory import from_directory
    from pipeline.config import Augment
    from pipeline.dataset.image_data import ImageData
    from pipeline.errors import InputError, MissingPathError
    from pipeline.images.load import load_image
    from pipeline.legacy.generator import ImageDataGenerator
    from pipeline.legacy.image_dataset.builder import image_dataset_from_directory
    from pipeline.models.check import check_model
    from pipeline.runs.resume import Resume

__version__ = "0.1.0"
__all__ = [
    "Augment",
    "ImageData",
    "ImageDataGenerator",
    "InputError",
    "MissingPathError",
    "Recipe",
    "Resume",
    "check_model",
    "commands",
    "from_arrays",
    "from_directory",
    "image_dataset_from_directory",
    "layers",
    "legacy",
    "load_image",
    "ops",
]

_HOMES = {
    "Augment": "pipeline.config",
    "ImageData": "pipeline.dataset.image_data",
    "ImageDataGenerator": "pipeline.legacy.generator",
    "InputError": "pipeline.errors",
    "MissingPathError": "pipeline.errors",
    "Recipe": "pipeline.augment.recipe",
    "Resume": "pipeline.runs.resume",
    "check_model": "pipeline.models.check",
    "from_arrays": "pipeline.builders.arrays",
    "from_directory": "pipeline.builders.directory",
    "image_dataset_from_directory": "pipeline.legacy.image_dataset.builder",
    "load_image": "pipeline.images.load",
}
# Names that need no TensorFlow.
_LIGHT = ("Augment", "InputError", "MissingPathError")


def __getattr__(name: str) -> Any:
    if name in ("commands", "legacy"):  # these import TensorFlow themselves, when it is first used
        return importlib.import_module(f"pipeline.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    with quiet_start() if name not in _LIGHT else contextlib.nullcontext():
        home = importlib.import_module(_HOMES.get(name, f"pipeline.{name}"))
    return getattr(home, name) if name in _HOMES else home


def __dir__() -> list[str]:
    return sorted(__all__)
