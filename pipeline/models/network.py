"""The network that a configuration names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

from pipeline.config import ModelConfig
from pipeline.models.cnn import build_cnn
from pipeline.models.head import Head
from pipeline.models.small import build_small
from pipeline.models.transfer import build_transfer

__all__ = ["build_network"]


@contextlib.contextmanager
def _computing_in(precision: str | None) -> Iterator[None]:
    """Layers that are made meanwhile compute in 16 bits and keep float32 weights."""
    before = keras.config.dtype_policy()
    if precision is not None:
        keras.config.set_dtype_policy(f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_network(
    model: ModelConfig,
    input_shape: tuple[int, int, int],
    head: Head,
    precision: str | None = None,
    *,
    load: bool = True,
) -> keras.Model:
    """Build the network, uncompiled.

    Args:
        model: which.
        input_shape: `(height, width, channels)` of the float32 pictures.
        head: the last layer.
        precision: `"float16"`, `"bfloat16"`, or `None`.
        load: pretrained weights; without, they are random, to be restored from a checkpoint.

    Raises:
        InputError: it does not suit the pictures, or its weights cannot be had.
    """
    with _computing_in(precision):
        if model.is_application:
            return build_transfer(model, input_shape, head, load=load)
        return {"cnn": build_cnn, "small": build_small}[model.name](model, input_shape, head)
