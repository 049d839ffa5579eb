"""Layers that must see the labels: they change what an image shows, and its label with it (MixUp, CutMix)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from pipeline.augment.inside import layers_inside, named, seeded
from pipeline.errors import InputError

__all__ = ["WAY_OUT", "mixing_layers", "refuse_mixing", "takes_labels"]

KNOWN = tuple(getattr(keras.layers, name) for name in ("MixUp", "CutMix") if hasattr(keras.layers, name))
WAY_OUT = (
    'build the data with label_mode="categorical", and map the layer over images and labels together: '
    "data.train.map(lambda x, y: tuple(layer({'images': x, 'labels': y}).values()))"
)


def _overrides(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer that is not Keras' own says itself what becomes of labels."""
    method = getattr(type(layer), "transform_labels", None)
    return method is not None and not getattr(method, "__module__", "").startswith("keras.")


def _changes_labels(layer: Any) -> bool:
    """Try on drawn images whether the layer changes their labels; where that cannot be tried, nothing is known."""
    labels = tf.eye(4, dtype=tf.float32)

    def tried() -> tf.Tensor:
        images = tf.random.stateless_uniform([4, 64, 64, 3], [1, 2], 0, 255)
        with seeded([layer], tf.constant([1, 2], tf.int64)):
            transformation = layer.get_random_transformation({"images": images, "labels": labels}, training=True)
            return layer.transform_labels(labels, transformation, training=True)

    try:
        with tf.device("CPU:0"):
            found = tf.cast(tf.function(tried, autograph=False)(), tf.float32)
    except Exception:  # noqa: BLE001 (whatever the user's code raises; the base class' method says NotImplementedError)
        return False
    return bool(found.shape != labels.shape or tf.reduce_any(found != labels))


def takes_labels(layer: keras.layers.Layer, images: Any) -> bool:
    """Tell whether a layer that fails on images alone works where labels are given, too."""
    labels = tf.eye(len(images), dtype=tf.float32)
    try:
        with tf.device("CPU:0"):
            tf.function(lambda: layer({"images": tf.constant(images), "labels": labels}), autograph=False)()
    except Exception:  # noqa: BLE001 (it fails either way, and the first error is the one to raise)
        return False
    return True


def _needs_more(layer: keras.layers.Layer) -> bool:
    """Tell whether `call` must be given more than images."""
    needed = [
        one
        for one in list(inspect.signature(layer.call).parameters.values())[1:]
        if one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]
    return any(one.name not in ("training", "mask") for one in needed)


def mixing_layers(layers: Sequence[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Find the layers, also inside others, that change labels along with images."""
    return [
        layer
        for layer in layers_inside(layers)
        if isinstance(layer, KNOWN) or (_overrides(layer) and _changes_labels(layer))
    ]


def refuse_mixing(layers: Sequence[keras.layers.Layer]) -> None:
    """Refuse layers for `augment` that must see the labels, which are not shown to it.

    Raises:
        InputError: names the layer, and how it can be used.
    """
    for layer in mixing_layers(layers):
        raise InputError(
            f"augment changes images alone, and {named(layer)} changes their labels too: images would be blended and "
            f"every label left as it was. Leave it out of augment; {WAY_OUT}"
        )
    for layer in layers:
        if _needs_more(layer):
            taken = ", ".join(inspect.signature(layer.call).parameters)
            raise InputError(
                f"a layer of augment is called with images alone, and {named(layer)} must be given more: call({taken}"
                "). Leave it out of augment, and map it over data.train, where images and labels are together"
            )
