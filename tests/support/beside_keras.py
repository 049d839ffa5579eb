"""Keras' own preprocessing, and how a batch of ours is compared with one of its."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["KERAS", "ORIGINAL", "difference"]

KERAS = tf.keras.preprocessing.image
ORIGINAL = KERAS.ImageDataGenerator


def _arrays(batch: Any) -> list[np.ndarray]:
    """All arrays of a batch, flat."""
    if isinstance(batch, (tuple, list)):
        return [array for one in batch for array in _arrays(one)]
    return [batch]


def difference(mine: Any, theirs: Any) -> float:
    """Largest difference of two batches; they must agree in structure, shapes, dtypes and, but for numbers, values."""
    assert type(mine) is type(theirs)
    first, second = _arrays(mine), _arrays(theirs)
    assert [(one.shape, one.dtype) for one in first] == [(one.shape, one.dtype) for one in second]
    largest = 0.0
    for one, other in zip(first, second, strict=True):
        if one.dtype.kind in "OU":
            assert one.tolist() == other.tolist()
        elif one.size:
            largest = max(largest, float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max()))
    return largest
