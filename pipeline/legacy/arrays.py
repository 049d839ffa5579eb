"""`NumpyArrayIterator`: batches of images from an array."""

from __future__ import annotations

import functools
import math
import os
import warnings
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.images import ImageIterator, Part
from pipeline.legacy.iterator import Index
from pipeline.legacy.reading import chunk_size, chunks
from pipeline.legacy.workers import submit

__all__ = ["NumpyArrayIterator"]

# Bytes that one thread copies out of the array; for fewer bytes, a thread costs more than it saves.
SELECT_BYTES = 1_000_000
# Bytes of input and output of one transformed part. They fit into the processor's cache.
CHUNK_BYTES = 7_500_000


def _check_lengths(x: Any, extra_inputs: list[NDArray[Any]], y: Any, sample_weight: Any) -> None:
    for extra in extra_inputs:
        if len(x) != len(extra):
            raise ValueError(
                "All of the arrays in `x` should have the same length. "
                f"Found a pair with: len(x[0]) = {len(x)}, len(x[?]) = {len(extra)}"
            )
    for name, meaning, values in (("y", " (labels)", y), ("sample_weight", "", sample_weight)):
        if values is not None and len(x) != len(values):
            raise ValueError(
                f"`x` (images tensor) and `{name}`{meaning} should have the same length. "
                f"Found: x.shape = {np.asarray(x).shape}, {name}.shape = {np.asarray(values).shape}"
            )


def _subset_slice(count: int, generator: Any, subset: str | None, y: Any, ignore_class_split: bool) -> slice:
    """Return the slice of the examples in `subset`: validation is the first part, training the rest."""
    if subset is None:
        return slice(None)
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    split = int(count * generator._validation_split)
    if y is not None and not ignore_class_split and not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
        raise ValueError(
            "Training and validation subsets have different number of classes after the split. If your numpy arrays "
            "are sorted by the label, you might want to shuffle them."
        )
    return slice(None, split) if subset == "validation" else slice(split, None)


class NumpyArrayIterator(ImageIterator):
    """The iterator that `ImageDataGenerator.flow` returns: batches of images from an array.

    Args:
        x: images, `[N, H, W, C]` (or `[N, C, H, W]`); or a tuple of them and of one or more further inputs, each
            `[N, ...]`.
        y: labels, `[N, ...]`, or `None`.
        image_data_generator: the generator that transforms and normalises the images.
        batch_size: number of images in a batch; the last batch may have fewer.
        shuffle: whether to draw a new order for each epoch.
        sample_weight: weights, `[N]`, or `None`.
        seed: seed of the order and of the random draws; `None` draws from NumPy's global state.
        data_format: `"channels_last"` or `"channels_first"`; `None` takes Keras' setting.
        save_to_dir: an existing folder to which every returned image is saved.
        save_prefix: prefix of the saved files' names.
        save_format: extension of the saved files.
        subset: `"training"` or `"validation"`, a part by the generator's `validation_split`.
        ignore_class_split: whether to omit the check that both subsets hold all classes.
        dtype: dtype of the batches; `None` takes Keras' `floatx`.

    Raises:
        ValueError: lengths differ, `x` has not four axes, or `subset` does not exist.
    """

    _save_suffix_limit = 10_000

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
        extra_inputs: list[NDArray[Any]] = []
        if isinstance(x, (tuple, list)):
            extra_inputs = [np.asarray(extra) for extra in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        if not hasattr(x, "__len__"):
            raise ValueError(f"Input data in `NumpyArrayIterator` should have rank 4. You passed: {x!r}")
        _check_lengths(x, extra_inputs, y, sample_weight)
        part = _subset_slice(len(x), image_data_generator, subset, y, ignore_class_split)
        self.dtype = keras.config.floatx() if dtype is None else dtype
        self.data_format = data_format or keras.config.image_data_format()
        self._pixels = self._to_storage(x[part])
        self.x_misc = [extra[part] for extra in extra_inputs]
        self.y = None if y is None else np.asarray(y[part])
        # Keras does not apply `subset` to the weights, and so returns the weights of other examples.
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[part]
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self._pixels), batch_size, shuffle, seed)

    def _to_storage(self, x: Any) -> NDArray[Any]:
        """Convert `x` to the batches' dtype, but keep uint8: it needs a quarter of the memory and warps faster."""
        keeps_uint8 = isinstance(x, np.ndarray) and x.dtype == np.uint8 and np.dtype(self.dtype) == np.float32
        stored = np.array(x) if keeps_uint8 else np.asarray(x, dtype=self.dtype)
        if stored.ndim != 4:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {stored.shape}"
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if stored.shape[axis] not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {stored.shape} ({stored.shape[axis]} channels).",
                stacklevel=4,
            )
        return stored

    @property
    def x(self) -> NDArray[Any]:
        """Return all images, `[n, ...]` in the batches' dtype; images stored as uint8 are converted at each access."""
        return self._pixels.astype(self.dtype, copy=False)

    @x.setter
    def x(self, images: Any) -> None:
        self._pixels = self._to_storage(images)

    def _image_shape(self) -> tuple[int, ...]:
        return self._pixels.shape[1:]

    def _working_dtype(self) -> Any:
        return self.dtype

    def _parts(self, index_array: Index) -> list[Part]:
        parts = chunks(len(index_array), self._part_size())
        if len(parts) == 1 or not self._fits_one_call:
            return [(part, functools.partial(self._select, index_array[part])) for part in parts]
        return [(part, submit(self._select, index_array[part]).result) for part in parts]

    @property
    def _fits_one_call(self) -> bool:
        return self._pixels.dtype == np.uint8 and super()._fits_one_call

    def _part_size(self) -> int:
        values = max(1, math.prod(self._image_shape()))
        if self._fits_one_call:
            return max(1, SELECT_BYTES // values)
        return chunk_size(self.batch_size, CHUNK_BYTES // (values * (self._pixels.itemsize + 4)))

    def _select(self, index_array: Index) -> NDArray[Any]:
        """Return the images at `index_array`, `[m, H, W, C]`."""
        images = self._pixels[index_array]
        return np.ascontiguousarray(np.moveaxis(images, 1, -1)) if self.data_format == "channels_first" else images

    def _with_labels(self, batch: NDArray[Any], index_array: Index) -> Any:
        inputs = [batch] + [extra[index_array] for extra in self.x_misc] if self.x_misc else batch
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[index_array]
        return inputs, self.y[index_array], self.sample_weight[index_array]
