"""The arithmetic of receptive fields against gradients: which pixels does one value really depend on?"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline.config import ModelConfig
from pipeline.inspect.receptive import reaches
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for

SIDE = 64


def seen(model: keras.Model, layer: keras.layers.Layer) -> tuple[int, int]:
    """Height and width of the pixels on which the middle value of a layer's output depends."""
    for weights in model.trainable_variables:
        weights.assign(tf.ones_like(weights))
    partial = keras.Model(model.inputs, layer.output)
    pixels = tf.Variable(tf.random.stateless_uniform([1, SIDE, SIDE, 1], (1, 2)) + 1.0)
    gradient = np.zeros((SIDE, SIDE), bool)
    for _ in range(6):  # of a maximum only one pixel counts, so several pictures are tried
        pixels.assign(tf.random.uniform([1, SIDE, SIDE, 1]) + 1.0)
        with tf.GradientTape() as tape:
            output = partial(pixels)
            height, width = output.shape[1:3]
            middle = tf.reduce_sum(output[0, height // 2, width // 2])
        gradient |= np.asarray(tape.gradient(middle, pixels))[0, :, :, 0] != 0
    rows, columns = np.flatnonzero(gradient.any(1)), np.flatnonzero(gradient.any(0))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def layers(kind: str) -> list[keras.layers.Layer]:
    make = {
        "plain": [keras.layers.Conv2D(2, 3), keras.layers.AveragePooling2D(2), keras.layers.Conv2D(2, 3)],
        "strided": [keras.layers.Conv2D(2, (5, 3), strides=2), keras.layers.Conv2D(2, (1, 3), padding="same")],
        "dilated": [keras.layers.Conv2D(2, 3, dilation_rate=3), keras.layers.ReLU(), keras.layers.Conv2D(1, 2)],
        "depthwise": [keras.layers.DepthwiseConv2D(3), keras.layers.SeparableConv2D(2, 3), keras.layers.Dropout(0.5)],
        "pooled": [
            keras.layers.AveragePooling2D(3, strides=2),
            keras.layers.Conv2D(1, 3),
            keras.layers.AveragePooling2D(2),
        ],
    }
    return make[kind]


@pytest.mark.parametrize("kind", ["plain", "strided", "dilated", "depthwise", "pooled"])
def test_sizes_are_those_that_gradients_show(kind: str) -> None:
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), *layers(kind)])
    found = reaches(model)
    for layer in model.layers:
        assert found[layer.name].size == seen(model, layer), layer.name


def test_of_two_paths_the_longer_counts() -> None:
    inputs = keras.Input((SIDE, SIDE, 1))
    long = keras.layers.Conv2D(1, 5, padding="same")(keras.layers.Conv2D(1, 3, padding="same")(inputs))
    both = keras.layers.Add(name="both")([long, inputs])
    model = keras.Model(inputs, both)
    assert reaches(model)["both"].size == (7, 7) == seen(model, model.get_layer("both"))


def test_the_notebook_s_network_ends_with_values_that_see_22_pixels_and_then_all() -> None:
    model = build_cnn(ModelConfig(), (150, 150, 3), head_for("binary", 2))
    found = [(type(layer).__name__, reaches(model)[layer.name]) for layer in model.layers]
    sizes = [reach.size for kind, reach in found if kind in ("Conv2D", "MaxPooling2D")]
    assert sizes == [(3, 3), (4, 4), (8, 8), (10, 10), (18, 18), (22, 22)]
    assert all(reach.whole for kind, reach in found if kind in ("Flatten", "Dense"))


def test_a_layer_that_is_not_known_is_not_guessed_at() -> None:
    inputs = keras.Input((SIDE, SIDE, 1))
    model = keras.Model(inputs, keras.layers.Conv2D(1, 3)(keras.layers.UpSampling2D(2)(inputs)))
    assert [reach.size for reach in reaches(model).values()] == [(1, 1), None, None]
