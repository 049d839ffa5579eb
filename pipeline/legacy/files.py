"""`FileIterator`, the base of the iterators over files: it reads images ahead and converts class numbers to labels."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.decoding import CHANNELS, Decoding
from pipeline.legacy.images import ImageIterator, Part
from pipeline.legacy.iterator import Index
from pipeline.legacy.reading import ReadAhead

__all__ = ["INTERPOLATIONS", "FileIterator", "announce"]

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def announce(message: str) -> None:
    """Print `message` on stdout, unless Keras' interactive logging is off."""
    if keras.config.is_interactive_logging_enabled():
        print(message)  # noqa: T201  # Keras prints it too


class FileIterator(ImageIterator):
    """An iterator over image files; subclasses set the list of files and their labels."""

    _save_suffix_limit = 10_000_000
    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    _filepaths: list[str]
    _ahead: ReadAhead | None = None
    _last_index: int | None = None

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: Sequence[int],
        color_mode: str,
        data_format: str,
        save_to_dir: str | os.PathLike[str] | None,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
    ) -> None:
        """Check and set the attributes that determine how images are read; see `DirectoryIterator`.

        Raises:
            TypeError: `target_size` does not consist of integers.
            ValueError: a colour mode, interpolation or subset does not exist, or `target_size` is not two sides of at
                least 1 pixel.
        """
        if color_mode not in CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"Invalid interpolation method {interpolation} specified. "
                f"Supported methods are {', '.join(INTERPOLATIONS)}"
            )
        self.image_data_generator = image_data_generator
        self.target_size = _check_size(target_size)
        self.keep_aspect_ratio = keep_aspect_ratio
        self.color_mode = color_mode
        self.data_format = data_format
        channels = (CHANNELS[color_mode],)
        first = data_format == "channels_first"
        self.image_shape = channels + self.target_size if first else self.target_size + channels
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.subset = subset
        self.split = _split_range(image_data_generator, subset)

    @property
    def filepaths(self) -> list[str]:
        """Return the paths of all files, in the order of their numbers."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """Return the label of every file."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """Return the weight of every file, or `None`."""
        return None

    def _image_shape(self) -> tuple[int, ...]:
        return self.image_shape

    def _part_size(self) -> int:
        return self._read_ahead().chunk

    def _working_dtype(self) -> Any:
        return keras.config.floatx()

    def _parts(self, index_array: Index) -> list[Part]:
        return [(part, future.result) for part, future in self._read_ahead().take(self._paths(index_array))]

    def _paths(self, index_array: Index) -> list[str]:
        paths = self.filepaths
        return [os.fspath(paths[j]) for j in index_array]

    def _read_ahead(self) -> ReadAhead:
        """Return the reader; make another one where an attribute that it depends on was changed."""
        height, width = self.target_size
        decoding = Decoding((int(height), int(width)), self.color_mode, self.interpolation, self.keep_aspect_ratio)
        if self._ahead is None or (self._ahead.decoding, self._ahead.batch_size) != (decoding, self.batch_size):
            self._ahead = ReadAhead(decoding, self.batch_size)
        return self._ahead

    def _expect_next(self) -> None:
        ahead = self._read_ahead()
        ahead.expect([self._paths(index_array) for index_array in self._upcoming(ahead.batches())])

    def _expect_after(self, idx: int) -> None:
        """Read ahead where batches are read in ascending order; workers of `model.fit` read in any order."""
        in_order = self._last_index is None if idx == 0 else self._last_index == idx - 1
        self._last_index = idx
        ahead = self._read_ahead()
        following = range(idx + 1, min(idx + 1 + ahead.batches(), len(self))) if in_order else ()
        ahead.expect([self._paths(self._batch(k)) for k in following])

    def _with_labels(self, batch: NDArray[Any], index_array: Index) -> Any:
        labels = self._labels_of(batch, index_array)
        if labels is None:
            return batch
        weights = self.sample_weight
        return (batch, labels) if weights is None else (batch, labels, weights[index_array])

    def _labels_of(self, batch: NDArray[Any], index_array: Index) -> Any:
        """Return labels of the kind that `class_mode` names, `[B]` or `[B, classes]`; `None` for no labels."""
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode in ("binary", "sparse"):
            labels = np.empty(len(index_array), dtype=self.dtype)
            for place, j in enumerate(index_array):
                labels[place] = self.classes[j]
            return labels
        if self.class_mode == "categorical":
            labels = np.zeros((len(index_array), len(self.class_indices)), dtype=self.dtype)
            for place, j in enumerate(index_array):
                labels[place, self.classes[j]] = 1.0  # `classes[j]` is a number or a list of numbers
            return labels
        return None


def _split_range(generator: Any, subset: str | None) -> tuple[float, float] | None:
    """Return the fractions of the files at which `subset` begins and ends; validation comes first."""
    if subset is None:
        return None
    split = generator._validation_split
    ranges = {"validation": (0, split), "training": (split, 1)}
    if subset not in ranges:
        raise ValueError(f'Invalid subset name: {subset};expected "training" or "validation"')
    return ranges[subset]


def _check_size(target_size: Any) -> tuple[int, ...]:
    wanted = "`target_size` should be (height, width), two integers of at least 1."
    if not isinstance(target_size, Iterable) or not all(isinstance(side, numbers.Integral) for side in target_size):
        raise TypeError(f"{wanted} Received: {target_size!r}")
    size = tuple(target_size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"{wanted} Received: {target_size!r}")
    return size
