"""Build a network of keras.applications with a new head, and unfreeze its layers for fine-tuning."""

from __future__ import annotations

import dataclasses
import os
import re
import warnings
from pathlib import Path
from typing import Any

import keras

from pipeline.config import ModelConfig
from pipeline.config.model import APPLICATIONS
from pipeline.errors import InputError
from pipeline.models.head import Head
from pipeline.models.preprocessing import preprocessed
from pipeline.models.top import top
from pipeline.models.weights_file import weights_file

__all__ = ["build_transfer", "thaw"]

BASE = "base"  # the name of the pretrained layer


def build_transfer(
    model: ModelConfig, input_shape: tuple[int, int, int], head: Head, *, load: bool = True
) -> keras.Model:
    """Build the network. Pretrained layers are frozen; batch normalisation stays frozen while fine-tuning, too.

    Args:
        model: a configuration with the name of a network of keras.applications.
        input_shape: `(height, width, 3)` of the float32 images with levels 0-255.
        head: the last layer.
        load: whether pretrained weights are loaded; if not, they are random and must be restored from a checkpoint.

    Returns:
        The model, not compiled: float32 `[B, H, W, 3]` to `[B, head.units]`.

    Raises:
        InputError: the images are too small, or the weights cannot be loaded.
    """
    inputs = keras.Input(input_shape)
    base = _base(model if load else dataclasses.replace(model, weights="none"), input_shape)
    if model.is_pretrained:
        base.trainable = False
    # `training=False` also applies while the base is fine-tuned, since small batches would spoil its batch statistics.
    maps = base(preprocessed(inputs, model.name), **({"training": False} if model.is_pretrained else {}))
    outputs = keras.layers.GlobalAveragePooling2D()(maps)
    for layer in top(model, head):
        outputs = layer(outputs)
    return keras.Model(inputs, outputs, name=model.name)


def thaw(model: keras.Model, unfreeze: int | None) -> None:
    """Unfreeze the pretrained layers, except batch normalisation. The model must be compiled again afterwards.

    Args:
        model: a model that `build_transfer` made.
        unfreeze: the number of layers, counted from the end; `None` for all.
    """
    base = model.get_layer(BASE)
    base.trainable = True
    first = 0 if unfreeze is None else max(0, len(base.layers) - unfreeze)
    for place, layer in enumerate(base.layers):
        layer.trainable = place >= first and not isinstance(layer, keras.layers.BatchNormalization)


def _base(model: ModelConfig, input_shape: tuple[int, int, int]) -> keras.Model:
    make = getattr(keras.applications, APPLICATIONS[model.name])
    file = weights_file(model)
    options: dict[str, Any] = {"include_top": False, "input_shape": input_shape, "name": BASE}
    try:
        base = make(weights=None, **options)
    except ValueError as error:
        height, width = input_shape[:2]
        raise InputError(
            f"image.size does not suit model.name {model.name!r}: {_line(error)}. Received: {height}x{width}"
        ) from None
    if model.weights == "imagenet":
        return _imagenet(make, model.name, options)
    if file is not None:
        _load(base, file, model.name)
    return base


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300].rstrip(". ")


def _imagenet(make: Any, name: str, options: dict[str, Any]) -> keras.Model:
    """Build a network with the ImageNet weights, which Keras has in its cache folder or fetches."""
    try:
        with warnings.catch_warnings():
            # A MobileNet warns that it takes the weights for 224 pixels, though they fit other sizes too.
            warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
            return make(weights="imagenet", **options)
    except Exception as error:  # noqa: BLE001  # `keras.utils.get_file` raises a bare Exception without a network
        address = re.search(r"\S+/([^/\s:]+\.h5)", str(error))
        file = address[1] if address else "the file of weights without the top"
        home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
        raise InputError(
            f"model.weights: the ImageNet weights of {name!r} cannot be had: {_line(error)}. Fetch {file} "
            f"where there is a network and put it into {os.path.join(home, 'models')}; or name a file of weights with "
            "--model.weights PATH, or "
            "begin with random ones: --model.weights none --train.fine_tune_epochs 0"
        ) from None


def _load(base: keras.Model, path: Path, name: str) -> None:
    try:
        with warnings.catch_warnings():
            # Keras only warns about layers that are not in the file, and they would stay random.
            warnings.filterwarnings("error", message=".*retain their freshly-initialized weights")
            base.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, UserWarning) as error:
        raise InputError(
            f"model.weights must be a file of weights of {name!r} without the top, .weights.h5 or .h5: "
            f"{_line(error)}. Received: {str(path)!r}"
        ) from None
