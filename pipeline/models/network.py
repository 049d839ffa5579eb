"""Build the network that a configuration names."""

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
    """Let layers that are made in this context compute in 16 bits, with float32 weights; `None` changes nothing."""
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
        model: the configuration of the network.
        input_shape: `(height, width, channels)` of the float32 images.
        head: the last layer.
        precision: `"float16"` or `"bfloat16"` for mixed precision; `None` for float32.
        load: whether pretrained weights are loaded; if not, they are random and must be restored from a checkpoint.

    Raises:
        InputError: the images do not suit the network, or its weights cannot be loaded.
    """
    with _computing_in(precision):
        if model.is_application:
            return build_transfer(model, input_shape, head, load=load)
        return {"cnn": build_cnn, "small": build_small}[model.name](model, input_shape, head)
