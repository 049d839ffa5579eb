"""`DirectoryIterator`: pictures from a folder with a folder a class."""

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
    """Batches of pictures from a folder; what `ImageDataGenerator.flow_from_directory` returns.

    Args:
        directory: the folder; each of its folders is a class.
        image_data_generator: what transforms and normalises; `None` for neither.
        target_size: `(height, width)` in pixels.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"` (which keeps 16 and 32 bit).
        classes: names of the class folders, in the order of their numbers; `None`: all, sorted.
        class_mode: `"categorical"` (one-hot), `"binary"` or `"sparse"` (numbers), `"input"` (the pictures
            themselves) or `None` (no labels).
        batch_size: pictures in a batch; the last may have fewer.
        shuffle: another order each epoch.
        seed: of order and draws; `None` draws from NumPy's global state.
        data_format: `"channels_last"` or `"channels_first"`; `None` is Keras' setting.
        save_to_dir: an existing folder that every picture given is saved to.
        save_prefix: of the names there.
        save_format: their extension.
        follow_links: enter folders that are links.
        subset: `"training"` or `"validation"` of the generator's `validation_split`; validation is the first share
            of each class.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos"`, `"box"` or `"hamming"`, Pillow's.
        keep_aspect_ratio: cut the centre out instead of stretching.
        dtype: of the batches; `None` is Keras' `floatx`.

    Raises:
        ValueError: a mode, interpolation or subset that does not exist.
        FileNotFoundError: there is no such folder.
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
