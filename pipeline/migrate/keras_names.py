"""Which dotted names of Keras have a home in `pipeline`; the spellings of a dozen years."""

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
_SEPARATE = "keras_preprocessing"  # the package that held the image module until 2020; its modules were one a file
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
    """A home in `pipeline`: the module, and the name in it; without a name the module itself is meant."""

    home: str
    name: str | None = None


def port(dotted: str) -> Port | None:
    """The home of Keras' `dotted` name, or None where it has none or is no name of Keras'.

    `ImageDataGenerator` and `image_dataset_from_directory` live at the top, all else in `pipeline.legacy`.
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
    """Whether `dotted` means `name`, Keras' or already the drop-in of that name."""
    home = port(dotted)
    return dotted in (f"pipeline.{name}", f"pipeline.legacy.{name}") or (home is not None and home.name == name)


def leads_to_images(dotted: str) -> bool:
    """Whether the image module, or a module that holds it or its names, is called `dotted`."""
    return bool(_ON_THE_WAY.fullmatch(dotted) or _INSIDE.fullmatch(dotted))


def is_separate(dotted: str) -> bool:
    """Check whether `dotted` is in the package keras_preprocessing, which is not installed with Keras 3."""
    return dotted.partition(".")[0] == _SEPARATE


def is_keras_2(dotted: str) -> bool:
    """Whether `dotted` is in the image module of `tf_keras`, which is Keras 2 kept alive."""
    return bool(_KERAS_2.fullmatch(dotted))
