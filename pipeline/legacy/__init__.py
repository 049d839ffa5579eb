"""Replace Keras' deprecated image preprocessing under the same names: scripts change their import only.

The package has every name that scripts import from `keras.preprocessing.image`; `docs/legacy.md` compares them one by
one. A name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pipeline.runtime.startup import quiet_start

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

# The module of each name; names that are not listed are in `pipeline.legacy.transforms`.
_MODULES = {
    "DataFrameIterator": "pipeline.legacy.dataframe",
    "DirectoryIterator": "pipeline.legacy.directory",
    "ImageDataGenerator": "pipeline.legacy.generator",
    "Iterator": "pipeline.legacy.iterator",
    "NumpyArrayIterator": "pipeline.legacy.arrays",
    "array_to_img": "keras.utils",
    "image_dataset_from_directory": "pipeline.legacy.image_dataset.builder",
    "img_to_array": "keras.utils",
    "list_pictures": "pipeline.legacy.listing",
    "load_img": "keras.utils",
    "save_img": "keras.utils",
    "smart_resize": "pipeline.legacy.resizing",
    "validate_filename": "pipeline.legacy.listing",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'pipeline.legacy' has no attribute {name!r}")
    with quiet_start():
        module = importlib.import_module(_MODULES.get(name, "pipeline.legacy.transforms"))
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
