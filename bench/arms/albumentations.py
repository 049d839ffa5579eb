"""The arm of Albumentations in tf.data: OpenCV decodes and Albumentations warps in the data set's map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import albumentations
import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from bench.arms.augmentation import RANGES
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled
from bench.arms.opencv import decoded

__all__ = ["stream"]


def _augmentation() -> Any:
    """Return the notebook's augmentation. The zoom is inverted, as Keras' factor is the visible share of the image."""
    zoom, turn, shear = RANGES["zoom_range"], RANGES["rotation_range"], RANGES["shear_range"]
    size = (1 / (1 + zoom), 1 / (1 - zoom))
    across, down = RANGES["width_shift_range"], RANGES["height_shift_range"]
    affine = albumentations.Affine(
        scale={"x": size, "y": size},
        translate_percent={"x": (-across, across), "y": (-down, down)},
        rotate=(-turn, turn),
        shear={"x": (-shear, shear), "y": (0, 0)},
        interpolation=cv2.INTER_LINEAR,
        border_mode=cv2.BORDER_REPLICATE,
        p=1.0,
    )
    return albumentations.Compose([albumentations.HorizontalFlip(p=0.5), affine], seed=SEED)


def stream(folder: str, cell: Cell, calls: int = 1) -> Iterator[tuple[Any, Any]]:
    """Return an endless iterator of images `[batch, side, side, 3]` and labels `[batch]`.

    Args:
        folder: holds a folder for each class.
        cell: the images to deliver.
        calls: the number of parallel calls of the map, each for a whole batch.
    """
    cv2.setNumThreads(0)
    paths, labels = labelled(folder)
    shape = (cell.batch, cell.side, cell.side, 3)

    # Each call makes its own augmentation, since the draws of a shared one would depend on the order of the calls.
    def read(order: NDArray[np.int64], seed: NDArray[np.int64]) -> NDArray[np.float32]:
        images = np.empty(shape, np.float32)
        augment = _augmentation() if cell.augmented else None
        if augment is not None:
            augment.set_random_seed(int(seed) % 2**31)
        for at, index in enumerate(order):
            image: Any = decoded(paths[index], cell.side)
            if augment is not None:
                image = augment(image=image)["image"]
            np.multiply(image, np.float32(1 / 255), out=images[at])
        return images

    def finish(order: Any, seed: Any) -> tuple[Any, Any]:
        images = tf.ensure_shape(tf.numpy_function(read, [order, seed], tf.float32), shape)
        return images, tf.gather(tf.constant(labels), order)

    data = tf.data.Dataset.range(len(paths)).shuffle(len(paths), seed=SEED).repeat()
    data = data.batch(cell.batch, drop_remainder=True)
    data = tf.data.Dataset.zip(data, tf.data.Dataset.random(SEED)).map(finish, calls).prefetch(2)
    return iter(data)
