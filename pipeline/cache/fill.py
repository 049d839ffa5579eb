"""Fill a cache: decode the images that it does not hold, and name those that cannot be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.cache.disk import DiskCache, Kept
from pipeline.cache.writer import Writer
from pipeline.reading.reader import Reader
from pipeline.reading.unreadable import Unreadable
from pipeline.reading.verify import read_all
from pipeline.runtime.shared_array import allocate, share, without_rows

__all__ = ["fill_disk", "fill_memory"]


# In place of a row: this photo is not kept.
NOWHERE = -2


class _StoppedError(Exception):
    """Nothing more can be kept, and nobody asked for the rest to be read."""


def fill_memory(reader: Reader, title: str) -> tuple[tf.Variable, list[Unreadable]]:
    """Read every example into one array.

    Args:
        reader: of N examples.
        title: of the progress bar.

    Returns:
        (`[M, H, W, C]` of the examples that can be read, in their order, for `shared_array.take`; the examples that
        cannot).

    Raises:
        InputError: the process may not have that much memory.
        TypeError: the reader gives another type than it says; NumPy would cut values down to fit without a word.
    """
    spec = reader.specs["image"]
    height, width, channels = spec.shape
    array = allocate(len(reader.source), (height, width, channels), spec.dtype.as_numpy_dtype)

    def store(index: NDArray[np.int64], images: NDArray[Any]) -> None:
        if images.dtype != array.dtype:
            raise TypeError(f"the memory cache keeps {array.dtype}, and pictures are {images.dtype}")
        array[index] = images

    bad = read_all(reader, store, title)
    return share(without_rows(array, [one.index for one in bad]) if bad else array), bad


def fill_disk(
    cache: DiskCache,
    reader: Reader,
    *,
    check: bool,
    title: str,
    required: bool = False,
    between: Callable[[], None] = lambda: None,
) -> tuple[Kept | None, list[Unreadable]]:
    """Read the examples whose images `cache` does not hold, and keep them there.

    A disk that is full or may not be written to ends the keeping with one warning, not the reading. `cache.tally`
    counts what became of the examples.

    Args:
        cache: where they are kept.
        reader: of N examples; its images have the cache's shape and type.
        check: look at every image that is kept and mend it where it is damaged, and read every example that is not,
            even where it cannot be kept. Without, a damaged image is decoded at each use.
        title: of the progress bar.
        required: where images are missing and none can be added, raise.
        between: called between batches; it may raise, and what was kept until then stays.

    Returns:
        (the images, `None` where there are none; the examples that cannot be read, among those that were).

    Raises:
        OSError: only with `required`.
    """
    before = reader.source.fingerprints("stat")
    marks = before if cache.fingerprint == "stat" else reader.source.fingerprints(cache.fingerprint)
    keys = cache.keys([None if seen is None else mark for seen, mark in zip(before, marks, strict=True)])
    photos = _Photos(reader, before, keys)
    cache.asked.update(key for key in keys if key is not None)
    cache.make_room(0)
    look = _look(cache, keys, check, required=required)
    bad: list[Unreadable] = []
    if look.sound.all():
        cache.tally.begin(look.sound)
    else:
        cache.make_room(int((look.rows < 0).sum()))
        try:
            with cache.writer() as writer:
                look = _look(cache, keys, check, look, required)  # another process may have filled it meanwhile
                filling = _Filling(cache, writer, photos, look, check, between)
                cache.tally.begin(look.sound)
                bad = filling.run(title)
        except OSError as error:
            if required:
                raise
            cache.warn(error)
            cache.tally.begin(look.sound)
            bad = _read_missing(cache, reader, look, title) if check else []
    cache.tally.unreadable += len(bad)
    kept = cache.open(keys)
    cache.tally.kept += 0 if kept is None else int((kept.rows[~look.sound] >= 0).sum())
    return kept, bad


def _read_missing(cache: DiskCache, reader: Reader, look: _Look, title: str) -> list[Unreadable]:
    """Read the examples that are not there, to find those that cannot be read; nothing can be kept."""
    missing = np.flatnonzero(~look.sound)
    bad = _at(missing, read_all(reader.subset(missing), None, title))
    cache.tally.decoded += len(missing) - len(bad)
    return bad


def _at(places: NDArray[np.int64], bad: list[Unreadable]) -> list[Unreadable]:
    """Return what was found among some of the examples, by their index among all."""
    return [dataclasses.replace(one, index=int(places[one.index])) for one in bad]


@dataclasses.dataclass(frozen=True)
class _Photos:
    """The examples of one filling: their reader, their fingerprints when it began, and their keys."""

    reader: Reader
    before: list[bytes | None]
    keys: list[bytes | None]


@dataclasses.dataclass(frozen=True)
class _Look:
    """The rows of some examples in a set, their fingerprints (from `DiskCache.find`), and which of them are sound."""

    rows: NDArray[np.int64]
    prints: NDArray[np.int64]
    sound: NDArray[np.bool_]


def _look(
    cache: DiskCache, keys: Sequence[bytes | None], check: bool, before: _Look | None = None, required: bool = False
) -> _Look:
    """Look up examples in the set; with `check`, read their rows unless `before` has read them."""
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
        """Return the row for each missing example: its own damaged one, a free one, -1 for a new one, or `NOWHERE`."""
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

    def run(self, title: str) -> list[Unreadable]:
        if not len(self.missing):
            return []
        try:
            return _at(self.missing, read_all(self.photos.reader.subset(self.missing), self._store, title))
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
        now = self.photos.reader.source.fingerprints("stat", photos)
        kept = [
            k for k, one in enumerate(photos) if self.places[index[k]] != NOWHERE and now[k] == self.photos.before[one]
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
