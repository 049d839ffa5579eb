"""NVIDIA DALI: its reader, decoder, resize and warp, on processors alone or with a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from nvidia.dali import fn, pipeline_def, types

from bench.arms.augmentation import matrices
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled

__all__ = ["gpu_stream", "stream"]


def _maps(random: np.random.Generator, cell: Cell) -> NDArray[np.float32]:
    """A batch of matrices; DALI counts from a pixel's corner where `matrices` counts from its middle."""
    made = matrices(random, cell.batch, cell.side)
    made[:, :, 2] += 0.5 - 0.5 * made[:, :, :2].sum(axis=2)
    return made.astype(np.float32)


def _photos(folder: str, cell: Cell, gpu: bool) -> tuple[Any, Any]:
    """The graph: read, decode, stretch, warp, scale."""
    random = np.random.default_rng(SEED)
    paths, labels = labelled(folder)
    # The reader shuffles all photos after an epoch, none before the first.
    first = random.permutation(len(paths))
    data, label = fn.readers.file(
        files=[paths[at] for at in first],
        labels=labels[first].tolist(),
        shuffle_after_epoch=True,
        shuffle_after_epoch_seed=SEED,
        prefetch_queue_depth=2,
    )
    images = fn.decoders.image(
        data, device="mixed" if gpu else "cpu", output_type=types.RGB, adjust_orientation=False, use_fast_idct=True
    )
    # A warp reads the pixels it needs, `fn.resize` all of them: a tenth faster for the same bilinear stretch.
    shape = fn.peek_image_shape(data, adjust_orientation=False)
    stretch = fn.transforms.scale(scale=fn.cast(fn.stack(shape[1], shape[0]), dtype=types.FLOAT) / cell.side)
    # Floats come from the last warp: their own pass over the pixels would cost more.
    kind = types.UINT8 if cell.augmented else types.FLOAT
    images = fn.warp_affine(images, matrix=stretch, size=(cell.side, cell.side), dtype=kind)
    if cell.augmented:
        maps = fn.external_source(source=lambda: _maps(random, cell), batch=True, dtype=types.FLOAT, ndim=2)
        # Without a fill value the pixels of the edge are repeated.
        images = fn.warp_affine(images, matrix=maps, dtype=types.FLOAT)
    return images * np.float32(1 / 255), label


def _built(folder: str, cell: Cell, gpu: bool, threads: int, ready: int) -> Any:
    device = 0 if gpu else None
    made = pipeline_def(_photos)(
        folder, cell, gpu, batch_size=cell.batch, num_threads=threads, device_id=device, seed=SEED,
        prefetch_queue_depth=ready,
    )  # fmt: skip
    made.build()
    return made


def stream(folder: str, cell: Cell, threads: int = 1, ready: int = 2) -> Iterator[tuple[Any, Any]]:
    """Batches of images `[batch, side, side, 3]` and labels `[batch]`, without end.

    Args:
        folder: holds a folder for each class.
        cell: what is delivered.
        threads: of the graph.
        ready: batches made ahead.
    """
    graph = _built(folder, cell, False, threads, ready)
    while True:
        images, labels = graph.run()
        # A copy: DALI writes the next batches where this one lies.
        yield np.array(images.as_tensor()), np.asarray(labels.as_tensor()).reshape(-1).copy()


def gpu_stream(folder: str, cell: Cell, threads: int = 1, ready: int = 2) -> Iterator[tuple[Any, Any]]:
    """The same, decoded and warped by the GPU, where the images stay: DALI's list of `batch` tensors.

    Args:
        folder: holds a folder for each class.
        cell: what is delivered.
        threads: of the graph's part on processors.
        ready: batches made ahead.
    """
    graph = _built(folder, cell, True, threads, ready)
    while True:
        images, labels = graph.run()
        yield images, np.asarray(labels.as_cpu().as_tensor()).reshape(-1).copy()
