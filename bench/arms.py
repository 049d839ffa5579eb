"""The contestants: each an endless stream of batches of the same photos at the same size, with the same augmentation.

The augmentation is the cats-and-dogs notebook's: rotation 40 degrees, shifts 0.2, shear 0.2 degrees, zoom 0.2,
horizontal flip, nearest fill, rescale 1/255. Each arm stands at its best setting known (prefetch, AUTOTUNE, layers
in the data set's map, where they run in parallel).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZE = (150, 150)
BATCH = 100
SEED = 15

__all__ = ["ARMS", "BATCH", "stream"]


RANGES: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 0.2,
    "zoom_range": 0.2,
    "horizontal_flip": True,
}


def _original() -> Any:
    """Keras' own `ImageDataGenerator`."""
    import tensorflow as tf

    return tf.keras.preprocessing.image.ImageDataGenerator


def _drop_in() -> Any:
    """The package's, with the same arguments, draws and pixels."""
    import pipeline

    return pipeline.ImageDataGenerator


def _generator(folder: str, augmented: bool, library: Callable[[], Any] = _original, **more: Any) -> Iterator[Any]:
    generator = library()(rescale=1 / 255, **(RANGES if augmented else {}), **more)
    flow = generator.flow_from_directory(folder, SIZE, batch_size=BATCH, class_mode="binary", seed=SEED)
    return (batch for batch in flow if len(batch[0]) == BATCH)


def _loaded(folder: str, side: int, dtype: str) -> Any:
    """The photos as one array `[N, side, side, 3]`."""
    import keras
    import numpy as np

    paths = sorted(str(path) for path in Path(folder).glob("*/*.jpg"))
    return np.stack([np.asarray(keras.utils.load_img(path, target_size=(side, side)), dtype) for path in paths])


def _arrays(folder: str, library: Callable[[], Any], dtype: str = "uint8", side: int = SIZE[0]) -> Iterator[Any]:
    """The photos, already in memory, augmented."""
    import numpy as np

    x = _loaded(folder, side, dtype)
    flow = library()(rescale=1 / 255, **RANGES).flow(x, np.zeros(len(x)), batch_size=BATCH, seed=SEED)
    return (batch for batch in flow if len(batch[0]) == BATCH)


def _whitened(folder: str, library: Callable[[], Any]) -> Iterator[Any]:
    """ZCA whitening of small pictures, as its matrix allows."""
    x = _loaded(folder, 24, "float32")
    generator = library()(featurewise_center=True, zca_whitening=True, **RANGES)
    generator.fit(x)
    flow = generator.flow(x, batch_size=BATCH, seed=SEED)
    return ((batch, None) for batch in flow if len(batch) == BATCH)


def _inverted(image: Any) -> Any:
    """A `preprocessing_function` as scripts have them."""
    return 255.0 - image


def _five_layers() -> list[Any]:
    """The notebook's augmentation as Keras layers; a shear of 0.2 degrees is all but nothing, as in the notebook."""
    import keras

    return [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(40 / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
        keras.layers.RandomShear(0.2 / 90, 0.0, fill_mode="nearest"),
        keras.layers.RandomZoom(0.2, 0.2, fill_mode="nearest"),
    ]


def _keras_layers(folder: str, augmented: bool, cached: bool) -> Iterator[Any]:
    import keras
    import tensorflow as tf

    layers = _five_layers() if augmented else []
    auto = tf.data.AUTOTUNE
    photos = keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", image_size=SIZE, batch_size=None if cached else BATCH, seed=SEED
    )
    if cached:
        photos = photos.cache().shuffle(1000, seed=SEED).repeat().batch(BATCH, drop_remainder=True)
    else:
        photos = photos.repeat().unbatch().batch(BATCH, drop_remainder=True)

    def finish(images: Any, labels: Any) -> tuple[Any, Any]:
        for layer in layers:
            images = layer(images, training=True)
        return images / 255.0, labels

    return iter(photos.map(finish, auto).prefetch(auto))


def _pipeline(
    folder: str, augmented: bool, cache: str, decode: str = "fast", keras_layers: bool = False, **more: Any
) -> Iterator[Any]:
    import pipeline

    augment: Any = pipeline.Augment(**RANGES)
    if keras_layers:
        augment = _five_layers()
    data = pipeline.from_directory(
        folder,
        image_size=SIZE,
        batch_size=BATCH,
        seed=SEED,
        cache=cache,  # type: ignore[arg-type]  # a literal that the table below spells
        decode=decode,  # type: ignore[arg-type]
        augment=augment if augmented else None,
        verify="never",
        drop_remainder=True,
        **more,
    )
    return iter(data.train.repeat())


def _disk(folder: str, augmented: bool) -> Iterator[Any]:
    """A disk cache of this run alone, filled before the first batch, deleted once it is mapped."""
    with tempfile.TemporaryDirectory() as kept:
        return _pipeline(folder, augmented, "disk", cache_folder=kept)


ARMS: dict[str, Callable[[str], Iterator[Any]]] = {
    "generator-augmented": lambda folder: _generator(folder, True),
    "generator-plain": lambda folder: _generator(folder, False),
    "generator-function": lambda folder: _generator(folder, True, preprocessing_function=_inverted),
    "generator-arrays": lambda folder: _arrays(folder, _original),
    "generator-arrays-float": lambda folder: _arrays(folder, _original, "float32"),
    "generator-arrays-small": lambda folder: _arrays(folder, _original, side=32),
    "generator-whitened": lambda folder: _whitened(folder, _original),
    "legacy-augmented": lambda folder: _generator(folder, True, _drop_in),
    "legacy-plain": lambda folder: _generator(folder, False, _drop_in),
    "legacy-function": lambda folder: _generator(folder, True, _drop_in, preprocessing_function=_inverted),
    "legacy-arrays": lambda folder: _arrays(folder, _drop_in),
    "legacy-arrays-float": lambda folder: _arrays(folder, _drop_in, "float32"),
    "legacy-arrays-small": lambda folder: _arrays(folder, _drop_in, side=32),
    "legacy-whitened": lambda folder: _whitened(folder, _drop_in),
    "keras-layers-augmented": lambda folder: _keras_layers(folder, True, cached=False),
    "keras-layers-plain": lambda folder: _keras_layers(folder, False, cached=False),
    "keras-layers-cached-augmented": lambda folder: _keras_layers(folder, True, cached=True),
    "keras-layers-cached-plain": lambda folder: _keras_layers(folder, False, cached=True),
    "pipeline-augmented": lambda folder: _pipeline(folder, True, "none"),
    "pipeline-plain": lambda folder: _pipeline(folder, False, "none"),
    "pipeline-exact-augmented": lambda folder: _pipeline(folder, True, "none", "exact"),
    "pipeline-with-keras-layers-augmented": lambda folder: _pipeline(folder, True, "none", keras_layers=True),
    "pipeline-memory-augmented": lambda folder: _pipeline(folder, True, "memory"),
    "pipeline-memory-plain": lambda folder: _pipeline(folder, False, "memory"),
    "pipeline-disk-augmented": lambda folder: _disk(folder, True),
    "pipeline-disk-plain": lambda folder: _disk(folder, False),
}


def stream(arm: str, folder: str) -> Iterator[Any]:
    """Batches of (images float32 `[BATCH, 150, 150, 3]` in 0-1, labels), without end."""
    return ARMS[arm](folder)
