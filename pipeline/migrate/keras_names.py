"""Map the dotted names of Keras' image module, in all versions of Keras, to names of `pipeline`."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "DATASET",
    "GENERATOR",
    "LEGACY_NAMES",
    "Port",
    "is_keras_2",
    "is_separate",
    "leads_to_images",
    "port",
    "ported",
]

GENERATOR = "ImageDataGenerator"
DATASET = "image_dataset_from_directory"
LEGACY_NAMES = frozenset(
    (
        "ImageDataGenerator",
        "Iterator",
        "DirectoryIterator",
        "DataFrameIterator",
        "NumpyArrayIterator",
        "load_img",
        "img_to_array",
        "array_to_img",
        "save_img",
        "smart_resize",
        "list_pictures",
        "validate_filename",
        "flip_axis",
        "transform_matrix_offset_center",
        "apply_affine_transform",
        "apply_brightness_shift",
        "apply_channel_shift",
        "random_rotation",
        "random_shift",
        "random_shear",
        "random_zoom",
        "random_brightness",
        "random_channel_shift",
    )
)
_TENSORFLOW = r"tensorflow(?:_core)?(?:\.compat\.v[12]|\.contrib|\.python|\._api\.v[12])*"
_KERAS = (
    rf"(?:{_TENSORFLOW}\.)?keras(?:\.api|\._v[12]\.keras|\.src|\.legacy|\._legacy|\._tf_keras\.keras|\.python\.keras)*"
)
_SEPARATE = "keras_preprocessing"  # the package that had the image module until 2020, divided into several files
_FILES = (
    "utils|affine_transformations|image_data_generator|iterator|directory_iterator|dataframe_iterator|"
    "numpy_array_iterator"
)
_IMAGE = re.compile(rf"{_KERAS}\.preprocessing\.image|{_SEPARATE}\.image(?:\.(?:{_FILES}))?")
_INSIDE = re.compile(rf"(?:{_KERAS}\.preprocessing|keras_preprocessing)\.image(?:\.\w+)?")
_DATASET = re.compile(rf"{_KERAS}\.(?:utils|preprocessing)(?:\.image_dataset(?:_utils)?)?")
_ON_THE_WAY = re.compile(rf"{_TENSORFLOW}|{_KERAS}|{_KERAS}\.(?:preprocessing|utils)|keras_preprocessing")
_KERAS_2 = re.compile(r"tf_keras(?:\.\w+)*\.preprocessing\.image(?:\.\w+)*")


@dataclass(frozen=True)
class Port:
    """A name of `pipeline`: a module, and a name in it; without `name`, the module itself."""

    module: str
    name: str | None = None


def port(dotted: str) -> Port | None:
    """Return the name of `pipeline` that replaces Keras' `dotted` name; None if there is none.

    `ImageDataGenerator` and `image_dataset_from_directory` are in `pipeline`, all others in `pipeline.legacy`.
    """
    if _IMAGE.fullmatch(dotted):
        return Port("pipeline.legacy")
    module, _, name = dotted.rpartition(".")
    if name in LEGACY_NAMES and _INSIDE.fullmatch(module):
        return Port("pipeline" if name == GENERATOR else "pipeline.legacy", name)
    if name == DATASET and _DATASET.fullmatch(module):
        return Port("pipeline", name)
    return None


def ported(dotted: str, name: str) -> bool:
    """Return whether `dotted` is `name` of Keras, or the drop-in of that name."""
    target = port(dotted)
    return dotted in (f"pipeline.{name}", f"pipeline.legacy.{name}") or (target is not None and target.name == name)


def leads_to_images(dotted: str) -> bool:
    """Return whether `dotted` is the image module, or a module that contains it or its names."""
    return bool(_ON_THE_WAY.fullmatch(dotted) or _INSIDE.fullmatch(dotted))


def is_separate(dotted: str) -> bool:
    """Return whether `dotted` is in the package keras_preprocessing, which is not installed with Keras 3."""
    return dotted.partition(".")[0] == _SEPARATE


def is_keras_2(dotted: str) -> bool:
    """Return whether `dotted` is in the image module of `tf_keras`, the package that continues Keras 2."""
    return bool(_KERAS_2.fullmatch(dotted))
