"""The disk cache: decoded images by row in one mapped file, found again by the fingerprints of their sources.

Pictures of one size that are read in one way make a set, a folder of its own:

    pixels       rows of H*W*C values; a row is never moved
    index        a record a row: the photo's key, the row, a fingerprint of the row's bytes, one of the record itself
    about.json   what is in it, for people; its time says when the set was last used
    lock         held (flock) by the one process that adds rows; readers hold nothing

Nothing in there is believed. A record that does not match its own fingerprint is no record, a row that does not match
the record's is decoded again, and both are looked at when they are read, not when they were written: so no order of
writes, no kill and no loss of power can make it serve a wrong picture, and nothing waits for the disk (no fsync).

One thing it cannot stand, as no mapped file can: who cuts `pixels` short while a process has it mapped, or pulls the
disk from under it, ends that process by SIGBUS. Nothing here cuts it; to delete a set or to put another in its place
is safe.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.cache import sets
from pipeline.cache.choice import Choice, choose_cache, disk_room
from pipeline.cache.records import RECORD, all_records, fingerprints, last_records, sound_records
from pipeline.cache.sets import ABOUT, INDEX, PIXELS, file_size
from pipeline.cache.writer import Writer
from pipeline.config import ImageConfig, LoaderConfig
from pipeline.errors import InputError
from pipeline.runtime.progress import say
from pipeline.runtime.shared_array import share, writable_view
from pipeline.sources.source import Fingerprint
from pipeline.text.plurals import counted

__all__ = ["DiskCache", "Kept", "Tally", "disk_cache"]

# Raised when decoding or this layout changes: what an earlier version kept is not found then.
VERSION = 3
CHECKED_AT_ONCE = 1 << 26  # bytes of rows whose fingerprints are computed in one call


@dataclasses.dataclass(frozen=True)
class Kept:
    """Images on disk, as a data set reads them.

    Args:
        images: `[R, H, W, C]`, the mapped rows, see `pipeline.runtime.shared_array.take`.
        rows: int64 `[N]`, each example's row; -1 for one that is not kept.
        prints: int64 `[N]`, the fingerprint that the row's bytes must have.
    """

    images: tf.Variable
    rows: NDArray[np.int64]
    prints: NDArray[np.int64]

    def subset(self, index: NDArray[np.int64]) -> Kept:
        """Return the images of the examples at `index`."""
        return Kept(self.images, self.rows[index], self.prints[index])

    @property
    def missing(self) -> NDArray[np.int64]:
        """Examples that are not kept."""
        return np.flatnonzero(self.rows < 0)


@dataclasses.dataclass
class Tally:
    """Counts of what became of the examples that a process asked a cache for.

    Args:
        photos: how many.
        found: were there, as far as that was looked at.
        decoded: were decoded by this process, to keep them or to check them.
        stored: were added by this process, or written again where they were damaged.
        kept: are there now.
        unreadable: cannot be read.
    """

    photos: int = 0
    found: int = 0
    decoded: int = 0
    stored: int = 0
    kept: int = 0
    unreadable: int = 0

    def begin(self, sound: NDArray[np.bool_]) -> None:
        """Count photos in: bool `[N]`, whether each was there."""
        self.photos += len(sound)
        self.found += int(sound.sum())
        self.kept += int(sound.sum())

    def __str__(self) -> str:
        """The counts in words, for the end of a line that names the cache."""
        words = [counted(self.found, "photo was", "photos were") + " there", f"{self.decoded:,} decoded now"]
        if left := self.photos - self.kept - self.unreadable:
            words.append(f"{left:,} not kept, so decoded each time")
        return ", ".join(words)


@dataclasses.dataclass
class DiskCache:
    """A set of images of one shape, read in one way.

    Args:
        folder: where sets lie.
        shape: `(H, W, C)`.
        dtype: of the pictures.
        reading: everything that decides on a photo's pixels, as text.
        fingerprint: how a photo is known again: `"stat"`: by path, size and times of last change (two changes of
            equal size within one tick of the file system's clock are not told apart); `"content"`: by a hash of its
            bytes, wherever it lies.
        limit: the most bytes that all sets in `folder` may take; `None`: no limit.
    """

    folder: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    reading: str
    fingerprint: Fingerprint = "stat"
    limit: int | None = None

    def __post_init__(self) -> None:
        # What decides on the pixels goes into every key as well: a folder may be renamed.
        self._salt = repr((VERSION, tf.__version__, self.shape, self.dtype.str, self.reading)).encode()
        digest = hashlib.blake2b(self._salt, digest_size=6).hexdigest()
        self.set = self.folder / ("x".join(map(str, self.shape)) + f"-{self.dtype.name}-{digest}")
        self.row_bytes = int(np.prod(self.shape)) * self.dtype.itemsize
        self.tally = Tally()
        self.asked: set[bytes] = set()  # keys of all photos that this process asked for
        self.warned = False
        self._limited = self._told_of_limit = False

    # ---- keys

    def keys(self, marks: Sequence[bytes | None]) -> list[bytes | None]:
        """Return the key of each example, 32 bytes; `None` for one that cannot be looked at.

        Args:
            marks: their fingerprints, of the kind that this cache uses (`pipeline.sources.source.Source`).
        """
        salt = self._salt + self.fingerprint.encode()
        return [None if mark is None else hashlib.blake2b(salt + mark, digest_size=32).digest() for mark in marks]

    # ---- reading

    def size(self) -> int:
        """Return the bytes that the set takes; 0 where there is none or it cannot be looked at."""
        return sets.set_size(self.set)

    def choose(self, asked: str, count: int, available: int) -> Choice:
        """Choose the cache for `count` images: this one, memory, or none.

        Args:
            asked: `"none"`, `"memory"`, `"disk"` or `"auto"`.
            count: all images of training, validation and test.
            available: bytes of free memory.

        Raises:
            InputError: `"memory"` was asked for and cannot fit.
        """
        room = disk_room(self.folder, self.size(), self.limit)
        return choose_cache(asked, count * self.row_bytes, available, room, self.folder)

    def find(self, keys: Sequence[bytes | None]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows and fingerprints by key: int64 `[N]` each; the row of an example that is not kept is -1.

        Raises:
            OSError: there is an index and it cannot be read.
        """
        records = self.records()
        places = dict(zip(records["key"].tolist(), range(len(records)), strict=True))
        found = np.array([-1 if key is None else places.get(key, -1) for key in keys], np.int64)
        there = found >= 0
        rows, prints = np.full(len(keys), -1, np.int64), np.zeros(len(keys), np.int64)
        rows[there], prints[there] = records["row"][found[there]], records["pixels"][found[there]]
        return rows, prints

    def records(self) -> NDArray[Any]:
        """Return the sound records of existing rows: for each row and each key the last that was written.

        Raises:
            OSError: there is an index and it cannot be read.
        """
        rows = file_size(self.set / PIXELS) // self.row_bytes
        return last_records(sound_records(all_records(self.set / INDEX), rows))

    def _map(self) -> NDArray[Any]:
        """Map all rows of the file as an array."""
        with open(self.set / PIXELS, "rb") as file:
            count = os.fstat(file.fileno()).st_size // self.row_bytes
            if count == 0:
                return np.zeros((0, *self.shape), self.dtype)
            # Read only and shared: a private writable mapping (np.memmap's "c") counts against memory, and the kernel
            # refuses one that is larger than memory. Nothing can write to this one.
            mapped = mmap.mmap(file.fileno(), count * self.row_bytes, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
        flat = np.frombuffer(mapped, self.dtype)
        return writable_view(flat).reshape(count, *self.shape)

    def damaged(self, rows: NDArray[np.int64], prints: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the examples whose rows do not match their checksum. Reads every row.

        Raises:
            OSError: the pictures cannot be read.
        """
        kept = np.flatnonzero(rows >= 0)
        if not len(kept):
            return kept
        images = self._map().reshape(-1, self.row_bytes // self.dtype.itemsize)
        gone = kept[rows[kept] >= len(images)]  # by another process, since the index was read
        kept = kept[rows[kept] < len(images)]
        step = max(1, CHECKED_AT_ONCE // self.row_bytes)
        bad = [
            some[fingerprints(images[rows[some]]) != prints[some]]
            for some in (kept[first : first + step] for first in range(0, len(kept), step))
        ]
        return np.concatenate([gone, *bad])

    def open(self, keys: Sequence[bytes | None]) -> Kept | None:
        """Map the images with these keys; `None` where none is kept or the file cannot be mapped."""
        try:
            rows, prints = self.find(keys)
            if not (rows >= 0).any():
                return None
            images = self._map()
        except (OSError, ValueError) as error:
            self.warn(error)
            return None
        rows[rows >= len(images)] = -1
        if not (rows >= 0).any():
            return None
        with contextlib.suppress(OSError):  # a set of somebody else's
            os.utime(self.set / ABOUT)
        return Kept(share(images), rows, prints)

    # ---- writing

    @contextlib.contextmanager
    def writer(self) -> Iterator[Writer]:
        """Hold the right to add rows; wait for another process that has it.

        Raises:
            OSError: the set cannot be made or locked.
        """
        with sets.locked(self.set):
            about = {"shape": self.shape, "dtype": self.dtype.name, "reading": self.reading, "version": VERSION}
            (self.set / ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
            writer = Writer(self.set, self.records(), self.dtype, self.row_bytes, self.asked)
            try:
                yield writer
            finally:
                writer.close()

    def room(self) -> int:
        """Return how many rows may be added within the limit, leaving some of the disk free."""
        left = sets.disk_left(self.folder)
        if self.limit is not None:
            allowed = self.limit - sum(map(sets.set_size, sets.sets_in(self.folder)))
            self._limited, left = allowed < left, min(left, allowed)
        return max(0, left // (self.row_bytes + RECORD.itemsize))

    def make_room(self, rows: int) -> None:
        """Keep to the limit, with so many rows more: other sets go, the one that was not used for longest first.

        Where this set alone is larger than the limit it goes as well, and begins anew.
        """
        if self.limit is None:
            return
        allowed = self.limit - rows * (self.row_bytes + RECORD.itemsize)
        there = sorted(sets.sets_in(self.folder), key=sets.last_use)
        for other in [one for one in there if one != self.set]:
            if sum(map(sets.set_size, there)) <= allowed:
                return
            with contextlib.suppress(OSError, InputError):  # in use: the next one
                sets.drop(other)
        # Its pictures, that is: outdated records, which the next writer leaves out, are no reason.
        if file_size(self.set / PIXELS) > self.limit:
            with contextlib.suppress(OSError, InputError):
                sets.drop(self.set)

    # ---- saying

    def warn(self, error: BaseException) -> None:
        """Say once that the cache cannot be used, or no further."""
        if not self.warned:
            self.warned = True
            why = getattr(error, "strerror", None) or str(error)
            say(f"warning: disk cache {self.set}: {why}; photos that are not in it are decoded each time")

    def tell_of_room(self) -> None:
        """Say once that some photos find no room: a notice where that is the limit's doing, else a warning."""
        if not self._limited:
            self.warn(OSError(0, "the disk is almost full"))
        elif not self._told_of_limit:
            self._told_of_limit = True
            limit = f"its limit of {(self.limit or 0) / 1e9:.3g} GB is reached"
            say(f"disk cache {self.set}: {limit}; photos that are not in it are decoded each time")


def disk_cache(image: ImageConfig, loader: LoaderConfig) -> DiskCache:
    """Return the set that these settings read and fill."""
    return DiskCache(
        sets.cache_folder(loader.cache_folder),
        (*image.image_size, image.channels),
        np.dtype(np.uint8),
        repr(dataclasses.replace(image, rescale=None)),  # applied to what is kept
        loader.cache_fingerprint,
        None if loader.cache_limit is None else int(loader.cache_limit * 1e9),
    )
