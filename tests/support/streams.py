"""The training examples of a folder, hashed one by one, for each of many ways to make the same stream.

Run as a script, `streams.py FOLDER CACHE` prints one JSON object: way -> hashes of two epochs' examples, in order.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 12
PARALLEL = (1, 3, -1)  # -1 is AUTOTUNE
BATCHES = (1, 7, 16)
CACHES = ("none", "memory", "disk", "disk, part-filled")
WORKERS = (1, 2, 3)
EPOCHS = 2
# Every two values of any two columns meet in a row: an orthogonal array for three caches, three rows for the fourth.
WAYS = [
    (PARALLEL[i], BATCHES[j], CACHES[(i + 2 * j) % 3], WORKERS[(i + j) % 3]) for i in range(3) for j in range(3)
] + [(PARALLEL[i], BATCHES[i], CACHES[3], WORKERS[i]) for i in range(3)]


def example_hashes(batches: Iterable[Any]) -> Iterator[str]:
    """A hash of each example's picture and label."""
    for images, labels in batches:
        for image, label in zip(np.asarray(images), np.asarray(labels), strict=True):
            yield hashlib.sha256(image.tobytes() + label.tobytes()).hexdigest()[:16]


def hashes(
    folder: str | os.PathLike[str], cache_folder: Path, parallel: int, batch: int, cache: str, workers: int
) -> list[str]:
    """Hashes of two epochs' examples in their order; `workers` read every so-manieth batch each."""
    import pipeline
    from pipeline.dataset import column as dataset

    dataset.READS = parallel  # type: ignore[attr-defined]  # imported there
    half = cache == "disk, part-filled"
    data = pipeline.from_directory(
        folder,
        image_size=SIZE,
        batch_size=batch,
        seed=11,
        cache="disk" if half else cache,  # type: ignore[arg-type]
        cache_folder=cache_folder / ("half" if half else "whole"),
        cache_limit=20 * SIZE * SIZE * 3 / 1e9 if half else None,
        augment=pipeline.Augment(rotation_range=40, zoom_range=0.3, horizontal_flip=True, brightness_range=(0.5, 1.5)),
        verify="never",
    )
    found: list[str] = []
    for epoch in range(EPOCHS):
        shards = []
        for worker in range(workers):
            data.epoch.assign(epoch)
            shards.append([list(example_hashes([one])) for one in data.train.shard(workers, worker)])
        for turn in itertools.zip_longest(*shards, fillvalue=[]):
            found += itertools.chain.from_iterable(turn)
    return found


def every(folder: str, cache_folder: Path) -> dict[str, list[str]]:
    """All ways."""
    return {repr(way): hashes(folder, cache_folder, *way) for way in WAYS}


if __name__ == "__main__":
    print(json.dumps(every(sys.argv[1], Path(sys.argv[2]))))
