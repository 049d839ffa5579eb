"""Read every example once, in parallel: find those that cannot be read, and hand the images to a cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.files.home import cache_home
from pipeline.images.fault import Fault
from pipeline.images.jpeg_warnings import damaged_jpegs, hear
from pipeline.images.load import ATTEMPTS, fault_of
from pipeline.reading.reader import ImageReader, Reader
from pipeline.reading.unreadable import Unreadable, refuse_unreadable
from pipeline.runtime.execution import READS, with_fixed_options
from pipeline.runtime.progress import progress, say
from pipeline.sources.source import Source
from pipeline.text.plurals import counted

__all__ = ["AUTO_LIMIT", "Store", "find_unreadable", "read_all", "refuse_for_service", "second_look"]

# Takes pictures as they are read: int64 [B] indices and their pictures [B, H, W, C].
Store = Callable[[NDArray[np.int64], NDArray[Any]], object]
# verify="auto" opens every file of a set of fewer than this.
AUTO_LIMIT = 20_000
# Pictures that are handed over at once: so many, and no more bytes; four or five such batches are under way.
BATCH = 64
BATCH_BYTES = 1 << 22
NAMED = 3
# Raised when decoding changes what it accepts: what was found by an earlier version is not trusted then.
VERSION = 4


def _readable(reader: Reader, keep: bool) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Yield batches of (index, image) of the examples that can be read; without `keep`, of (index, one level)."""

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def read_one(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels = reader.read(index)["image"]
        return index, pixels if keep else pixels[0, 0, 0]

    # ignore_errors drops what fails; the missing indices name it, and a second look says why.
    stream = tf.data.Dataset.range(len(reader.source)).map(read_one, READS).ignore_errors()
    image = stream.element_spec[1]
    size = (image.shape.num_elements() or 1) * image.dtype.size
    yield from with_fixed_options(stream.batch(max(1, min(BATCH, BATCH_BYTES // size))).prefetch(2)).as_numpy_iterator()


def _fault(error: BaseException, name: str) -> Fault:
    """Return the fault of the example called `name`, without its name."""
    fault = fault_of(error)
    if "detail" not in fault.values:
        return fault
    return Fault(fault.kind, {"detail": fault.values["detail"].removeprefix(f"{name}; ")})


def _read_patiently(reader: Reader, index: int) -> NDArray[Any]:
    """Read an image, and retry errors of the file system that may pass."""
    attempt, name = 1, reader.source.describe(index)
    while True:
        try:
            return np.asarray(reader.read(tf.constant(index, tf.int64))["image"])
        except tf.errors.OpError as error:
            fault = _fault(error, name)
            if attempt == ATTEMPTS or fault.kind != "may_pass":
                raise
            say(f"{name}: {fault}; reading it again ({attempt} of {ATTEMPTS - 1})")
            time.sleep(2 ** (attempt - 1))
            attempt += 1


def second_look(reader: Reader, index: Sequence[int], store: Store | None) -> list[Unreadable]:
    """Read the examples at `index` one by one, with retries; return those that cannot be read, and why."""
    found = []
    for one in index:
        try:
            pixels = _read_patiently(reader, one)
        except (tf.errors.OpError, UnicodeDecodeError) as error:
            name = reader.source.describe(one)
            found.append(Unreadable(one, name, _fault(error, name)))
            continue
        if store is not None:
            store(np.array([one], np.int64), pixels[None])
    return found


def read_all(reader: Reader, store: Store | None, title: str) -> list[Unreadable]:
    """Read every example.

    Args:
        reader: of N examples.
        store: called with indices (int64 `[B]`) and their images (`[B, H, W, C]`), each example once and in no order;
            `None` to read only.
        title: of the progress bar.

    Returns:
        the examples that cannot be read, in their order.
    """
    found, damaged = _read_all(reader, store, title)
    _say_damaged(reader.source, damaged)
    return found


def _read_all(reader: Reader, store: Store | None, title: str) -> tuple[list[Unreadable], dict[int, str]]:
    """Return the examples that cannot be read, and libjpeg's words on those that are damaged and read all the same."""
    count = len(reader.source)
    if not count:
        return [], {}
    seen = np.zeros(count, bool)
    with hear() as heard, progress(title, count) as advance:
        for index, pixels in _readable(reader, store is not None):
            seen[index] = True
            if store is not None:
                store(index, pixels)
            advance(len(index))
            heard.take()
    damaged: dict[int, str] = {}
    if heard.lines:
        good = np.flatnonzero(seen).tolist()
        found = damaged_jpegs(len(good), lambda k: _content(reader.source, good[k]), len(heard.lines))
        damaged = {good[k]: said for k, said in found.items()}
    return second_look(reader, np.flatnonzero(~seen).tolist(), store), damaged


def _content(source: Source, index: int) -> bytes:
    """Return the encoded bytes of an example's image; none where they cannot be read."""
    try:
        return bytes(source.read(tf.constant(index, tf.int64))["image"].numpy())
    except tf.errors.OpError:
        return b""


def _say_damaged(source: Source, damaged: Mapping[int, str]) -> None:
    """Name the damaged JPEGs once; TensorFlow's own line, at each decoding, names none."""
    if not damaged:
        return
    named = "; ".join(f"{source.describe(index)}: {said}" for index, said in [*damaged.items()][:NAMED])
    more = (
        f"; and {len(damaged) - NAMED:,} more, which python -m pipeline.inspect names" if len(damaged) > NAMED else ""
    )
    are, their = ("is", "its") if len(damaged) == 1 else ("are", "their")
    say(
        f"note: {counted(len(damaged), 'photo')} {are} damaged and read all the same, though {their} picture may be "
        f"spoiled: {named}{more}"
    )


def _fingerprint(reader: Reader) -> str | None:
    """Return a fingerprint of the files as they lie there and of what decides whether they can be read.

    `None` where a file vanished since it was listed, or where the examples have no fingerprints.
    """
    digest = hashlib.sha256(f"({VERSION!r}, {tf.__version__!r}, {reader.key})".encode())
    for mark in reader.source.fingerprints("stat"):
        if mark is None:
            return None
        digest.update(mark)
    return digest.hexdigest()


def _recall(record: Path, count: int) -> tuple[list[int], dict[int, str]] | None:
    """Return the indices of the photos that could not be read, and what was said of damaged ones; `None`: no record."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
        bad, damaged = list(found["unreadable"]), {int(index): str(said) for index, said in found["damaged"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    sound = all(type(index) is int and 0 <= index < count for index in [*bad, *damaged])
    return (bad, damaged) if sound else None


def _remember(record: Path, found: list[Unreadable], damaged: Mapping[int, str]) -> None:
    """Write the record if that can be done; where the folder cannot be written, the next run reads the photos again."""
    with contextlib.suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        content = {"unreadable": [bad.index for bad in found], "damaged": dict(damaged)}
        write_text(record, json.dumps(content))


def find_unreadable(reader: Reader, title: str) -> list[Unreadable]:
    """Read every example, unless these very files were read before by this version.

    Then only those that could not be read are looked at again: a share may have been away.
    """
    fingerprint = _fingerprint(reader)
    if fingerprint is None:
        return read_all(reader, None, title)
    record = cache_home() / "verified" / f"{fingerprint}.json"
    recalled = _recall(record, len(reader.source))
    if recalled is not None:
        suspects, damaged = recalled
        _say_damaged(reader.source, damaged)
        return second_look(reader, suspects, None)
    found, damaged = _read_all(reader, None, title)
    _say_damaged(reader.source, damaged)
    _remember(record, found, damaged)
    return found


def refuse_for_service(source: Source, image: ImageConfig) -> None:
    """Raise where an example can be read in this process alone, or not at all.

    Raises:
        InputError: names the first few, and the way out.
    """
    if source.service_refusal is not None:
        raise InputError(source.service_refusal)
    found = read_all(ImageReader(source, image, pillow=False), None, "Checking photos for the tf.data service")
    refuse_unreadable(second_look(ImageReader(source, image), [one.index for one in found], None), len(source))
    if not found:
        return
    named = ", ".join(one.name for one in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise InputError(
        f"{len(found)} of {len(source)} photos are read by Pillow, which a worker of the tf.data service cannot do: "
        f"{named}{more}. Convert them to JPEG, or to PNG of 8 bits without a palette; or read them in this process"
    )
