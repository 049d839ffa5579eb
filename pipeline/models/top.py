"""Build the end of every network: hidden dense layers, dropout, the head."""

from __future__ import annotations

import keras

from pipeline.config import ModelConfig
from pipeline.models.head import Head

__all__ = ["top"]


def top(model: ModelConfig, head: Head) -> list[keras.layers.Layer]:
    """Return the layers from a vector `[B, n]` to the output `[B, head.units]`, float32 also in mixed precision."""
    layers: list[keras.layers.Layer] = [keras.layers.Dense(units, activation="relu") for units in model.dense or ()]
    if model.dropout:
        layers.append(keras.layers.Dropout(model.dropout))
    return [*layers, keras.layers.Dense(head.units, activation=head.activation, dtype="float32")]
