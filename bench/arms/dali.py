"""The arms of NVIDIA DALI: its reader, decoder, resize and warp, on the CPU alone or with a GPU."""

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
    """Return the matrices for a batch. DALI's origin is a pixel's corner, that of `matrices` is its centre."""
    made = matrices(random, cell.batch, cell.side)
    made[:, :, 2] += 0.5 - 0.5 * made[:, :, :2].sum(axis=2)
    return made.astype(np.float32)


def _photos(folder: str, cell: Cell, gpu: bool) -> tuple[Any, Any]:
    """Return the graph's outputs: photos that are read, decoded, stretched, warped and scaled; and their labels."""
    random = np.random.default_rng(SEED)
    paths, labels = labelled(folder)
    # The reader shuffles all photos after each epoch, but not before the first one.
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
    # A warp reads only the pixels it needs and `fn.resize` reads all, so this is a tenth faster for the same stretch.
    shape = fn.peek_image_shape(data, adjust_orientation=False)
    stretch = fn.transforms.scale(scale=fn.cast(fn.stack(shape[1], shape[0]), dtype=types.FLOAT) / cell.side)
    # The last warp gives floats, since converting them in a separate pass would cost more.
    kind = types.UINT8 if cell.augmented else types.FLOAT
    images = fn.warp_affine(images, matrix=stretch, size=(cell.side, cell.side), dtype=kind)
    if cell.augmented:
        maps = fn.external_source(source=lambda: _maps(random, cell), batch=True, dtype=types.FLOAT, ndim=2)
        # Without a fill value, the pixels at the edge are repeated.
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
    """Yield images `[batch, side, side, 3]` and labels `[batch]` without end.

    Args:
        folder: holds a folder for each class.
        cell: the images to deliver.
        threads: threads of the graph.
        ready: batches that are made ahead.
    """
    graph = _built(folder, cell, False, threads, ready)
    while True:
        images, labels = graph.run()
        # Copied, since DALI reuses the memory for the next batches.
        yield np.array(images.as_tensor()), np.asarray(labels.as_tensor()).reshape(-1).copy()


def gpu_stream(folder: str, cell: Cell, threads: int = 1, ready: int = 2) -> Iterator[tuple[Any, Any]]:
    """Yield batches like `stream`, decoded and warped on the GPU. The images stay there, as DALI's list of tensors.

    Args:
        folder: holds a folder for each class.
        cell: the images to deliver.
        threads: threads of the graph's part on the CPU.
        ready: batches that are made ahead.
    """
    graph = _built(folder, cell, True, threads, ready)
    while True:
        images, labels = graph.run()
        yield images, np.asarray(labels.as_cpu().as_tensor()).reshape(-1).copy()
