"""The limits of the stages on this machine: the speed of copying memory, and libjpeg's reduced decoding."""

from __future__ import annotations

import collections
import contextlib
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tensorflow as tf

from pipeline.config import ImageConfig
from pipeline.images.decode import MAGIC, RATIOS
from pipeline.profile.timing import Probe
from pipeline.runtime.machine import cores

__all__ = ["copying", "jpeg_ratio", "processor_cache"]

CHUNK = 4 * 1024 * 1024
CHUNKS = 32  # 128 MB in all, more than a processor's cache holds
JPEG = MAGIC[0][1]
LOOKED_AT = 64
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def copying() -> Probe:
    """Return a probe that copies memory with one thread per core. It counts bytes instead of images."""
    threads = cores()
    source = np.ones((CHUNKS, CHUNK), np.uint8)
    target = np.empty_like(source)
    target.fill(0)  # so that the system maps the pages before the clock runs
    pool = ThreadPoolExecutor(threads)
    rows = itertools.cycle(range(CHUNKS))

    def copy(part: Sequence[int]) -> None:
        for row in part:
            np.copyto(target[row], source[row])

    def draw(count: int) -> int:
        chosen = [next(rows) for _ in range(count * threads)]
        list(pool.map(copy, [chosen[one::threads] for one in range(threads)]))
        return len(chosen) * CHUNK

    return Probe(draw)


def processor_cache(caches: Path = CACHES) -> int:
    """Return the size of the processor's largest cache in bytes, or 0 if the system does not report it.

    Args:
        caches: the folder in which Linux describes the caches of a core.
    """
    sizes = [0]
    for file in caches.glob("index*/size"):
        with contextlib.suppress(OSError, ValueError):
            text = file.read_text().strip()
            sizes.append(int(text.rstrip("KMG")) * UNITS.get(text[-1:], 1))
    return max(sizes)


def jpeg_ratio(paths: Sequence[str], image: ImageConfig) -> tuple[int, list[str]]:
    """Find the most frequent reduction at which libjpeg decodes these photos.

    Args:
        paths: paths of photos, of which the first 64 are looked at.
        image: how the photos are decoded. With `decode="exact"` the reduction is 1.

    Returns:
        The reduction (1, 2, 4 or 8), and the paths of the JPEGs that are decoded with it. Without a JPEG, 1 and an
        empty list.
    """
    found: dict[int, list[str]] = collections.defaultdict(list)
    for path in paths[:LOOKED_AT]:
        data = Path(path).read_bytes()
        if data.startswith(JPEG):
            found[_ratio(data, image)].append(path)
    return max(found.items(), key=lambda item: len(item[1]), default=(1, []))


def _ratio(data: bytes, image: ImageConfig) -> int:
    """Return the largest reduction that leaves the image no smaller than the target, as in `pipeline.images.decode`."""
    if image.decode == "exact":
        return 1
    sides = tf.io.extract_jpeg_shape(data).numpy()[:2]
    kept = (min if image.resize == "pad" else max)(
        wanted / have for wanted, have in zip(image.image_size, sides, strict=True)
    )
    return max(ratio for ratio in RATIOS if ratio == 1 or kept * ratio <= 1)
