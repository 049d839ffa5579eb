"""The disk cache: decoded pictures by row in one mapped file, found again by their photos' fingerprints (D5).

Pictures of one size that are read in one way make a set, a folder of its own:

    pixels       rows of H*W*C values, appended; a row is never moved
    index        a record a row: the photo's key, the row, a fingerprint of the row's bytes, one of the record itself
    about.json   what is in it, for people; its time says when the set was last used
    lock         held (flock) by the one process that adds rows; readers hold nothing

Nothing in there is believed. A record that does not match its own fingerprint is no record, a row that does not match
the record's is decoded again, and both are looked at when they are read, not when they were written: so no order of
writes, no kill and no loss of power can make it serve a wrong picture, and nothing waits for the disk (no fsync).
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.progress import say

__all__ = ["DiskCache", "Kept", "cache_folder", "clear", "fingerprints", "photo_keys", "size_of"]

# Raised when decoding or this layout changes: what an earlier version kept is not found then.
VERSION = 1
ABOUT, INDEX, LOCK, PIXELS = "about.json", "index", "lock", "pixels"
RECORD = np.dtype([("key", "V32"), ("row", "<i8"), ("pixels", "<i8"), ("record", "<i8")])
SIGNED = RECORD.itemsize - 8  # bytes of a record that its own fingerprint covers
CHECKED_AT_ONCE = 1 << 26  # bytes of rows whose fingerprints are computed in one call
Fingerprint = Literal["stat", "content"]


def cache_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Where sets lie: `folder`, or the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`)."""
    if folder is not None:
        return Path(folder)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "tf-image-pipeline" / "pictures"


def fingerprints(rows: NDArray[Any] | tf.Tensor) -> NDArray[np.int64]:
    """FarmHash's 64-bit fingerprint of each row's bytes: int64 `[N]`, just as the graph computes it."""
    if len(rows) == 0:
        return np.zeros(0, np.int64)
    with tf.device("CPU:0"):
        return np.asarray(row_fingerprints(tf.convert_to_tensor(rows)))


def row_fingerprints(rows: tf.Tensor) -> tf.Tensor:
    """`fingerprints` in the graph: `[B, ...]` of any number type to int64 `[B]`."""
    flat = tf.reshape(rows, [tf.shape(rows)[0], -1])
    if flat.dtype != tf.uint8:
        flat = tf.bitcast(flat, tf.uint8)
        flat = tf.reshape(flat, [tf.shape(rows)[0], -1])
    return tf.bitcast(tf.fingerprint(flat), tf.int64)


def _stat_key(path: bytes) -> bytes:
    status = os.stat(path)
    marks = (os.path.abspath(path), status.st_size, status.st_mtime_ns)
    return hashlib.blake2b(repr(marks).encode(), digest_size=32).digest()


def _content_key(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).digest()


KEYS: dict[Fingerprint, Callable[[bytes], bytes]] = {"stat": _stat_key, "content": _content_key}


def photo_keys(paths: Sequence[bytes], fingerprint: Fingerprint) -> list[bytes | None]:
    """What each photo is known by: 32 bytes, or `None` for one that cannot be looked at.

    `"stat"`: absolute path, size and time of last change; two changes of equal size within one tick of the file
    system's clock are not told apart. `"content"`: a hash of the file's bytes, wherever it lies.
    """
    return [_key(path, fingerprint) for path in paths]


def _key(path: bytes, fingerprint: Fingerprint) -> bytes | None:
    try:
        return KEYS[fingerprint](path)
    except OSError:
        return None


@dataclasses.dataclass(frozen=True)
class Kept:
    """Pictures on disk, as a data set reads them.

    Args:
        images: `[R, H, W, C]`, the mapped rows.
        rows: int64 `[N]`, each example's row; -1 for one that is not kept.
        prints: int64 `[N]`, the fingerprint that the row's bytes must have.
    """

    images: tf.Tensor
    rows: NDArray[np.int64]
    prints: NDArray[np.int64]

    def subset(self, index: NDArray[np.int64]) -> Kept:
        """Of some examples only."""
        return Kept(self.images, self.rows[index], self.prints[index])

    @property
    def missing(self) -> NDArray[np.int64]:
        """Examples that are not kept."""
        return np.flatnonzero(self.rows < 0)


@dataclasses.dataclass
class DiskCache:
    """The set of pictures of one shape that are read in one way.

    Args:
        folder: where sets lie.
        shape: `(H, W, C)`.
        dtype: of the pictures.
        reading: everything that decides on a photo's pixels, as text.
        fingerprint: how a photo is known again.
        limit: the most bytes that all sets in `folder` may take; `None`: no limit.
    """

    folder: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    reading: str
    fingerprint: Fingerprint = "stat"
    limit: int | None = None

    def __post_init__(self) -> None:
        digest = hashlib.blake2b(repr((VERSION, tf.__version__, self.reading)).encode(), digest_size=6).hexdigest()
        self.set = self.folder / ("x".join(map(str, self.shape)) + f"-{self.dtype.name}-{digest}")
        self.row_bytes = int(np.prod(self.shape)) * self.dtype.itemsize
        self.warned = False

    # ---- reading

    def size(self) -> int:
        """Bytes that the set takes."""
        return _size(self.set / PIXELS) + _size(self.set / INDEX)

    def find(self, keys: Sequence[bytes | None]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and fingerprints of the photos with these keys: int64 `[N]` each, row -1 for one that is not kept."""
        records = _records(self.set / INDEX, _size(self.set / PIXELS) // self.row_bytes)
        # The last record of a key counts.
        places = dict(zip(records["key"].tolist(), range(len(records)), strict=True))
        found = np.array([-1 if key is None else places.get(key, -1) for key in keys], np.int64)
        there = found >= 0
        rows, prints = np.full(len(keys), -1, np.int64), np.zeros(len(keys), np.int64)
        rows[there], prints[there] = records["row"][found[there]], records["pixels"][found[there]]
        return rows, prints

    def _map(self) -> NDArray[Any]:
        """All rows that there are, as an array over the file; copy on write, so that nothing here can change it."""
        count = _size(self.set / PIXELS) // self.row_bytes
        if count == 0:
            return np.zeros((0, *self.shape), self.dtype)
        return np.memmap(self.set / PIXELS, self.dtype, "c", shape=(count, *self.shape))

    def damaged(self, rows: NDArray[np.int64], prints: NDArray[np.int64]) -> NDArray[np.int64]:
        """Examples whose rows are not what they were: reads every one of them."""
        images = self._map().reshape(-1, self.row_bytes // self.dtype.itemsize)
        kept = np.flatnonzero(rows >= 0)
        step = max(1, CHECKED_AT_ONCE // self.row_bytes)
        bad = [
            some[fingerprints(images[rows[some]]) != prints[some]]
            for some in (kept[first : first + step] for first in range(0, len(kept), step))
        ]
        return np.concatenate(bad) if bad else kept

    def open(self, keys: Sequence[bytes | None]) -> Kept | None:
        """The pictures of these photos, mapped; `None` where none is kept or the file cannot be mapped."""
        try:
            images = self._map()
            rows, prints = self.find(keys)
        except (OSError, ValueError) as error:
            self.warn(error)
            return None
        rows[rows >= len(images)] = -1
        if not len(images) or not (rows >= 0).any():
            return None
        with contextlib.suppress(OSError):  # a set of somebody else's
            os.utime(self.set / ABOUT)
        with tf.device("CPU:0"):
            return Kept(tf.experimental.dlpack.from_dlpack(images.__dlpack__()), rows, prints)

    # ---- writing

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        while True:
            self.set.mkdir(parents=True, exist_ok=True)
            with (self.set / LOCK).open("ab") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    say(f"disk cache: waiting for another process that fills {self.set}")
                    fcntl.flock(lock, fcntl.LOCK_EX)
                if os.fstat(lock.fileno()).st_nlink:  # else the set was cleared while this one waited
                    yield
                    return

    @contextlib.contextmanager
    def writer(self) -> Iterator[Writer]:
        """The right to add rows; waits for another process that has it.

        Raises:
            OSError: the set cannot be made or locked.
        """
        with self._locked():
            about = {"shape": self.shape, "dtype": self.dtype.name, "reading": self.reading, "version": VERSION}
            (self.set / ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
            writer = Writer(self)
            try:
                yield writer
            finally:
                writer.close()

    def room(self) -> int:
        """Bytes that may be added: within the limit, once sets that were not used for longer made way."""
        if self.limit is None:
            return 1 << 62
        return max(0, self.limit - size_of(self.folder))

    def make_room(self, needed: int) -> None:
        """Drop other sets, the one that was not used for longest first, until `needed` bytes are within the limit."""
        for other in sorted(_sets(self.folder), key=_last_use):
            if self.room() >= needed:
                return
            if other != self.set:
                with contextlib.suppress(OSError, InputError):
                    _drop(other)

    def warn(self, error: BaseException) -> None:
        """Say once that the cache cannot be used, or no further."""
        if not self.warned:
            self.warned = True
            why = getattr(error, "strerror", None) or str(error)
            say(f"warning: disk cache {self.set}: {why}; photos that are not in it are decoded each time")


class Writer:
    """Adds rows to a set, one batch after another; made by `DiskCache.writer`."""

    def __init__(self, cache: DiskCache) -> None:
        self.cache = cache
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._index = os.open(cache.set / INDEX, flags | os.O_APPEND, 0o666)
        try:
            self._pixels = os.open(cache.set / PIXELS, flags, 0o666)
        except OSError:
            os.close(self._index)
            raise
        kept = _size(cache.set / PIXELS) // cache.row_bytes
        records = _records(cache.set / INDEX, kept)
        if len(records) * RECORD.itemsize != _size(cache.set / INDEX):
            self._rewrite_index(records)
        # Rows that no record names were cut off by a kill, or their records are damaged.
        self._next = int(records["row"].max()) + 1 if len(records) else 0

    def _rewrite_index(self, records: NDArray[Any]) -> None:
        """Leave damaged records out; they would stand between the whole ones for ever."""
        aside = self.cache.set / f".{INDEX}.{os.getpid()}"
        aside.write_bytes(records.tobytes())
        aside.replace(self.cache.set / INDEX)
        os.close(self._index)
        self._index = os.open(self.cache.set / INDEX, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    def add(self, keys: Sequence[bytes], images: NDArray[Any], rows: NDArray[np.int64] | None = None) -> None:
        """Keep pictures.

        Args:
            keys: of their photos.
            images: `[B, H, W, C]`.
            rows: int64 `[B]`, rows that hold them already but damaged; -1 for a new one. `None`: all new.

        Raises:
            OSError: the disk is full, or may not be written to any more.
        """
        rows = np.full(len(keys), -1, np.int64) if rows is None else rows.copy()
        new = rows < 0
        rows[new] = self._next + np.arange(int(new.sum()))
        images = np.ascontiguousarray(images, self.cache.dtype)
        if new.all():
            _write_at(self._pixels, images.data.cast("B"), int(rows[0]) * self.cache.row_bytes)
        else:
            for row, image in zip(rows.tolist(), images, strict=True):
                _write_at(self._pixels, image.data.cast("B"), row * self.cache.row_bytes)
        self._next += int(new.sum())
        records = np.zeros(len(keys), RECORD)
        records["key"] = np.frombuffer(b"".join(keys), "V32")
        records["row"], records["pixels"] = rows, fingerprints(images)
        records["record"] = _record_fingerprints(records)
        _write_whole(self._index, records.tobytes())

    def close(self) -> None:
        """Done; rows stay."""
        os.close(self._index)
        os.close(self._pixels)


def _write_at(file: int, data: memoryview, offset: int) -> None:
    while data:
        count = os.pwrite(file, data, offset)
        data, offset = data[count:], offset + count


def _write_whole(file: int, data: bytes) -> None:
    """Append, or leave the file as it was where the disk is full: half a record would shift all that follow."""
    before = os.fstat(file).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        os.ftruncate(file, before)
        raise


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _record_fingerprints(records: NDArray[Any]) -> NDArray[np.int64]:
    return fingerprints(records.view(np.uint8).reshape(len(records), RECORD.itemsize)[:, :SIGNED])


def _records(index: Path, rows: int) -> NDArray[Any]:
    """The sound records of rows that are there."""
    try:
        data = index.read_bytes()
    except FileNotFoundError:
        data = b""
    records = np.frombuffer(data[: len(data) // RECORD.itemsize * RECORD.itemsize], RECORD)
    sound = (_record_fingerprints(records) == records["record"]) & (records["row"] >= 0) & (records["row"] < rows)
    found: NDArray[Any] = records[sound]
    return found


def _sets(folder: Path) -> list[Path]:
    """The sets in `folder`; other things that lie there are none of ours."""
    try:
        return [path.parent for path in folder.glob(f"*/{ABOUT}")]
    except OSError:
        return []


def size_of(folder: Path) -> int:
    """Bytes that all sets in `folder` take."""
    return sum(_size(one / name) for one in _sets(folder) for name in (PIXELS, INDEX))


def _last_use(one: Path) -> float:
    try:
        return (one / ABOUT).stat().st_mtime
    except OSError:
        return 0.0


def _drop(one: Path) -> None:
    """Delete a set; who has it mapped keeps the pictures until it ends."""
    with (one / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"disk cache: another process is filling {str(one)!r}; wait for it or end it") from None
        shutil.rmtree(one)


def clear(folder: Path) -> int:
    """Delete every set in `folder` and nothing else; processes that read from one are not disturbed.

    Returns:
        bytes freed.

    Raises:
        InputError: a process is filling one.
        OSError: one cannot be deleted.
    """
    freed = size_of(folder)
    for one in _sets(folder):
        _drop(one)
    return freed
