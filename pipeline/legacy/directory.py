"""`DirectoryIterator`: batches of images from a folder that has one folder for each class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from pipeline.legacy.files import FileIterator, announce
from pipeline.legacy.listing import files_of_class

__all__ = ["DirectoryIterator"]


class DirectoryIterator(FileIterator):
    """The iterator that `ImageDataGenerator.flow_from_directory` returns: batches of images from a folder.

    Args:
        directory: the folder; each folder in it is a class.
        image_data_generator: the generator that transforms and normalises the images; `None` does neither.
        target_size: `(height, width)` in pixels.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"` (which keeps 16 and 32 bits).
        classes: names of the class folders, in the order of their numbers; `None` takes all folders, sorted.
        class_mode: the kind of labels: `"categorical"` (one-hot), `"binary"` or `"sparse"` (class numbers), `"input"`
            (the images themselves) or `None` (no labels).
        batch_size: number of images in a batch; the last batch may have fewer.
        shuffle: whether to draw a new order for each epoch.
        seed: seed of the order and of the random draws; `None` draws from NumPy's global state.
        data_format: `"channels_last"` or `"channels_first"`; `None` takes Keras' setting.
        save_to_dir: an existing folder to which every returned image is saved.
        save_prefix: prefix of the saved files' names.
        save_format: extension of the saved files.
        follow_links: whether to enter folders that are symbolic links.
        subset: `"training"` or `"validation"`, a part by the generator's `validation_split`; validation is the first
            part of each class.
        interpolation: Pillow's filter: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos"`, `"box"` or `"hamming"`.
        keep_aspect_ratio: whether to crop the centre instead of stretching the image.
        dtype: dtype of the batches; `None` takes Keras' `floatx`.

    Raises:
        ValueError: a mode, interpolation or subset does not exist.
        FileNotFoundError: the folder does not exist.
    """

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}  # noqa: RUF012  # Keras' own attribute

    def __init__(
        self,
        directory: str | os.PathLike[str],
        image_data_generator: Any,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format or keras.config.image_data_format(),
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.directory = directory
        self.class_mode = class_mode
        self.dtype = keras.config.floatx() if dtype is None else dtype
        names = list(classes) if classes else _folders(directory)
        self.num_classes = len(names)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self._list_files(names, follow_links)
        if not self.samples:
            warnings.warn(
                f"There is no picture in {os.fspath(directory)!r}: each class is a folder in it, with files that "
                f"end in {', '.join(self.white_list_formats)}.",
                stacklevel=3,
            )
        announce(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _list_files(self, names: Sequence[str], follow_links: bool) -> None:
        self.filenames: list[str] = []
        numbers: list[int] = []
        for name in names:
            folder = os.path.join(self.directory, name)
            if not os.path.isdir(folder):
                warnings.warn(f"There is no folder for class {name!r} in {os.fspath(self.directory)!r}.", stacklevel=4)
            found = files_of_class(folder, self.split, follow_links)
            self.filenames += found
            numbers += [self.class_indices[name]] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, dtype="int32")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]


def _folders(directory: str | os.PathLike[str]) -> list[str]:
    return sorted(name for name in os.listdir(directory) if os.path.isdir(os.path.join(directory, name)))
