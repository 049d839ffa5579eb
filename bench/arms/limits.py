"""The limits of this machine that bound an arm, each measured alone: decoding, reading, copying memory, the warp.

A limit is an arm of its own. Its batches hold no images; only their number counts.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.arms.arm import Arm
from bench.arms.augmentation import RANGES, matrices
from bench.arms.cells import SEED, Cell
from bench.arms.listing import listed

__all__ = ["LIMITS"]

TENSORFLOW = ("pipeline.runtime.startup", "tensorflow", "keras", "pipeline.builders.directory")
MOST = 2000  # at most so many photos are held in memory


def _photos(folder: str) -> list[Path]:
    found = listed(folder)[:MOST]
    if not found:
        raise ValueError(f"no photo in a folder of this folder. Received: {folder!r}")
    return found


def _in_threads(work: Callable[[Any], object], items: list[Any], cell: Cell) -> Iterator[tuple[range, None]]:
    """Run `work` on the items endlessly, with one thread for each core, and yield after each batch of items."""
    cores = len(os.sched_getaffinity(0))
    endless = itertools.cycle(items)
    with ThreadPoolExecutor(cores) as pool:
        while True:
            # A batch is divided among the threads in advance, so that they synchronize only at its end.
            batch = list(itertools.islice(endless, cell.batch))
            parts = [batch[one::cores] for one in range(cores)]
            list(pool.map(lambda part: [work(item) for item in part] and None, parts))
            yield range(cell.batch), None


def decode_tensorflow(folder: str, cell: Cell, exact: bool = False) -> Iterator[Any]:
    """Decode JPEGs from memory with TensorFlow's libjpeg-turbo, reduced as far as the target allows."""
    import tensorflow as tf

    from pipeline.runtime.execution import READS, with_fixed_options

    def decode(data: Any) -> Any:
        shape = tf.io.extract_jpeg_shape(data)[:2]
        ratio = tf.reduce_min(shape) // cell.side

        def by(scale: int) -> Callable[[], Any]:
            return lambda: tf.shape(tf.io.decode_jpeg(data, channels=3, ratio=scale))

        if exact:
            return tf.shape(tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"))
        return tf.case([(ratio >= scale, by(scale)) for scale in (8, 4, 2)], default=by(1))

    photos = [path.read_bytes() for path in _photos(folder)]
    data = tf.data.Dataset.from_tensor_slices(photos).repeat().map(decode, READS).batch(cell.batch).prefetch(2)
    return ((batch, None) for batch in with_fixed_options(data))


def decode_simplejpeg(folder: str, cell: Cell) -> Iterator[Any]:
    """Decode JPEGs from memory with libjpeg-turbo called by Python's threads."""
    import simplejpeg

    def decode(data: bytes) -> None:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        scale = next((one for one in (8, 4, 2, 1) if min(height, width) >= one * cell.side), 1)
        simplejpeg.decode_jpeg(data, "RGB", min_height=height // scale, min_width=width // scale, min_factor=1)

    return _in_threads(decode, [path.read_bytes() for path in _photos(folder)], cell)


def reads(folder: str, cell: Cell) -> Iterator[Any]:
    """Read whole files."""
    return _in_threads(Path.read_bytes, _photos(folder), cell)


def copy(folder: str, cell: Cell) -> Iterator[Any]:
    """Copy float32 images in memory. Eight batches take turns, so that the processor's cache cannot hold them."""
    source = np.ones((8 * cell.batch, cell.side, cell.side, 3), np.float32)
    target = np.empty_like(source)
    return _in_threads(lambda row: np.copyto(target[row], source[row]), list(range(len(source))), cell)


def warp(folder: str, cell: Cell) -> Iterator[Any]:
    """Apply the compiled augmentation to one uint8 batch; it gives float32 in 0-1."""
    import tensorflow as tf

    import pipeline
    from pipeline.augment.compiled import augmentation

    run = augmentation(pipeline.Augment(**RANGES), 1 / 255)
    images = tf.cast(
        tf.random.stateless_uniform([cell.batch, cell.side, cell.side, 3], (1, 2), 0, 256, tf.int32), tf.uint8
    )
    for step in itertools.count():
        keys = tf.stack([tf.range(cell.batch, dtype=tf.int64), tf.fill([cell.batch], tf.constant(step, tf.int64))], 1)
        yield run(images, keys), None


def warp_opencv(folder: str, cell: Cell) -> Iterator[Any]:
    """Apply `cv2.warpAffine` to one uint8 batch with one thread; it gives float32 in 0-1."""
    import cv2

    cv2.setNumThreads(1)
    random = np.random.default_rng(SEED)
    images = random.integers(0, 256, (cell.batch, cell.side, cell.side, 3), np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    while True:
        made = np.empty(images.shape, np.float32)
        for image, matrix, place in zip(images, matrices(random, cell.batch, cell.side), made, strict=True):
            warped = cv2.warpAffine(image, matrix, (cell.side, cell.side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            np.multiply(warped, np.float32(1 / 255), out=place)
        yield made, None


def _limit(name: str, function: str, by: str, **fields: Any) -> Arm:
    return Arm(name, f"bench.arms.limits:{function}", limit=by, buffer=2, **fields)


# `Arm.limit` of a limit holds its name, a slash, and the library that does the work.
LIMITS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        _limit("limit-decode", "decode_tensorflow", "decode/TensorFlow", imports=TENSORFLOW),
        _limit("limit-decode-simplejpeg", "decode_simplejpeg", "decode/simplejpeg", imports=(), needs=("simplejpeg",)),
        _limit(
            "limit-decode-exact",
            "decode_tensorflow",
            "decode exact/TensorFlow",
            imports=TENSORFLOW,
            options={"exact": True},
        ),
        _limit("limit-reads", "reads", "reads/Python", imports=()),
        _limit("limit-copy", "copy", "copy/NumPy", imports=()),
        _limit("limit-warp", "warp", "warp/pipeline", imports=TENSORFLOW),
        _limit("limit-warp-core", "warp", "warp-core/pipeline", imports=TENSORFLOW),
        _limit("limit-warp-core-opencv", "warp_opencv", "warp-core/opencv", imports=(), needs=("cv2",)),
    )
}
