"""Read every photo once, in parallel: find the ones that cannot be read, and fill the memory cache on the way (D11)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.images.load import read_picture, reason
from pipeline.progress import progress
from pipeline.sources.examples import Examples

__all__ = ["AUTO_LIMIT", "Unreadable", "find_unreadable", "read_all", "refuse_unreadable"]

# verify="auto" opens every file of a set of fewer than this.
AUTO_LIMIT = 20_000
BATCH = 64
NAMED = 3
# Raised when decoding changes what it accepts: what was found by an earlier version is not trusted then.
VERSION = 1


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """A photo that cannot be read: its index among the examples, its path, and why, in one line."""

    index: int
    path: str
    reason: str


def _readable(
    paths: list[bytes], image: ImageConfig, keep: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """Batches of (index, picture) of the photos that can be read; without `keep`, of (index, one level)."""

    @tf.autograph.experimental.do_not_convert
    def read(index: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels = read_picture(path, image)
        return index, pixels if keep else pixels[0, 0, 0]

    # ignore_errors drops what fails; the missing indices name it, and a second look says why.
    stream = tf.data.Dataset.from_tensor_slices(paths).enumerate().map(read, tf.data.AUTOTUNE).ignore_errors()
    yield from stream.batch(BATCH).prefetch(2).as_numpy_iterator()


def read_all(
    examples: Examples, image: ImageConfig, into: NDArray[np.uint8] | None, title: str
) -> list[Unreadable]:
    """Read every photo of `examples`.

    Args:
        examples: N of them.
        image: how they are decoded and resized.
        into: uint8 `[N, H, W, C]` that is filled by index, or `None` to read only.
        title: of the progress bar.

    Returns:
        the photos that cannot be read, in the order of the examples.
    """
    paths = examples.path_bytes()
    seen = np.zeros(len(paths), bool)
    with progress(title, len(paths)) as advance:
        for index, pixels in _readable(paths, image, into is not None):
            seen[index] = True
            if into is not None:
                into[index] = pixels
            advance(len(index))
    found = []
    for index in np.flatnonzero(~seen):
        try:
            pixels = read_picture(tf.constant(paths[index]), image).numpy()
        except tf.errors.OpError as error:
            found.append(Unreadable(int(index), examples.paths[index], reason(error)))
            continue
        if into is not None:
            into[index] = pixels
    return found


def _record_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "tf-image-pipeline" / "verified"


def _fingerprint(examples: Examples, image: ImageConfig) -> str:
    """Of the files as they lie there (path, size, time of change) and of what decides whether they can be read."""
    digest = hashlib.sha256(repr((VERSION, tf.__version__, image)).encode())
    for path in examples.path_bytes():
        status = os.stat(path)
        digest.update(repr((os.path.abspath(path), status.st_size, status.st_mtime_ns)).encode())
    return digest.hexdigest()


def _recall(record: Path, examples: Examples) -> list[Unreadable] | None:
    try:
        rows = json.loads(record.read_text())
        return [Unreadable(int(index), examples.paths[int(index)], str(why)) for index, why in rows]
    except (OSError, ValueError, TypeError, IndexError):
        return None


def _remember(record: Path, found: list[Unreadable]) -> None:
    """Best effort: where the folder cannot be written, the next run reads the photos again."""
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        aside = record.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps([(bad.index, bad.reason) for bad in found]))
        aside.replace(record)
    except OSError:
        return


def find_unreadable(examples: Examples, image: ImageConfig, title: str) -> list[Unreadable]:
    """Read every photo, unless these very files were read before by this version: then recall what was found."""
    try:
        record = _record_folder() / f"{_fingerprint(examples, image)}.json"
    except OSError:  # a file that vanished since the scan: reading names it
        return read_all(examples, image, None, title)
    found = _recall(record, examples)
    if found is None:
        found = read_all(examples, image, None, title)
        _remember(record, found)
    return found


def refuse_unreadable(found: list[Unreadable], count: int) -> None:
    """Raise where there is one.

    Raises:
        InputError: names the first few, each with its reason, and the way out.
    """
    if not found:
        return
    named = "; ".join(f"{bad.path}: {bad.reason}" for bad in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise InputError(
        f"{len(found)} of {count} photos cannot be read: {named}{more}. "
        "Mend or remove them, or leave them out with on_error='skip'"
    )
