"""Keras' `ImageDataGenerator` and this package's drop-in, by the same code: `next()`, `model.fit`'s adapter, arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.arms.arm import Setting
from bench.arms.augmentation import RANGES
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled

__all__ = ["SMALL", "adapter_settings", "arrays", "floats", "flow_from_directory", "through_adapter", "whitened"]

SMALL = 24  # the side of pictures that are whitened: the matrix has side ** 4 * 9 entries


def _class(library: str) -> Any:
    """`"keras"`: the original; `"pipeline"`: the package's, with the same arguments, draws and pixels."""
    if library == "pipeline":
        import pipeline

        return pipeline.ImageDataGenerator
    import tensorflow as tf

    return tf.keras.preprocessing.image.ImageDataGenerator


def flow_from_directory(folder: str, cell: Cell, library: str, **options: Any) -> Any:
    """The iterator that scripts have: `flow_from_directory(…, class_mode="binary")`."""
    generator = _class(library)(rescale=1 / 255, **(RANGES if cell.augmented else {}), **options)
    size = (cell.side, cell.side)
    return generator.flow_from_directory(folder, size, batch_size=cell.batch, class_mode="binary", seed=SEED)


def _whole(batches: Any, cell: Cell) -> Iterator[Any]:
    """Without an epoch's partial batch."""
    return (batch for batch in batches if len(batch[0]) == cell.batch)


def in_a_loop(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """`next(flow)` again and again."""
    return _whole(flow_from_directory(folder, cell, library), cell)


def with_function(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """With a `preprocessing_function` as scripts have them."""
    return _whole(flow_from_directory(folder, cell, library, preprocessing_function=lambda image: 255.0 - image), cell)


def adapter_settings(cores: int) -> list[Setting]:
    """Threads and processes, from one to twice as many as cores."""
    counts = sorted({1, *(2**power for power in range(1, 10) if 2**power < 2 * cores), 2 * cores})
    threads: list[Setting] = [{"workers": count, "processes": False} for count in counts]
    return threads + [{"workers": count, "processes": True} for count in counts]


def through_adapter(
    folder: str, cell: Cell, library: str = "keras", workers: int = 1, processes: bool = False
) -> Iterator[Any]:
    """As `model.fit` draws from it: its own adapter, epoch by epoch, `tf.data` behind it."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    flow = flow_from_directory(folder, cell, library)
    flow.workers, flow.use_multiprocessing = workers, processes
    adapter = PyDatasetAdapter(flow, shuffle=False)
    dataset = adapter.get_tf_dataset()

    def epochs() -> Iterator[Any]:
        while True:
            adapter.on_epoch_begin()
            yield from dataset
            adapter.on_epoch_end()

    return _whole(epochs(), cell)


def _loaded(folder: str, side: int, dtype: str) -> Any:
    """The photos as one array `[N, side, side, 3]`, and their labels."""
    import keras
    import numpy as np

    paths, labels = labelled(folder)
    pictures = [np.asarray(keras.utils.load_img(path, target_size=(side, side)), dtype) for path in paths]
    return np.stack(pictures), labels.astype("float32")


def arrays(
    folder: str, cell: Cell, library: str = "keras", dtype: str = "uint8", whiten: bool = False
) -> Iterator[Any]:
    """The photos, already in memory; ZCA-whitened at `SMALL` where asked."""
    x, y = _loaded(folder, SMALL if whiten else cell.side, dtype)
    ranges = RANGES if cell.augmented else {}
    if whiten:
        generator = _class(library)(featurewise_center=True, zca_whitening=True, **ranges)
        generator.fit(x)
    else:
        generator = _class(library)(rescale=1 / 255, **ranges)
    return _whole(generator.flow(x, y, batch_size=cell.batch, seed=SEED), cell)


def floats(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Arrays of float32."""
    return arrays(folder, cell, library, "float32")


def whitened(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Whitened, where the flow's pictures are of side `SMALL` and of no fixed scale."""
    return arrays(folder, cell, library, "float32", whiten=True)
