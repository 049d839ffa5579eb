"""What the iterators over files share: how files become pictures, read ahead, and class numbers become labels."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.decoding import CHANNELS, Decoding
from pipeline.legacy.images import Part, PictureIterator
from pipeline.legacy.iterator import Index
from pipeline.legacy.reading import ReadAhead

__all__ = ["INTERPOLATIONS", "FileIterator", "announce"]

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def announce(message: str) -> None:
    """Say what was found, where Keras would."""
    if keras.config.is_interactive_logging_enabled():
        print(message)  # noqa: T201  # on stdout, as Keras does


class FileIterator(PictureIterator):
    """Pictures from files; subclasses say from which."""

    _names_below = 10_000_000
    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    _filepaths: list[str]
    _ahead: ReadAhead | None = None
    _last_asked: int | None = None

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
        """Check and set what says how a file becomes a picture; see `DirectoryIterator`.

        Raises:
            ValueError: a colour mode, interpolation or subset that does not exist.
        """
        if color_mode not in CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"Invalid interpolation method {interpolation} specified. "
                f"Supported methods are {', '.join(INTERPOLATIONS)}"
            )
        self.image_data_generator = image_data_generator
        self.target_size = _checked_size(target_size)
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
        self.split = _share(image_data_generator, subset)

    @property
    def filepaths(self) -> list[str]:
        """Paths of all files, in the order of their numbers."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """The label of every file."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """The weight of every file, or `None`."""
        return None

    def _picture_shape(self) -> tuple[int, ...]:
        return self.image_shape

    def _part_size(self) -> int:
        return self._reading().chunk

    def _working_dtype(self) -> Any:
        return keras.config.floatx()

    def _parts(self, index_array: Index) -> list[Part]:
        return [(part, reading.result) for part, reading in self._reading().take(self._paths(index_array))]

    def _paths(self, index_array: Index) -> list[str]:
        paths = self.filepaths
        return [os.fspath(paths[j]) for j in index_array]

    def _reading(self) -> ReadAhead:
        height, width = self.target_size
        how = Decoding((int(height), int(width)), self.color_mode, self.interpolation, self.keep_aspect_ratio)
        if self._ahead is None or (self._ahead.how, self._ahead.batch_size) != (how, self.batch_size):
            self._ahead = ReadAhead(how, self.batch_size)
        return self._ahead

    def _expect_next(self) -> None:
        ahead = self._reading()
        ahead.expect([self._paths(index_array) for index_array in self._upcoming(ahead.batches())])

    def _expect_after(self, idx: int) -> None:
        """Read on where batches are asked for in their order; `model.fit` asks for them in any."""
        in_order = self._last_asked is None if idx == 0 else self._last_asked == idx - 1
        self._last_asked = idx
        ahead = self._reading()
        following = range(idx + 1, min(idx + 1 + ahead.batches(), len(self))) if in_order else ()
        ahead.expect([self._paths(self._batch(k)) for k in following])

    def _with_labels(self, batch: NDArray[Any], index_array: Index) -> Any:
        labels = self._labels_of(batch, index_array)
        if labels is None:
            return batch
        weights = self.sample_weight
        return (batch, labels) if weights is None else (batch, labels, weights[index_array])

    def _labels_of(self, batch: NDArray[Any], index_array: Index) -> Any:
        """As `class_mode` has them; `None` where there are none."""
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
                labels[place, self.classes[j]] = 1.0  # one number, or a list of them
            return labels
        return None


def _share(generator: Any, subset: str | None) -> tuple[float, float] | None:
    """From which to which share of the files `subset` goes: validation comes first."""
    if subset is None:
        return None
    split = generator._validation_split
    shares = {"validation": (0, split), "training": (split, 1)}
    if subset not in shares:
        raise ValueError(f'Invalid subset name: {subset};expected "training" or "validation"')
    return shares[subset]


def _checked_size(target_size: Any) -> tuple[int, ...]:
    wanted = "`target_size` should be (height, width), two integers of at least 1."
    if not isinstance(target_size, Iterable) or not all(isinstance(side, numbers.Integral) for side in target_size):
        raise TypeError(f"{wanted} Received: {target_size!r}")
    size = tuple(target_size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"{wanted} Received: {target_size!r}")
    return size
