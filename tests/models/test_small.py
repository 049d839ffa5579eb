"""The network "small"."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from pipeline.config import ModelConfig
from pipeline.errors import InputError
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for
from pipeline.models.small import build_small

BINARY = head_for("binary", 2)


def test_blocks_are_normalised_and_halve_the_picture() -> None:
    model = build_small(ModelConfig(name="small", filters=(4, 8), depth=2, dense=(5,)), (20, 24, 3), BINARY)
    kinds = [type(layer).__name__ for layer in model.layers]
    block = ["Conv2D", "BatchNormalization", "ReLU"] * 2 + ["MaxPooling2D"]
    assert kinds == [*block, *block, "GlobalAveragePooling2D", "Dense", "Dropout", "Dense"]
    assert model.layers[13].output.shape == (None, 5, 6, 8)
    assert model(np.zeros((2, 20, 24, 3), np.float32)).shape == (2, 1)


def test_it_has_a_fraction_of_the_notebook_s_weights() -> None:
    small, cnn = (
        build(ModelConfig(name=name), (150, 150, 3), BINARY)
        for build, name in ((build_small, "small"), (build_cnn, "cnn"))
    )
    assert small.count_params() < cnn.count_params() / 20


def test_a_picture_that_is_halved_to_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"4 poolings halve a picture to nothing\. Received: 15x99"):
        build_small(ModelConfig(name="small"), (15, 99, 3), BINARY)
    assert build_small(ModelConfig(name="small"), (16, 16, 3), BINARY).output_shape == (None, 1)


def test_dense_layers_and_head_are_float32_in_mixed_precision() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_small(ModelConfig(name="small", filters=(2,)), (8, 8, 3), BINARY)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.layers[0].compute_dtype == "bfloat16"
    assert model(np.zeros((1, 8, 8, 3), np.float32)).dtype == "float32"


def test_validation_sees_what_a_few_steps_taught() -> None:
    """Check that the running statistics converge in thirty steps, which a thousand photos make in three epochs."""
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    labels = np.tile([0.0, 1.0], 16).astype(np.float32)[:, None]
    pictures = (random.uniform(0, 0.3, (32, 16, 16, 3)) + 0.7 * labels[:, :, None, None]).astype(np.float32)
    model = build_small(ModelConfig(name="small", filters=(4, 4), dropout=0), (16, 16, 3), BINARY)
    model.compile("rmsprop", "binary_crossentropy")
    model.fit(pictures, labels, batch_size=32, epochs=30, verbose=0)
    trained, validated = (np.asarray(model(pictures, training=training)) for training in (True, False))
    assert np.abs(trained - validated).max() < 0.1
