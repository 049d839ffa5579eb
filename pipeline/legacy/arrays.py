"""`NumpyArrayIterator`: pictures from an array."""

from __future__ import annotations

import functools
import math
import os
import warnings
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.images import Part, PictureIterator
from pipeline.legacy.iterator import Index
from pipeline.legacy.reading import chunk_size, chunks
from pipeline.legacy.workers import submit

__all__ = ["NumpyArrayIterator"]

# Bytes that are taken at a time: below this a thread of its own is not worth it.
TAKEN_BYTES = 1_000_000
# Bytes that are taken and transformed at a time, in and out: what the processor's cache holds.
CHUNK_BYTES = 7_500_000


def _check_lengths(x: Any, beside: list[NDArray[Any]], y: Any, sample_weight: Any) -> None:
    for one in beside:
        if len(x) != len(one):
            raise ValueError(
                "All of the arrays in `x` should have the same length. "
                f"Found a pair with: len(x[0]) = {len(x)}, len(x[?]) = {len(one)}"
            )
    for name, meaning, values in (("y", " (labels)", y), ("sample_weight", "", sample_weight)):
        if values is not None and len(x) != len(values):
            raise ValueError(
                f"`x` (images tensor) and `{name}`{meaning} should have the same length. "
                f"Found: x.shape = {np.asarray(x).shape}, {name}.shape = {np.asarray(values).shape}"
            )


def _share(count: int, generator: Any, subset: str | None, y: Any, ignore_class_split: bool) -> slice:
    """The examples of `subset`: validation comes first."""
    if subset is None:
        return slice(None)
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    border = int(count * generator._validation_split)
    if y is not None and not ignore_class_split and not np.array_equal(np.unique(y[:border]), np.unique(y[border:])):
        raise ValueError(
            "Training and validation subsets have different number of classes after the split. If your numpy arrays "
            "are sorted by the label, you might want to shuffle them."
        )
    return slice(None, border) if subset == "validation" else slice(border, None)


class NumpyArrayIterator(PictureIterator):
    """Batches of pictures from an array; what `ImageDataGenerator.flow` returns.

    Args:
        x: `[N, H, W, C]` (or `[N, C, H, W]`), or a tuple of it and of one or more arrays that go along.
        y: labels, `[N, ...]`, or `None`.
        image_data_generator: what transforms and normalises.
        batch_size: pictures in a batch; the last may have fewer.
        shuffle: another order each epoch.
        sample_weight: `[N]`, or `None`.
        seed: of order and draws; `None` draws from NumPy's global state.
        data_format: `"channels_last"` or `"channels_first"`; `None` is Keras' setting.
        save_to_dir: an existing folder that every picture given is saved to.
        save_prefix: of the names there.
        save_format: their extension.
        subset: `"training"` or `"validation"` of the generator's `validation_split`.
        ignore_class_split: do not check that both subsets hold all classes.
        dtype: of the batches; `None` is Keras' `floatx`.

    Raises:
        ValueError: lengths, rank or subset do not fit.
    """

    _names_below = 10_000

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        beside: list[NDArray[Any]] = []
        if isinstance(x, (tuple, list)):
            beside = [np.asarray(one) for one in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        if not hasattr(x, "__len__"):
            raise ValueError(f"Input data in `NumpyArrayIterator` should have rank 4. You passed: {x!r}")
        _check_lengths(x, beside, y, sample_weight)
        share = _share(len(x), image_data_generator, subset, y, ignore_class_split)
        self.dtype = keras.config.floatx() if dtype is None else dtype
        self.data_format = data_format or keras.config.image_data_format()
        self._pixels = self._kept(x[share])
        self.x_misc = [one[share] for one in beside]
        self.y = None if y is None else np.asarray(y[share])
        # Keras' own forgets the subset here, and gives the weights of other examples.
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[share]
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self._pixels), batch_size, shuffle, seed)

    def _kept(self, x: Any) -> NDArray[Any]:
        """`x` in the batches' dtype, but bytes as bytes: a quarter of the memory, and faster to warp."""
        as_bytes = isinstance(x, np.ndarray) and x.dtype == np.uint8 and np.dtype(self.dtype) == np.float32
        kept = np.array(x) if as_bytes else np.asarray(x, dtype=self.dtype)
        if kept.ndim != 4:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {kept.shape}"
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if kept.shape[axis] not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {kept.shape} ({kept.shape[axis]} channels).",
                stacklevel=4,
            )
        return kept

    @property
    def x(self) -> NDArray[Any]:
        """All pictures, `[n, ...]` in the batches' dtype; made at each look where bytes are kept."""
        return self._pixels.astype(self.dtype, copy=False)

    @x.setter
    def x(self, pictures: Any) -> None:
        self._pixels = self._kept(pictures)

    def _picture_shape(self) -> tuple[int, ...]:
        return self._pixels.shape[1:]

    def _working_dtype(self) -> Any:
        return self.dtype

    def _parts(self, index_array: Index) -> list[Part]:
        parts = chunks(len(index_array), self._part_size())
        if len(parts) == 1 or not self._whole:
            return [(part, functools.partial(self._taken, index_array[part])) for part in parts]
        return [(part, submit(self._taken, index_array[part]).result) for part in parts]

    @property
    def _whole(self) -> bool:
        return self._pixels.dtype == np.uint8 and super()._whole

    def _part_size(self) -> int:
        values = max(1, math.prod(self._picture_shape()))
        if self._whole:
            return max(1, TAKEN_BYTES // values)
        return chunk_size(self.batch_size, CHUNK_BYTES // (values * (self._pixels.itemsize + 4)))

    def _taken(self, index_array: Index) -> NDArray[Any]:
        taken = self._pixels[index_array]
        return np.ascontiguousarray(np.moveaxis(taken, 1, -1)) if self.data_format == "channels_first" else taken

    def _with_labels(self, batch: NDArray[Any], index_array: Index) -> Any:
        pictures = [batch] + [one[index_array] for one in self.x_misc] if self.x_misc else batch
        if self.y is None:
            return pictures
        if self.sample_weight is None:
            return pictures, self.y[index_array]
        return pictures, self.y[index_array], self.sample_weight[index_array]
