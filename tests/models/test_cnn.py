"""The notebook's network, layer by layer, and the error if it is too deep for an image."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ModelConfig
from pipeline.errors import InputError
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for

BINARY = head_for("binary", 2)


def shapes(model: keras.Model) -> list[tuple[str, tuple[int, ...]]]:
    return [(type(layer).__name__, tuple(layer.output.shape[1:])) for layer in model.layers]


def test_the_notebook_s_network() -> None:
    model = build_cnn(ModelConfig(), (150, 150, 3), BINARY)
    assert shapes(model) == [
        ("Conv2D", (148, 148, 16)),
        ("MaxPooling2D", (74, 74, 16)),
        ("Conv2D", (72, 72, 32)),
        ("MaxPooling2D", (36, 36, 32)),
        ("Conv2D", (34, 34, 64)),
        ("MaxPooling2D", (17, 17, 64)),
        ("Flatten", (18_496,)),
        ("Dense", (512,)),
        ("Dense", (64,)),
        ("Dense", (1,)),
    ]
    convolutions = (3 * 9 * 16 + 16) + (16 * 9 * 32 + 32) + (32 * 9 * 64 + 64)
    dense = (18_496 * 512 + 512) + (512 * 64 + 64) + (64 + 1)
    assert model.count_params() == convolutions + dense == 9_526_945
    hidden = [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")]
    assert hidden == ["relu"] * 5 + ["sigmoid"]


@pytest.mark.parametrize(("mode", "classes"), [("binary", 2), ("int", 4), ("categorical", 4)])
def test_the_head_gives_a_probability_a_class(mode: Any, classes: int) -> None:
    head = head_for(mode, classes)
    model = build_cnn(ModelConfig(filters=(2,), dense=(4,)), (8, 8, 3), head)
    out = model.predict(np.random.default_rng(0).random((5, 8, 8, 3), np.float32), verbose=0)
    assert out.shape == (5, head.units)
    assert ((out >= 0) & (out <= 1)).all()
    if mode != "binary":
        assert out.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_network_without_hidden_dense_layers_and_with_dropout() -> None:
    model = build_cnn(ModelConfig(filters=(2,), dense=(), dropout=0.3), (8, 8, 1), BINARY)
    assert [name for name, _ in shapes(model)] == ["Conv2D", "MaxPooling2D", "Flatten", "Dropout", "Dense"]
    assert model.layers[3].rate == 0.3


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3))
def test_refused_exactly_where_keras_could_not_build_it(height: int, width: int, depth: int) -> None:
    model = ModelConfig(filters=(1,) * depth, dense=())
    layers = [keras.Input((height, width, 1))]
    for _ in range(depth):
        layers += [keras.layers.Conv2D(1, 3), keras.layers.MaxPooling2D(2)]
    try:
        size: int | None = int(np.prod(keras.Sequential(layers).output_shape[1:]))
    except ValueError:
        size = None
    if size:
        assert build_cnn(model, (height, width, 1), BINARY).layers[2 * depth].output.shape[1] == size
    else:
        with pytest.raises(InputError, match=rf"Received: {height}x{width}"):
            build_cnn(model, (height, width, 1), BINARY)


def test_a_picture_too_small_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError) as caught:
        build_cnn(ModelConfig(), (21, 150, 3), BINARY)
    text = str(caught.value)
    assert "nothing is left after 3 of 3 blocks of convolutions" in text
    assert "Received: 21x150; use larger images or fewer filters" in text
    build_cnn(ModelConfig(dense=()), (22, 22, 3), BINARY)
