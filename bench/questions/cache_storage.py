"""Compare ways to store decoded images.

    python -m bench.questions.cache_storage [N] [FOLDER]

N random images of 150x150x3 (default 20,000, 1.35 GB) are written to each storage, read once in order, and then read in
random order, in batches of 100, by `tf.data` on all cores. Each storage has a process of its own. The script prints
images a second (median and range of the rounds), the growth of resident memory since TensorFlow was imported (the
process's own memory, and pages of mapped files, which the kernel drops when memory runs short), and the number of
files.

    files           one raw file for each image
    tfrecord        one TFRecord file, in which each record is found by its byte offset
    mapped          one mapped file, from which a batch of rows is gathered at a time; nothing is checked
    mapped+print    the same, with FarmHash's fingerprint of every row checked in the graph, as this package does
    memory          one array in memory, from which a batch of rows is gathered at a time
"""

from __future__ import annotations

import functools
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.measure.places import ROOT

SIDE, BATCH, ROUNDS, COUNT, CHUNK = 150, 100, 5, 20_000, 100
BYTES = SIDE * SIDE * 3
SECONDS = 2.0  # a round draws whole batches until so many seconds have passed


def _chunks(count: int) -> Iterator[Any]:
    import numpy as np

    random = np.random.default_rng(0)
    for first in range(0, count, CHUNK):
        yield first, random.integers(0, 256, (min(CHUNK, count - first), SIDE, SIDE, 3), np.uint8)


def _batched(order: Any, read: Callable[[Any], Any]) -> Any:
    """Read one image at a time, and batch them."""
    import tensorflow as tf

    return order.unbatch().map(read, tf.data.AUTOTUNE).batch(BATCH)


def _files(folder: Path, count: int, order: Any) -> Any:
    import tensorflow as tf

    for first, images in _chunks(count):
        for number, image in enumerate(images, first):
            (folder / str(number)).write_bytes(image.tobytes())

    def read(number: Any) -> Any:
        data = tf.io.read_file(tf.strings.join([str(folder) + "/", tf.strings.as_string(number)]))
        return tf.reshape(tf.io.decode_raw(data, tf.uint8), [SIDE, SIDE, 3])

    return _batched(order, read)


def _tfrecord(folder: Path, count: int, order: Any) -> Any:
    import tensorflow as tf

    file = str(folder / "pictures.tfrecord")
    with tf.io.TFRecordWriter(file) as writer:
        for _, images in _chunks(count):
            for image in images:
                writer.write(image.tobytes())
    record = 8 + 4 + BYTES + 4  # length, checksum of the length, data, checksum of the data

    def read(number: Any) -> Any:
        found = tf.raw_ops.TFRecordDatasetV2(
            filenames=[file], compression_type="", buffer_size=record, byte_offsets=[number * record]
        )
        data = tf.raw_ops.DatasetToSingleElement(
            dataset=tf.raw_ops.TakeDataset(input_dataset=found, count=1, output_types=[tf.string], output_shapes=[[]]),
            output_types=[tf.string],
            output_shapes=[[]],
        )[0]
        return tf.reshape(tf.io.decode_raw(data, tf.uint8), [SIDE, SIDE, 3])

    return _batched(order, read)


def _gathered(images: Any, order: Any, prints: Any = None) -> Any:
    import tensorflow as tf

    from pipeline.cache.records import row_fingerprints
    from pipeline.runtime.shared_array import take

    def read(index: Any) -> Any:
        rows = take(images, index)
        if prints is None:
            return rows
        sound = tf.reduce_all(tf.equal(row_fingerprints(rows), tf.gather(prints, index)))
        return tf.cond(sound, lambda: rows, lambda: tf.zeros_like(rows))

    return order.map(read, tf.data.AUTOTUNE)


def _mapped(folder: Path, count: int, order: Any, checked: bool) -> Any:
    """Use the package's own disk cache, with or without checking its fingerprints."""
    import numpy as np
    import tensorflow as tf

    from pipeline.cache.disk import DiskCache

    cache = DiskCache(folder, (SIDE, SIDE, 3), np.dtype(np.uint8), "")
    keys = [number.to_bytes(32, "little") for number in range(count)]
    with cache.writer() as writer:
        for first, images in _chunks(count):
            writer.add(keys[first : first + len(images)], images)
    kept = cache.open(keys)
    if kept is None or len(kept.missing):
        raise RuntimeError("the cache does not hold what was written")
    return _gathered(kept.images, order, tf.constant(kept.prints) if checked else None)


def _memory(folder: Path, count: int, order: Any) -> Any:
    import numpy as np

    from pipeline.runtime.shared_array import share

    pages = mmap.mmap(-1, count * BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    array = np.frombuffer(pages, np.uint8).reshape(count, SIDE, SIDE, 3)
    for first, images in _chunks(count):
        array[first : first + len(images)] = images
    return _gathered(share(array), order)


STORAGES: dict[str, Callable[[Path, int, Any], Any]] = {
    "files": _files,
    "tfrecord": _tfrecord,
    "mapped": functools.partial(_mapped, checked=False),
    "mapped+print": functools.partial(_mapped, checked=True),
    "memory": _memory,
}


def _resident() -> tuple[int, int]:
    """Return the bytes of resident memory: the process's own, and the pages of mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss")}
    return sizes["RssAnon"], sizes["RssFile"]


def measure(name: str, count: str, folder: str) -> None:
    """Write one storage, read it once in order, time the rounds, and print the result as JSON."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    total = int(count)

    @tf.autograph.experimental.do_not_convert
    def shuffled(step: Any) -> Any:
        return tf.random.stateless_uniform([BATCH], tf.stack([step, 7]), 0, total, tf.int64)

    @tf.autograph.experimental.do_not_convert
    def straight(step: Any) -> Any:
        return (step * BATCH + tf.range(BATCH, dtype=tf.int64)) % total

    with tf.device("CPU:0"):
        steps = tf.data.Dataset.range(1 << 40)
        order = steps.map(lambda step: tf.cond(step < total // BATCH, lambda: straight(step), lambda: shuffled(step)))
        next(
            iter(
                _gathered(
                    tf.Variable(tf.zeros([1, SIDE, SIDE, 3], tf.uint8)),
                    steps.map(lambda _: tf.zeros([BATCH], tf.int64)),
                )
            )
        )
        before = _resident()
        batches = iter(STORAGES[name](Path(folder), total, order).prefetch(2))
        for _ in range(total // BATCH):
            next(batches)
        rates = []
        for _ in range(ROUNDS):
            begun, images = time.perf_counter(), 0
            while time.perf_counter() - begun < SECONDS:
                images += len(next(batches))
            rates.append(images / (time.perf_counter() - begun))
    own, files = (now - then for now, then in zip(_resident(), before, strict=True))
    there = sum(len(names) for _, _, names in os.walk(folder))
    print(json.dumps({"rates": rates, "own": own, "files": files, "inodes": there}))


def main(count: str = str(COUNT), parent: str | None = None) -> None:
    """Measure and print the results."""
    code = "import sys; from bench.questions.cache_storage import measure; measure(*sys.argv[1:])"
    print(f"{int(count):,} pictures, {int(count) * BYTES / 1e6:,.0f} MB")
    for name in STORAGES:
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            command = [sys.executable, "-c", code, name, count, folder]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        answer = json.loads(done.stdout)
        rates = answer["rates"]
        print(
            f"{name:14}{statistics.median(rates):10,.0f} images/s ({min(rates):,.0f} to {max(rates):,.0f}), "
            f"memory {answer['own'] / 1e6:+,.0f} MB, mapped pages {answer['files'] / 1e6:+,.0f} MB, "
            f"{answer['inodes']:,} files"
        )


if __name__ == "__main__":
    main(*sys.argv[1:3])
