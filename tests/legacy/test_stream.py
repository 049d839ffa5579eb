from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from pipeline.legacy import ImageDataGenerator

X = np.random.RandomState(0).randint(0, 256, (22, 9, 7, 3)).astype(np.uint8)
Y = np.arange(22) % 2


def _flow(**options: Any) -> Any:
    return ImageDataGenerator(rotation_range=30, rescale=1 / 255).flow(X, Y, batch_size=5, seed=3, **options)


def test_it_is_the_stream_of_next() -> None:
    stream, flow = _flow().as_dataset(), _flow()
    assert isinstance(stream, tf.data.Dataset)
    assert int(stream.cardinality()) == len(flow) == 5
    for _ in range(2):
        batches = list(stream.as_numpy_iterator())
        assert len(batches) == 5
        for images, labels in batches:
            wanted = next(flow)
            assert np.array_equal(images, wanted[0])
            assert np.array_equal(labels, wanted[1])


def test_an_iteration_begins_an_epoch() -> None:
    flow = _flow(shuffle=False)
    stream = flow.as_dataset()
    next(flow)
    assert [len(images) for images, _ in stream.as_numpy_iterator()] == [5, 5, 5, 5, 2]
    assert [labels.tolist() for _, labels in stream.take(1).as_numpy_iterator()] == [Y[:5].tolist()]


def test_its_shapes_are_known() -> None:
    images, labels, weights = _flow(sample_weight=np.ones(22)).as_dataset().element_spec
    assert images == tf.TensorSpec([None, 9, 7, 3], tf.float32)
    assert labels == tf.TensorSpec([None], tf.int64)
    assert weights == tf.TensorSpec([None], tf.float64)


def test_lists_are_tuples_there(photo_folder: Callable[..., Path]) -> None:
    folder = photo_folder({"a": 5})
    table = pd.DataFrame({"filename": [f"a/{k:04d}.jpg" for k in range(5)], "one": np.arange(5), "two": ["x"] * 5})
    options: dict[str, Any] = {"target_size": (8, 8), "y_col": ["one", "two"], "class_mode": "multi_output"}
    flow = ImageDataGenerator().flow_from_dataframe(table, folder, shuffle=False, **options)
    _, (one, two) = next(iter(flow.as_dataset().as_numpy_iterator()))
    assert one.tolist() == [0, 1, 2, 3, 4]
    assert two.tolist() == [b"x"] * 5


def test_fit_takes_it() -> None:
    model = keras.Sequential([keras.Input((9, 7, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.fit(_flow().as_dataset(), epochs=2, verbose=0).history["loss"]) == 2


def test_without_pictures_there_is_none() -> None:
    with pytest.raises(ValueError, match="without pictures"):
        ImageDataGenerator().flow(X[:0]).as_dataset()
