"""Caches as readers: they give what another reader gave, from memory or from disk; and the choice between them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.cache.disk import DiskCache, Kept
from pipeline.cache.fill import fill_disk, fill_memory
from pipeline.cache.records import row_fingerprints
from pipeline.config import ImageConfig
from pipeline.images.fault import to_message
from pipeline.images.load import fault_of
from pipeline.reading.reader import Reader
from pipeline.reading.unreadable import Unreadable, readable
from pipeline.reading.verify import find_unreadable
from pipeline.runtime.shared_array import take
from pipeline.sources.source import Features, Source

__all__ = ["DiskReader", "MemoryReader", "read_through"]


@dataclasses.dataclass(frozen=True)
class _CachedReader:
    """A reader of images that another reader gave; everything but the images is that reader's.

    Args:
        reader: the other reader.
    """

    reader: Reader

    @property
    def source(self) -> Source:
        """The source of the examples."""
        return self.reader.source

    @property
    def image(self) -> ImageConfig:
        """The size, channels and scale of the images."""
        return self.reader.image

    @property
    def key(self) -> str:
        """The key of the other reader."""
        return self.reader.key

    @property
    def specs(self) -> Mapping[str, tf.TensorSpec]:
        """The specifications of the other reader."""
        return self.reader.specs


@dataclasses.dataclass(frozen=True)
class MemoryReader(_CachedReader):
    """A reader of images in memory.

    Args:
        reader: the reader that gave them.
        images: `[N, H, W, C]` from `pipeline.runtime.shared_array.share`; row i is example i.
    """

    images: tf.Variable

    at_once = True

    def read(self, index: tf.Tensor) -> Features:
        """Gather images: int64 `[B]` to `{"image": [B, H, W, C]}`; a scalar to one."""
        return {"image": take(self.images, index)}

    def subset(self, index: NDArray[np.int64]) -> Reader:
        """Return a reader of some of the examples, which decodes them anew: rows of an array do not move."""
        return self.reader.subset(index)


@dataclasses.dataclass(frozen=True)
class DiskReader(_CachedReader):
    """A reader of images on disk; it decodes an image that is not there, or whose checksum does not match.

    Args:
        reader: the reader that gave them; it decodes the missing ones.
        kept: the images, all or some.
    """

    kept: Kept

    @functools.cached_property
    def at_once(self) -> bool:
        """True where all images are on disk."""
        return not len(self.kept.missing)

    def _rows(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return images, and whether each matches its checksum: int64 `[B]` to (`[B, H, W, C]`, bool `[B]`)."""
        rows = tf.gather(tf.constant(self.kept.rows), index)
        images = take(self.kept.images, tf.maximum(rows, 0))
        sound = tf.equal(row_fingerprints(images), tf.gather(tf.constant(self.kept.prints), index))
        return images, tf.logical_and(rows >= 0, sound)

    def read(self, index: tf.Tensor) -> Features:
        """Read images, see `Reader.read`."""
        return {"image": self._batch(index) if self.at_once else self._one(index)}

    def _one(self, index: tf.Tensor) -> tf.Tensor:
        images, sound = self._rows(index[None])
        return tf.cond(sound[0], lambda: images[0], lambda: self.reader.read(index)["image"])

    def _batch(self, index: tf.Tensor) -> tf.Tensor:
        images, sound = self._rows(index)
        # TensorFlow never lets go of what it is given here: no method of `self`, or the mapped file would stay open.
        decode = functools.partial(_decoded_again, self.reader)

        def mended() -> tf.Tensor:
            # Out of the graph, which takes a third of a second longer to begin with where it could decode.
            return tf.py_function(decode, [images, sound, index], images.dtype)

        return tf.cond(tf.reduce_all(sound), lambda: images, mended)

    def subset(self, index: NDArray[np.int64]) -> DiskReader:
        """Return a reader of some of the examples, from the same file."""
        return DiskReader(self.reader.subset(index), self.kept.subset(index))


def _decoded_again(reader: Reader, images: tf.Tensor, sound: tf.Tensor, index: tf.Tensor) -> NDArray[Any]:
    """Decode the images that are not sound: `[B, H, W, C]`, bool `[B]`, int64 `[B]` to `[B, H, W, C]`."""
    batch: NDArray[Any] = images.numpy().copy()
    for row in np.flatnonzero(~sound.numpy()):
        try:
            batch[row] = reader.read(index[row])["image"].numpy()
        except tf.errors.OpError as error:  # a ValueError comes out as InvalidArgumentError
            raise ValueError(to_message(fault_of(error))) from None
    return batch


def read_through(
    reader: Reader, cache: str, disk: DiskCache, *, check: bool, named: str
) -> tuple[Reader, list[Unreadable]]:
    """Fill the cache that was chosen, and return the examples that can be read, from it.

    Args:
        reader: of N examples.
        cache: `"memory"`, `"disk"` or `"none"`.
        disk: where `"disk"` keeps images.
        check: read every example even where a cache does not need it.
        named: the examples, for titles of progress bars: `"training photos"`.

    Returns:
        (a reader of the examples that can be read, in their order; those that cannot, by their index among the N).

    Raises:
        InputError: the process may not have that much memory.
    """
    if cache == "memory":
        images, bad = fill_memory(reader, f"Reading {named} into memory")
        return MemoryReader(_without(reader, bad), images), bad
    if cache == "disk":
        kept, bad = fill_disk(disk, reader, check=check, title=f"Reading {named} into the disk cache")
        return _without(reader if kept is None else DiskReader(reader, kept), bad), bad
    bad = find_unreadable(reader, f"Checking {named}") if check else []
    return _without(reader, bad), bad


def _without(reader: Reader, bad: Sequence[Unreadable]) -> Reader:
    """Return a reader of the examples that can be read."""
    if not bad:
        return reader
    return reader.subset(readable(len(reader.source), bad))
