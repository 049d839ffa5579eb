"""Things that the oldest supported libraries do otherwise or not at all; tests ask here instead of failing there."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

__all__ = [
    "KERAS_DATA_SET_HAS_FORMAT",
    "SAME_BITS",
    "assert_same_bits",
    "needs_avif",
    "reads_webp",
    "rows_depend_on_their_number",
    "writes",
]

# TensorFlow's own kernels and XLA's fusions keep last bits alike across batch sizes and dtypes from here on.
SAME_BITS = tuple(int(part) for part in tf.__version__.split(".")[:2]) >= (2, 21)
# Keras' function took `format=`, and obeyed `follow_links=False`, in the same rewrite.
KERAS_DATA_SET_HAS_FORMAT = "format" in inspect.signature(keras.utils.image_dataset_from_directory).parameters


def assert_same_bits(found: Any, wanted: Any, tolerance: float) -> None:
    """Compare bit for bit, on a TensorFlow older than the promise to `tolerance`."""
    if SAME_BITS:
        np.testing.assert_array_equal(found, wanted)
    else:
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)


@functools.cache
def rows_depend_on_their_number() -> bool:
    """Tell whether a product of matrices has other last bits for fewer rows, as the kernels of some CPUs have."""
    random = np.random.default_rng(0)
    rows, columns = (tf.constant(random.normal(size=size), tf.float32) for size in ((32, 1444), (1444, 8)))
    whole = tf.matmul(rows, columns)
    return any(bool(tf.reduce_any(tf.matmul(rows[:size], columns) != whole[:size])) for size in range(2, 32))


def writes(file_format: str) -> bool:
    """Tell whether this Pillow writes a format: AVIF came with 11.3, QOI with 12."""
    Image.init()
    return file_format in Image.SAVE


def reads_webp() -> bool:
    """Tell whether TensorFlow itself reads WebP, as it does from 2.21 on."""
    return hasattr(tf.io, "decode_webp")


needs_avif = pytest.mark.skipif(not writes("AVIF"), reason="this Pillow knows no AVIF")
