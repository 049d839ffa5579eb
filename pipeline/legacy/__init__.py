"""Keras' deprecated image preprocessing, name for name: change the import, keep the script.

Every name that scripts import from `keras.preprocessing.image` is here; `docs/legacy.md` compares them one by one.
Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras.utils import array_to_img, img_to_array, load_img, save_img

    from pipeline.legacy.arrays import NumpyArrayIterator
    from pipeline.legacy.dataframe import DataFrameIterator
    from pipeline.legacy.directory import DirectoryIterator
    from pipeline.legacy.generator import ImageDataGenerator
    from pipeline.legacy.image_dataset.builder import image_dataset_from_directory
    from pipeline.legacy.iterator import Iterator
    from pipeline.legacy.listing import list_pictures, validate_filename
    from pipeline.legacy.resizing import smart_resize
    from pipeline.legacy.transforms import (
        apply_affine_transform,
        apply_brightness_shift,
        apply_channel_shift,
        flip_axis,
        random_brightness,
        random_channel_shift,
        random_rotation,
        random_shear,
        random_shift,
        random_zoom,
        transform_matrix_offset_center,
    )

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "flip_axis",
    "image_dataset_from_directory",
    "img_to_array",
    "list_pictures",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
    "transform_matrix_offset_center",
    "validate_filename",
]

_HOMES = {
    "arrays": ["NumpyArrayIterator"],
    "dataframe": ["DataFrameIterator"],
    "directory": ["DirectoryIterator"],
    "generator": ["ImageDataGenerator"],
    "image_dataset.builder": ["image_dataset_from_directory"],
    "iterator": ["Iterator"],
    "listing": ["list_pictures", "validate_filename"],
    "resizing": ["smart_resize"],
    "transforms": [name for name in __all__ if name.startswith(("apply_", "random_")) or name in ("flip_axis",)]
    + ["transform_matrix_offset_center"],
}
_FROM_KERAS = ("array_to_img", "img_to_array", "load_img", "save_img")


def __getattr__(name: str) -> Any:
    if name in _FROM_KERAS:
        return getattr(importlib.import_module("keras.utils"), name)
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"pipeline.legacy.{module}"), name)
    raise AttributeError(f"module 'pipeline.legacy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
