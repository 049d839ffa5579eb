"""Write to a disk cache: first the rows, then the records that name them (see `pipeline.cache.disk`)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.cache.records import RECORD, fingerprints, new_records
from pipeline.cache.sets import ASIDE, INDEX, PIXELS, file_size
from pipeline.files.atomic import write_bytes

__all__ = ["Writer"]


class Writer:
    """A writer that adds rows to a set, batch by batch; `DiskCache.writer` makes it.

    Args:
        folder: the set's folder.
        records: its valid records.
        dtype: the dtype of the images.
        row_bytes: the bytes of one image.
        asked: the keys of the photos that this process has asked for; their rows are not overwritten.

    Raises:
        OSError: the set cannot be written to.
    """

    def __init__(
        self, folder: Path, records: NDArray[Any], dtype: np.dtype[Any], row_bytes: int, asked: Set[bytes]
    ) -> None:
        self._folder, self._dtype, self._row_bytes, self._asked = folder, dtype, row_bytes, asked
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        with contextlib.ExitStack() as opened:
            self._pixels = os.open(folder / PIXELS, flags, 0o666)
            opened.callback(os.close, self._pixels)
            if len(records) * RECORD.itemsize != file_size(folder / INDEX):
                self._rewrite_index(records)
            self._index = os.open(folder / INDEX, flags | os.O_APPEND, 0o666)
            opened.callback(os.close, self._index)
            self.close = opened.pop_all().close
        self._records = records
        self._next = int(records["row"].max()) + 1 if len(records) else 0

    def _rewrite_index(self, records: NDArray[Any]) -> None:
        """Rewrite the index without damaged and outdated records; an incomplete one would shift all that follow."""
        write_bytes(self._folder / INDEX, records.tobytes(), self._folder / ASIDE)

    def free_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows that may be overwritten: those without a record, and those of photos not asked for.

        Returns:
            Two int64 arrays of row numbers, each in ascending order.
        """
        named = np.zeros(self._next, bool)
        named[self._records["row"]] = True
        others = [key not in self._asked for key in self._records["key"].tolist()]
        return np.flatnonzero(~named), np.sort(self._records["row"][np.array(others, bool)])

    def add(self, keys: Sequence[bytes], images: NDArray[Any], rows: NDArray[np.int64] | None = None) -> None:
        """Write images.

        Args:
            keys: the keys of the photos, 32 bytes each.
            images: `[B, H, W, C]`.
            rows: int64 `[B]`, the row that each image overwrites; -1 for a new row. `None` for new rows only.

        Raises:
            OSError: the disk is full, or cannot be written to any more.
        """
        rows = np.full(len(keys), -1, np.int64) if rows is None else rows.copy()
        new = rows < 0
        count = int(new.sum())
        rows[new] = self._next + np.arange(count)
        images = np.ascontiguousarray(images, self._dtype)
        if new.all():
            _write_at(self._pixels, images.data.cast("B"), self._next * self._row_bytes)
        else:
            for row, image in zip(rows.tolist(), images, strict=True):
                _write_at(self._pixels, image.data.cast("B"), row * self._row_bytes)
        self._next += count
        _append(self._index, new_records(keys, rows, fingerprints(images)).tobytes())


def _write_at(file: int, data: memoryview, offset: int) -> None:
    while data:
        count = os.pwrite(file, data, offset)
        data, offset = data[count:], offset + count


def _append(file: int, data: bytes) -> None:
    """Append to a file, or leave it unchanged if the disk is full: half a record would shift all that follow."""
    before = os.fstat(file).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        os.ftruncate(file, before)
        raise
