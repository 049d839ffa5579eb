"""Read batches of files in chunks on the worker threads, and read the batches that are expected next in advance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from pipeline.legacy.decoding import Decoding, FileReader
from pipeline.legacy.workers import is_forked, submit
from pipeline.runtime.machine import cores

__all__ = ["LARGEST_CHUNK", "ONE_CALL_VALUES", "ReadAhead", "chunk_size", "chunks"]

# The most files in one call. More would leave threads without work; with fewer, the cost of a call would matter.
LARGEST_CHUNK = 16
# The most values (pixels times channels) in one call. They are held as float32 while they are copied into the batch.
CHUNK_VALUES = 5_000_000
# The most values in a batch that is read ahead and transformed in one call: 64 MB as float32. A larger batch occupies
# all threads by itself, and a second copy of it would need too much memory.
ONE_CALL_VALUES = 16_000_000
Part = tuple[slice, Future[Any]]


def chunk_size(batch_size: int, largest: int) -> int:
    """Return the number of images in each part of a batch: at most `largest`, with parts as equal as possible."""
    return max(1, -(-batch_size // -(-batch_size // max(1, largest))))


def chunks(count: int, size: int) -> list[slice]:
    """Return the slices of a batch of `count` images; each has `size` images, the last may have fewer."""
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


class ReadAhead:
    """A reader of batches of files that starts to read expected batches in advance.

    Batches are identified by their paths. So a wrong expectation costs time, but never gives wrong images.
    """

    def __init__(self, decoding: Decoding, batch_size: int) -> None:
        """Set the decoding and the number of files in a batch."""
        self.decoding, self.batch_size = decoding, batch_size
        self.chunk = chunk_size(batch_size, min(LARGEST_CHUNK, CHUNK_VALUES // math.prod(decoding.shape)))
        self._reader = FileReader(decoding, self.chunk)
        self._ahead: dict[tuple[str, ...], list[Part]] = {}

    def batches(self) -> int:
        """Return how many batches to read ahead: none if they are large, more if small ones leave threads idle."""
        if self.batch_size * math.prod(self.decoding.shape) > ONE_CALL_VALUES:
            return 0
        return max(1, 2 * cores() * LARGEST_CHUNK // (3 * self.batch_size))

    def _start(self, paths: Sequence[str]) -> list[Part]:
        return [(part, submit(self._reader.read, paths[part])) for part in chunks(len(paths), self.chunk)]

    def take(self, paths: Sequence[str]) -> list[Part]:
        """Return the parts of a batch: slices, and futures of images `[m, H, W, C]`.

        The caller must hold the iterator's lock, here and in `expect`.
        """
        if is_forked():  # the parent's threads do not exist here, so their futures would never be done
            return self._start(paths)
        return self._ahead.pop(tuple(paths), None) or self._start(paths)

    def expect(self, batches: Sequence[Sequence[str]]) -> None:
        """Start to read these batches, and cancel all others that were expected."""
        if is_forked():
            return
        wanted = {tuple(paths): paths for paths in batches}
        for key in self._ahead.keys() - wanted.keys():
            for _, future in self._ahead.pop(key):
                future.cancel()
        for key, paths in wanted.items():
            if key not in self._ahead:
                self._ahead[key] = self._start(paths)
