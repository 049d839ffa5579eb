"""Fill a cache: decode what it does not hold, and name what cannot be read (D5, D11)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.cache.disk import RECORD, DiskCache, Kept, Writer, photo_keys
from pipeline.cache.memory import allocate, share, without_rows
from pipeline.progress import say
from pipeline.verify import Read, Unreadable, read_files

__all__ = ["fill_disk", "fill_memory"]


class _CacheFullError(Exception):
    """Nothing more can be kept, and nobody asked for the rest to be read."""


def fill_memory(
    paths: Sequence[str], read: Read, shape: tuple[int, int, int], title: str
) -> tuple[tf.Tensor, list[Unreadable]]:
    """Read every file into one array.

    Args:
        paths: N of them.
        read: a path (scalar string) to uint8 `[H, W, C]`, in TensorFlow's ops.
        shape: `(H, W, C)`.
        title: of the progress bar.

    Returns:
        (uint8 `[M, H, W, C]` of the files that can be read, in the order of the paths; those that cannot).
    """
    array = allocate(len(paths), shape)
    bad = read_files(paths, read, array.__setitem__, title)
    return share(without_rows(array, [one.index for one in bad]) if bad else array), bad


def fill_disk(
    cache: DiskCache, paths: Sequence[str], read: Read, *, check: bool, title: str
) -> tuple[Kept | None, list[Unreadable]]:
    """Read the files whose pictures `cache` does not hold, and keep them there.

    A disk that is full or may not be written to ends the keeping with one warning, not the reading.

    Args:
        cache: where they are kept.
        paths: N of them.
        read: a path (scalar string) to `[H, W, C]` of the cache's type, in TensorFlow's ops.
        check: look at every picture that is kept, and read every file that is not, even where it cannot be kept.
        title: of the progress bar.

    Returns:
        (the pictures, `None` where there are none; the files that cannot be read, among those that were).
    """
    encoded = [os.fsencode(path) for path in paths]
    keys = photo_keys(encoded, cache.fingerprint)
    bad: list[Unreadable] = []
    missing = _missing(cache, keys, check)[0]
    if len(missing):
        cache.make_room(len(missing) * (cache.row_bytes + RECORD.itemsize))
        try:
            with cache.writer() as writer:
                bad = _Filling(cache, writer, encoded, keys, check).run(paths, read, title)
        except OSError as error:
            cache.warn(error)
            bad = read_files([paths[one] for one in missing], read, None, title) if check else []
            bad = [Unreadable(int(missing[one.index]), one.path, one.reason) for one in bad]
    return cache.open(keys), bad


def _missing(
    cache: DiskCache, keys: Sequence[bytes | None], check: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Photos that are to be read: int64 `[M]`, and the rows of those that are kept but damaged, -1 for the others."""
    try:
        rows, prints = cache.find(keys)
        damaged = cache.damaged(rows, prints) if check else np.zeros(0, np.int64)
    except (OSError, ValueError) as error:
        cache.warn(error)
        rows, damaged = np.full(len(keys), -1, np.int64), np.zeros(0, np.int64)
    missing = np.union1d(np.flatnonzero(rows < 0), damaged).astype(np.int64)
    return missing, rows[missing]


class _Filling:
    """One filling of a set, by the process that may write to it."""

    def __init__(
        self, cache: DiskCache, writer: Writer, paths: Sequence[bytes], keys: Sequence[bytes | None], check: bool
    ) -> None:
        self.cache, self.writer, self.paths, self.keys, self.check = cache, writer, paths, keys, check
        self.missing, self.rows = _missing(cache, keys, check)  # another process may have filled it meanwhile
        self.room = cache.room() // (cache.row_bytes + RECORD.itemsize)

    def run(self, paths: Sequence[str], read: Read, title: str) -> list[Unreadable]:
        try:
            bad = read_files([paths[one] for one in self.missing], read, self._store, title)
        except _CacheFullError:
            return []
        return [Unreadable(int(self.missing[one.index]), one.path, one.reason) for one in bad]

    def _store(self, index: NDArray[np.int64], images: NDArray[Any]) -> None:
        if self.room > 0:
            self._add(index, images)
        if self.room <= 0 and not self.check:
            raise _CacheFullError

    def _add(self, index: NDArray[np.int64], images: NDArray[Any]) -> None:
        places = self.missing[index].tolist()
        # A photo that changed while it was read is not kept under what it was before.
        now = photo_keys([self.paths[one] for one in places], self.cache.fingerprint)
        same = [k for k, one in enumerate(places) if now[k] is not None and now[k] == self.keys[one]]
        if len(same) > self.room:
            same = same[: self.room]
            say(
                f"disk cache: its limit of {(self.cache.limit or 0) / 1e9:.3g} GB is reached; "
                "photos that are not in it are decoded each time"
            )
            self.room = 0
        try:
            self.writer.add([key for k in same if (key := now[k])], images[same], self.rows[index[same]])
            self.room -= len(same)
        except OSError as error:
            self.cache.warn(error)
            self.room = 0
