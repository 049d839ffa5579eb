"""Batches of files, read a chunk at a time on the worker threads, and those expected next read ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from pipeline.legacy.decoding import Decoding, FileReader
from pipeline.legacy.workers import is_forked, submit
from pipeline.runtime.machine import cores

__all__ = ["LARGEST_CHUNK", "WHOLE_VALUES", "ReadAhead", "chunk_size", "chunks"]

# Files of one call: enough for the call's own cost to vanish, few enough for a batch to occupy several threads.
LARGEST_CHUNK = 16
# Values of one call's pictures, which are held as float32 while they are copied into the batch.
CHUNK_VALUES = 5_000_000
# Values of a batch up to which it is read ahead, and transformed in one call: 64 MB as float32. A larger one keeps
# all threads busy by itself, and there is no memory for a second copy.
WHOLE_VALUES = 16_000_000
Part = tuple[slice, Future[Any]]


def chunk_size(batch_size: int, largest: int) -> int:
    """Pictures in a part of a batch: at most `largest`, and evenly so."""
    return max(1, -(-batch_size // -(-batch_size // max(1, largest))))


def chunks(count: int, size: int) -> list[slice]:
    """The parts of a batch of `count` pictures, `size` in each but the last."""
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


class ReadAhead:
    """Reads batches of files; keeps what was asked for in advance until it is taken or no longer expected.

    A batch is known by its paths alone, so what was foreseen wrongly costs time and is never served.
    """

    def __init__(self, how: Decoding, batch_size: int) -> None:
        """`how` the files become arrays, in batches of `batch_size`."""
        self.how, self.batch_size = how, batch_size
        self.chunk = chunk_size(batch_size, min(LARGEST_CHUNK, CHUNK_VALUES // math.prod(how.shape)))
        self._reader = FileReader(how, self.chunk)
        self._ahead: dict[tuple[str, ...], list[Part]] = {}

    def batches(self) -> int:
        """How many batches to read ahead: one, or so many small ones that no thread runs out of work."""
        if self.batch_size * math.prod(self.how.shape) > WHOLE_VALUES:
            return 0
        return max(1, 2 * cores() * LARGEST_CHUNK // (3 * self.batch_size))

    def _start(self, paths: Sequence[str]) -> list[Part]:
        return [(part, submit(self._reader.read, paths[part])) for part in chunks(len(paths), self.chunk)]

    def take(self, paths: Sequence[str]) -> list[Part]:
        """The parts of a batch, each with what gives its `[m, H, W, C]`. Under the iterator's lock, as `expect`."""
        if is_forked():  # what the parent's threads are reading never comes here
            return self._start(paths)
        return self._ahead.pop(tuple(paths), None) or self._start(paths)

    def expect(self, batches: Sequence[Sequence[str]]) -> None:
        """Read these next, and forget what else was expected."""
        if is_forked():
            return
        wanted = {tuple(paths): paths for paths in batches}
        for gone in self._ahead.keys() - wanted.keys():
            for _, reading in self._ahead.pop(gone):
                reading.cancel()
        for key, paths in wanted.items():
            if key not in self._ahead:
                self._ahead[key] = self._start(paths)
