"""Sources and readers for tests: files by their paths, arrays, and images that a function makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from pipeline.config import ImageConfig
from pipeline.reading.reader import ImageReader
from pipeline.sources.files import FileSource

__all__ = ["FunctionReader", "file_reader"]


def file_reader(paths: Sequence[object], image: ImageConfig) -> ImageReader:
    """Return a reader of image files."""
    return ImageReader(FileSource(tuple(map(str, paths))), image)


@dataclasses.dataclass(frozen=True)
class FunctionReader(ImageReader):
    """A reader that makes an image of a path by a function of its own.

    Args:
        function: a path (scalar string) to `[H, W, C]` of `dtype`.
        shape: `(H, W, C)`.
    """

    function: Callable[[tf.Tensor], tf.Tensor] = tf.identity
    shape: tuple[int, int, int] = (1, 1, 3)
    dtype: DTypeLike = np.uint8

    @classmethod
    def of(
        cls, paths: Sequence[str], function: Callable[[tf.Tensor], tf.Tensor], shape: Any, dtype: DTypeLike = np.uint8
    ) -> FunctionReader:
        image = ImageConfig(size=(1, 1))
        return cls(FileSource(tuple(paths)), image, function=function, shape=shape, dtype=dtype)

    @property
    def specs(self) -> Mapping[str, tf.TensorSpec]:
        return {"image": tf.TensorSpec(self.shape, self.dtype)}

    def read(self, index: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"image": self.function(tf.gather(self.source._paths, index))}  # type: ignore[attr-defined]

    def subset(self, index: NDArray[np.int64]) -> FunctionReader:
        return dataclasses.replace(self, source=self.source.subset(index))
