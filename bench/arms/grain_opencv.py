"""The arm of Grain with OpenCV: Grain orders and parallelizes, OpenCV decodes, resizes and warps."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import cv2
import grain
import numpy as np
from numpy.typing import NDArray

from bench.arms.augmentation import matrices
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled
from bench.arms.opencv import INVERSE, decoded

__all__ = ["stream"]


def _batch(
    order: NDArray[np.int64], random: np.random.Generator, paths: list[str], labels: NDArray[np.int64], cell: Cell
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the photos at the indices `order` as one batch."""
    # Each thread or process makes whole batches, so OpenCV's own threads would only compete with them.
    cv2.setNumThreads(0)
    side = cell.side
    images = np.empty((len(order), side, side, 3), np.float32)
    maps = matrices(random, len(order), side) if cell.augmented else None
    for at, index in enumerate(order):
        image: Any = decoded(paths[index], side)
        if maps is not None:
            image = cv2.warpAffine(image, maps[at], (side, side), flags=INVERSE, borderMode=cv2.BORDER_REPLICATE)
        np.multiply(image, np.float32(1 / 255), out=images[at])
    return images, labels[order]


def stream(folder: str, cell: Cell, threads: int = 1, workers: int = 0) -> Iterator[tuple[Any, Any]]:
    """Return an endless iterator of images `[batch, side, side, 3]` and labels `[batch]`.

    Args:
        folder: holds a folder for each class.
        cell: the images to deliver.
        threads: threads of this process that make batches if `workers` is 0.
        workers: processes that make batches; each has one thread.
    """
    paths, labels = labelled(folder)
    order = grain.MapDataset.range(len(paths)).seed(SEED).shuffle().repeat().batch(cell.batch)
    batches = order.random_map(functools.partial(_batch, paths=paths, labels=labels, cell=cell))
    if not workers:
        return iter(batches.to_iter_dataset(grain.ReadOptions(threads, prefetch_buffer_size=threads + 1)))
    # A worker without reading threads makes batches in its main thread and keeps two of them ready.
    read = batches.to_iter_dataset(grain.ReadOptions(0, prefetch_buffer_size=0))
    return iter(read.mp_prefetch(grain.MultiprocessingOptions(workers, per_worker_buffer_size=2)))
