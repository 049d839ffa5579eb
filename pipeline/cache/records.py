"""Read and write the index of a disk cache: one record for each row, checked by a fingerprint of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = [
    "RECORD",
    "all_records",
    "fingerprints",
    "last_records",
    "new_records",
    "row_fingerprints",
    "sound_records",
]

# The photo's key, the row of its image, FarmHash's fingerprint of the row's bytes, and that of the first three fields.
RECORD = np.dtype([("key", "V32"), ("row", "<i8"), ("pixels", "<i8"), ("record", "<i8")])
SIGNED = RECORD.itemsize - 8  # the bytes of a record that its own fingerprint covers


def fingerprints(rows: NDArray[Any] | tf.Tensor) -> NDArray[np.int64]:
    """Return FarmHash's 64-bit fingerprint of each row's bytes, equal to `row_fingerprints`.

    Args:
        rows: `[N, ...]` of any number type.

    Returns:
        int64 `[N]`.
    """
    if len(rows) == 0:
        return np.zeros(0, np.int64)
    with tf.device("CPU:0"):
        return np.asarray(row_fingerprints(tf.convert_to_tensor(rows)))


def row_fingerprints(rows: tf.Tensor) -> tf.Tensor:
    """Compute `fingerprints` in a graph: `[B, ...]` of any number type to int64 `[B]`."""
    flat = tf.reshape(rows, [tf.shape(rows)[0], -1])
    if flat.dtype != tf.uint8:
        flat = tf.bitcast(flat, tf.uint8)
        flat = tf.reshape(flat, [tf.shape(rows)[0], -1])
    return tf.bitcast(tf.fingerprint(flat), tf.int64)


def _record_fingerprints(records: NDArray[Any]) -> NDArray[np.int64]:
    return fingerprints(records.view(np.uint8).reshape(len(records), RECORD.itemsize)[:, :SIGNED])


def new_records(keys: Sequence[bytes], rows: NDArray[np.int64], prints: NDArray[np.int64]) -> NDArray[Any]:
    """Return the records of photos that were written to the cache.

    Args:
        keys: the photos' keys, 32 bytes each.
        rows: int64 `[N]`, the row of each image.
        prints: int64 `[N]`, the fingerprint of each row's bytes.
    """
    records = np.zeros(len(keys), RECORD)
    records["key"] = np.frombuffer(b"".join(keys), "V32")
    records["row"], records["pixels"] = rows, prints
    records["record"] = _record_fingerprints(records)
    return records


def all_records(index: Path) -> NDArray[Any]:
    """Read all records of an index file, valid or not; none if the file does not exist."""
    try:
        data = index.read_bytes()
    except FileNotFoundError:
        data = b""
    return np.frombuffer(data[: len(data) // RECORD.itemsize * RECORD.itemsize], RECORD)


def sound_records(records: NDArray[Any], rows: int) -> NDArray[Any]:
    """Return the records that match their own fingerprint and name one of the first `rows` rows."""
    sound = (_record_fingerprints(records) == records["record"]) & (records["row"] >= 0) & (records["row"] < rows)
    found: NDArray[Any] = records[sound]
    return found


def last_records(records: NDArray[Any]) -> NDArray[Any]:
    """Return the last record of each row, and of these the last record of each key."""
    _, from_end = np.unique(records["row"][::-1], return_index=True)
    records = records[np.sort(len(records) - 1 - from_end)]
    places = dict(zip(records["key"].tolist(), range(len(records)), strict=True))
    found: NDArray[Any] = records[sorted(places.values())]
    return found
