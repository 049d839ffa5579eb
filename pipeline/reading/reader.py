"""Reader: a source and an image configuration, to features of fixed shape.

    source.read(index): encoded bytes, or an array -> reader.read(index): [H, W, C], the same for every example

Training, evaluation, verification and the caches read through it. A cache is a reader as well
(`pipeline.cache.readers`): it gives what another one gave.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.images.load import picture
from pipeline.sources.source import Features, Source

__all__ = ["ImageReader", "Reader"]


class Reader(Protocol):
    """Reads any example by its index, in fixed shape."""

    @property
    def source(self) -> Source:
        """The source of the examples, in the order of the indices."""

    @property
    def image(self) -> ImageConfig:
        """The size, channels and scale of the images."""

    @property
    def key(self) -> str:
        """Everything that decides on an image's pixels beside its bytes, as text: a record of them is known by it."""

    @property
    def specs(self) -> Mapping[str, tf.TensorSpec]:
        """The type and shape of each feature of one example."""

    @property
    def at_once(self) -> bool:
        """True where `read` takes a whole batch of indices: the features lie in memory and are only gathered."""

    def read(self, index: tf.Tensor) -> Features:
        """Read one example, or with `at_once` a batch of them, in a TensorFlow graph.

        Args:
            index: int64 scalar; with `at_once` int64 `[B]`.

        Raises:
            tf.errors.OpError: an example cannot be read.
        """

    def subset(self, index: NDArray[np.int64]) -> Reader:
        """Return a reader of the examples at `index`, in that order."""


@dataclasses.dataclass(frozen=True)
class ImageReader:
    """A reader of a source's images: it decodes and resizes what is encoded, and leaves arrays as they are.

    Args:
        source: its feature `"image"` is read.
        image: how images are decoded and resized; an array has that size already.
        pillow: read with Pillow what TensorFlow decodes otherwise; without it, the graph runs in any process and
            refuses such files.
    """

    source: Source
    image: ImageConfig
    pillow: bool = True

    @property
    def key(self) -> str:
        """The image configuration."""
        return repr(self.image)

    @property
    def specs(self) -> Mapping[str, tf.TensorSpec]:
        """The image: `[H, W, C]`, uint8 where it is decoded, else of the source's type."""
        feature = self.source.features["image"]
        shape = [*self.image.image_size, self.image.channels]
        return {"image": tf.TensorSpec(shape, tf.uint8 if feature.encoded else feature.dtype)}

    @property
    def at_once(self) -> bool:
        """True for arrays."""
        return not self.source.features["image"].encoded

    def read(self, index: tf.Tensor) -> Features:
        """Read and, where it is encoded, decode the image, see `Reader.read`."""
        image = self.source.read(index)["image"]
        return {"image": self.decode(image) if self.source.features["image"].encoded else image}

    def decode(self, data: tf.Tensor) -> tf.Tensor:
        """Decode and resize one image: scalar string to uint8 `[H, W, C]`."""
        return picture(data, self.image, pillow=self.pillow)

    def subset(self, index: NDArray[np.int64]) -> Self:
        """Return a reader of the examples at `index`, in that order."""
        return dataclasses.replace(self, source=self.source.subset(index))
