"""The arms of `image_dataset_from_directory` with Keras' layers: in the data set's map, in the model, and cached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.arms.arm import Setting
from bench.arms.cells import SEED, Cell

__all__ = ["cached", "dataset", "five_layers", "in_map", "in_model", "map_settings"]


def five_layers() -> list[Any]:
    """Return the notebook's augmentation as Keras layers. Its shear of 0.2 degrees is hardly visible."""
    import keras

    return [
        keras.layers.RandomFlip("horizontal", seed=SEED),
        keras.layers.RandomRotation(40 / 360, fill_mode="nearest", seed=SEED),
        keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest", seed=SEED),
        keras.layers.RandomShear(0.2 / 90, 0.0, fill_mode="nearest", seed=SEED),
        keras.layers.RandomZoom(0.2, 0.2, fill_mode="nearest", seed=SEED),
    ]


def _photos(folder: str, cell: Cell, batch: int | None) -> Any:
    import keras

    size = (cell.side, cell.side)
    return keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", image_size=size, batch_size=batch, seed=SEED, verbose=False
    )


def _finish(cell: Cell) -> Callable[[Any, Any], tuple[Any, Any]]:
    layers = five_layers() if cell.augmented else []

    def finish(images: Any, labels: Any) -> tuple[Any, Any]:
        for layer in layers:
            images = layer(images, training=True)
        return images / 255.0, labels

    return finish


def _whole(batches: Any, cell: Cell) -> Iterator[Any]:
    """Drop the partial batch at the end of each epoch."""
    return (batch for batch in batches if len(batch[0]) == cell.batch)


def map_settings(cores: int) -> list[Setting]:
    """Return settings that apply the layers to batches or to single images, with or without a fixed order."""
    return [
        {"of": "batches", "ordered": True},
        {"of": "pictures", "ordered": True},
        {"of": "batches", "ordered": False},
    ]


def dataset(folder: str, cell: Cell, of: str = "batches", ordered: bool = True) -> Any:
    """Return a data set of one epoch for `model.fit`, with the layers in `Dataset.map`."""
    import tensorflow as tf

    auto = tf.data.AUTOTUNE
    if of == "pictures":
        return _photos(folder, cell, None).map(_finish(cell), auto).batch(cell.batch).prefetch(auto)
    return _photos(folder, cell, cell.batch).map(_finish(cell), auto, deterministic=ordered).prefetch(auto)


def in_map(folder: str, cell: Cell, of: str = "batches", ordered: bool = True) -> Iterator[Any]:
    """Apply the layers in `Dataset.map`, in parallel with decoding. The epochs follow each other without a pause."""
    import tensorflow as tf

    auto = tf.data.AUTOTUNE
    if of == "batches":
        data = _photos(folder, cell, cell.batch).map(_finish(cell), auto, deterministic=ordered).repeat()
    else:
        data = _photos(folder, cell, None).map(_finish(cell), auto).repeat().batch(cell.batch, drop_remainder=True)
    return _whole(data.prefetch(auto), cell)


def in_model(folder: str, cell: Cell, compiled: bool = False) -> Iterator[Any]:
    """Apply the layers to each batch after it is drawn, as in a model."""
    import tensorflow as tf

    auto = tf.data.AUTOTUNE
    finish = tf.function(_finish(cell), jit_compile=compiled, reduce_retracing=True)
    data = _photos(folder, cell, cell.batch).repeat().prefetch(auto)
    return _whole((finish(images, labels) for images, labels in data), cell)


def cached(folder: str, cell: Cell) -> Iterator[Any]:
    """Cache the decoded images by `cache()` as float32 in memory, and apply the layers in `Dataset.map`."""
    import tensorflow as tf

    auto = tf.data.AUTOTUNE
    photos = _photos(folder, cell, None).cache()
    shuffled = photos.shuffle(int(photos.cardinality()), seed=SEED).repeat()
    return iter(shuffled.batch(cell.batch, drop_remainder=True).map(_finish(cell), auto).prefetch(auto))
