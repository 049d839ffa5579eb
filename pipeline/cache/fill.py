"""Fill a cache: decode what it does not hold, and name what cannot be read."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from pipeline.cache.disk import DiskCache, Kept, Stamp, stamps
from pipeline.cache.writer import Writer
from pipeline.reading.verify import Read, Unreadable, read_files
from pipeline.runtime.shared_array import allocate, share, without_rows

__all__ = ["fill_disk", "fill_memory"]


# In place of a row: this photo is not kept.
NOWHERE = -2


class _StoppedError(Exception):
    """Nothing more can be kept, and nobody asked for the rest to be read."""


def fill_memory(
    paths: Sequence[str], read: Read, shape: tuple[int, int, int], title: str, dtype: DTypeLike = np.uint8
) -> tuple[tf.Variable, list[Unreadable]]:
    """Read every file into one array.

    Args:
        paths: N of them.
        read: a path (scalar string) to `[H, W, C]` of `dtype`, in TensorFlow's ops.
        shape: `(H, W, C)`.
        title: of the progress bar.
        dtype: of the pictures.

    Returns:
        (`[M, H, W, C]` of the files that can be read, in the order of the paths, for `shared_array.take`; the files
        that cannot).

    Raises:
        InputError: the process may not have that much memory.
        TypeError: `read` gives another type; NumPy would cut values down to fit without a word.
    """
    array = allocate(len(paths), shape, dtype)

    def store(index: NDArray[np.int64], images: NDArray[Any]) -> None:
        if images.dtype != array.dtype:
            raise TypeError(f"the memory cache keeps {array.dtype}, and pictures are {images.dtype}")
        array[index] = images

    bad = read_files(paths, read, store, title)
    return share(without_rows(array, [one.index for one in bad]) if bad else array), bad


def fill_disk(
    cache: DiskCache,
    paths: Sequence[str],
    read: Read,
    *,
    check: bool,
    title: str,
    required: bool = False,
    between: Callable[[], None] = lambda: None,
) -> tuple[Kept | None, list[Unreadable]]:
    """Read the files whose pictures `cache` does not hold, and keep them there.

    A disk that is full or may not be written to ends the keeping with one warning, not the reading. `cache.tally`
    says what became of the photos.

    Args:
        cache: where they are kept.
        paths: N of them.
        read: a path (scalar string) to `[H, W, C]` of the cache's type, in TensorFlow's ops.
        check: look at every picture that is kept and mend it where it is damaged, and read every file that is not,
            even where it cannot be kept. Without, a damaged picture is decoded at each use.
        title: of the progress bar.
        required: where photos are missing and none can be added, raise.
        between: called between batches; it may raise, and what was kept until then stays.

    Returns:
        (the pictures, `None` where there are none; the files that cannot be read, among those that were).

    Raises:
        OSError: only with `required`.
    """
    encoded = [os.fsencode(path) for path in paths]
    photos = _Photos(encoded, there := stamps(encoded), cache.keys(encoded, there))
    cache.asked.update(key for key in photos.keys if key is not None)
    cache.make_room(0)
    look = _look(cache, photos.keys, check, required=required)
    bad: list[Unreadable] = []
    if look.sound.all():
        cache.tally.begin(look.sound)
    else:
        cache.make_room(int((look.rows < 0).sum()))
        try:
            with cache.writer() as writer:
                look = _look(cache, photos.keys, check, look, required)  # another process may have filled it meanwhile
                filling = _Filling(cache, writer, photos, look, check, between)
                cache.tally.begin(look.sound)
                bad = filling.run(paths, read, title)
        except OSError as error:
            if required:
                raise
            cache.warn(error)
            cache.tally.begin(look.sound)
            bad = _read_missing(cache, paths, read, look, title) if check else []
    cache.tally.unreadable += len(bad)
    kept = cache.open(photos.keys)
    cache.tally.kept += 0 if kept is None else int((kept.rows[~look.sound] >= 0).sum())
    return kept, bad


def _read_missing(cache: DiskCache, paths: Sequence[str], read: Read, look: _Look, title: str) -> list[Unreadable]:
    """Read what is not there, to find what cannot be read; nothing can be kept."""
    missing = np.flatnonzero(~look.sound)
    bad = _at(missing, read_files([paths[one] for one in missing.tolist()], read, None, title))
    cache.tally.decoded += len(missing) - len(bad)
    return bad


def _at(places: NDArray[np.int64], bad: list[Unreadable]) -> list[Unreadable]:
    """What was found among some of the photos, by their index among all."""
    return [Unreadable(int(places[one.index]), one.path, one.reason) for one in bad]


@dataclasses.dataclass(frozen=True)
class _Photos:
    paths: list[bytes]
    there: list[Stamp | None]
    keys: list[bytes | None]


@dataclasses.dataclass(frozen=True)
class _Look:
    """What a set holds of some photos: rows and fingerprints as `DiskCache.find` has them; which rows are sound."""

    rows: NDArray[np.int64]
    prints: NDArray[np.int64]
    sound: NDArray[np.bool_]


def _look(
    cache: DiskCache, keys: Sequence[bytes | None], check: bool, before: _Look | None = None, required: bool = False
) -> _Look:
    """What the set holds; with `check`, rows are read unless they were `before`."""
    try:
        rows, prints = cache.find(keys)
        sound = rows >= 0
        if check:
            unseen = rows.copy()
            if before is not None:
                unseen[before.sound & (rows == before.rows) & (prints == before.prints)] = -1
            sound[cache.damaged(unseen, prints)] = False
    except (OSError, ValueError) as error:
        if required:
            raise
        cache.warn(error)
        rows, prints = np.full(len(keys), -1, np.int64), np.zeros(len(keys), np.int64)
        sound = rows >= 0
    return _Look(rows, prints, sound)


class _Filling:
    """One filling of a set, by the process that may write to it."""

    def __init__(
        self,
        cache: DiskCache,
        writer: Writer,
        photos: _Photos,
        look: _Look,
        check: bool,
        between: Callable[[], None],
    ) -> None:
        self.cache, self.writer, self.photos, self.check, self.between = cache, writer, photos, check, between
        missing = np.flatnonzero(~look.sound)
        places = self._places(missing, look.rows[missing])
        # Without a check only those are read that find a place.
        self.missing = missing if check else missing[places != NOWHERE]
        self.places = places if check else places[places != NOWHERE]
        self.ended = False

    def _places(self, missing: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row that each missing photo takes: its own, damaged; a free one; a new one, -1; none, `NOWHERE`."""
        first: dict[bytes | None, int] = {None: -1}
        new = [
            place
            for place, one in enumerate(missing.tolist())
            if rows[place] < 0 and first.setdefault(self.photos.keys[one], place) == place
        ]
        holes, others = self.writer.free_rows()
        added = np.full(min(self.cache.room(), max(0, len(new) - len(holes))), -1, np.int64)
        found = np.concatenate([holes, added, others])[: len(new)]
        places = np.where(rows < 0, NOWHERE, rows)
        places[new[: len(found)]] = found
        if len(found) < len(new):
            self.cache.tell_of_room()
        return places

    def run(self, paths: Sequence[str], read: Read, title: str) -> list[Unreadable]:
        if not len(self.missing):
            return []
        try:
            return _at(
                self.missing, read_files([paths[one] for one in self.missing.tolist()], read, self._store, title)
            )
        except _StoppedError:
            return []

    def _store(self, index: NDArray[np.int64], images: NDArray[Any]) -> None:
        self.cache.tally.decoded += len(index)
        if not self.ended:
            self._add(index, images)
        if self.ended and not self.check:
            raise _StoppedError
        self.between()

    def _add(self, index: NDArray[np.int64], images: NDArray[Any]) -> None:
        photos = self.missing[index].tolist()
        # A photo that changed while it was read is not kept under what it was before.
        now = stamps([self.photos.paths[one] for one in photos])
        kept = [
            k for k, one in enumerate(photos) if self.places[index[k]] != NOWHERE and now[k] == self.photos.there[one]
        ]
        keys = [key for k in kept if (key := self.photos.keys[photos[k]]) is not None]
        if not keys:
            return
        try:
            self.writer.add(keys, images[kept], self.places[index[kept]])
            self.cache.tally.stored += len(keys)
        except OSError as error:
            self.cache.warn(error)
            self.ended = True
