"""The arms of Keras' `ImageDataGenerator` and of this package's drop-in, which run the same code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.arms.arm import Setting
from bench.arms.augmentation import RANGES
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled

__all__ = ["SMALL", "adapter_settings", "arrays", "floats", "flow_from_directory", "through_adapter", "whitened"]

SMALL = 24  # the side of whitened images; the whitening matrix has side ** 4 * 9 entries


def _class(library: str) -> Any:
    """Return the original class for `"keras"`, or this package's class with the same arguments for `"pipeline"`."""
    if library == "pipeline":
        import pipeline

        return pipeline.ImageDataGenerator
    import tensorflow as tf

    return tf.keras.preprocessing.image.ImageDataGenerator


def flow_from_directory(folder: str, cell: Cell, library: str, **options: Any) -> Any:
    """Return the iterator of a typical script: `flow_from_directory(…, class_mode="binary")`."""
    generator = _class(library)(rescale=1 / 255, **(RANGES if cell.augmented else {}), **options)
    size = (cell.side, cell.side)
    return generator.flow_from_directory(folder, size, batch_size=cell.batch, class_mode="binary", seed=SEED)


def _whole(batches: Any, cell: Cell) -> Iterator[Any]:
    """Drop the partial batch at the end of each epoch."""
    return (batch for batch in batches if len(batch[0]) == cell.batch)


def in_a_loop(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Draw batches by `next(flow)`."""
    return _whole(flow_from_directory(folder, cell, library), cell)


def with_function(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Draw batches from a generator with a simple `preprocessing_function`."""
    return _whole(flow_from_directory(folder, cell, library, preprocessing_function=lambda image: 255.0 - image), cell)


def adapter_settings(cores: int) -> list[Setting]:
    """Return settings with threads or processes, from one to twice as many as cores."""
    counts = sorted({1, *(2**power for power in range(1, 10) if 2**power < 2 * cores), 2 * cores})
    threads: list[Setting] = [{"workers": count, "processes": False} for count in counts]
    return threads + [{"workers": count, "processes": True} for count in counts]


def through_adapter(
    folder: str, cell: Cell, library: str = "keras", workers: int = 1, processes: bool = False
) -> Iterator[Any]:
    """Draw batches as `model.fit` does: through Keras' adapter and `tf.data`, epoch by epoch."""
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
    """Return the photos as one array `[N, side, side, 3]`, and their labels float32 `[N]`."""
    import keras
    import numpy as np

    paths, labels = labelled(folder)
    images = [np.asarray(keras.utils.load_img(path, target_size=(side, side)), dtype) for path in paths]
    return np.stack(images), labels.astype("float32")


def arrays(
    folder: str, cell: Cell, library: str = "keras", dtype: str = "uint8", whiten: bool = False
) -> Iterator[Any]:
    """Draw batches from an array of the photos. With `whiten` they have the side `SMALL` and are ZCA-whitened."""
    x, y = _loaded(folder, SMALL if whiten else cell.side, dtype)
    ranges = RANGES if cell.augmented else {}
    if whiten:
        generator = _class(library)(featurewise_center=True, zca_whitening=True, **ranges)
        generator.fit(x)
    else:
        generator = _class(library)(rescale=1 / 255, **ranges)
    return _whole(generator.flow(x, y, batch_size=cell.batch, seed=SEED), cell)


def floats(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Draw batches from a float32 array."""
    return arrays(folder, cell, library, "float32")


def whitened(folder: str, cell: Cell, library: str = "keras") -> Iterator[Any]:
    """Draw whitened batches. Their images have the side `SMALL` and no fixed range of values."""
    return arrays(folder, cell, library, "float32", whiten=True)
