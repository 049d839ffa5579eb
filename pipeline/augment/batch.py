"""A batch of examples on its way from a reader to the model."""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

__all__ = ["Batch", "pack"]

Features = dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Batch:
    """B examples with all that belongs to them.

    Args:
        features: tensors by name, each `[B, ...]`: `"image"` `[B, H, W, C]`; where there are any, `"mask"`
            `[B, H, W, M]`, `"boxes"` `[B, N, 4]` as (left, top, right, bottom) in pixels from the image's edges, and
            `"keypoints"` `[B, N, 2]` as (x, y) in pixels, of which (0, 0) is the centre of the first; and inputs of the
            user's own.
        targets: what the model learns: `[B, ...]`, a dict of such tensors, or `None`.
        weights: float32 `[B]`, or `None`.
        index: int64 `[B]`, the indices of the examples.
        epoch: int64 scalar.
    """

    features: Features
    targets: Any
    weights: tf.Tensor | None
    index: tf.Tensor
    epoch: tf.Tensor


def pack(batch: Batch) -> Any:
    """Return a batch as Keras takes it: x, `(x, y)` or `(x, y, weight)`.

    A single input is a tensor, several are a dict; so are targets.
    """
    features = batch.features
    x = next(iter(features.values())) if len(features) == 1 else dict(features)
    if batch.targets is None:
        return x
    return (x, batch.targets) if batch.weights is None else (x, batch.targets, batch.weights)
