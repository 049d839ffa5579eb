"""Every builder's data set has the options of `pipeline.runtime.execution`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

import pipeline
from pipeline.runtime.execution import READS, of_length, with_fixed_options

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


def told(stream: tf.data.Dataset) -> tuple[bool, bool, bool]:
    options = stream.options()
    return options.deterministic, options.autotune.enabled, options.experimental_optimization.inject_prefetch


def test_the_elements_stay_and_nothing_is_tuned() -> None:
    stream = with_fixed_options(tf.data.Dataset.range(5))
    assert list(stream.as_numpy_iterator()) == [0, 1, 2, 3, 4]
    assert told(stream) == (True, False, False)
    assert READS >= 4


def test_every_builder_s_data_are_told_so(photo_folder: PhotoFolder) -> None:
    """Start no tuner, because the end of each epoch would wait for its sleeping thread."""
    root = photo_folder({"cats": 6, "dogs": 6})
    data = pipeline.from_directory(root, validation=root, image_size=8, cache="none")
    flow = pipeline.ImageDataGenerator().flow(np.zeros((4, 8, 8, 3), np.float32), batch_size=2)
    keras_way = pipeline.image_dataset_from_directory(root, image_size=(8, 8), label_mode="categorical")
    for stream in (data.train, data.validation, data.stream, flow.as_dataset(), keras_way):
        assert told(stream) == (True, False, False)


def test_a_stream_of_a_length_may_be_put_together_with_others() -> None:
    """Keep the static shapes, which TensorFlow needs to concatenate streams."""
    stream = of_length(tf.data.Dataset.range(10).map(lambda k: (tf.fill([3], k), k)).batch(4), 3)
    other = tf.data.Dataset.range(4).map(lambda k: (tf.fill([3], k), k)).batch(4)
    for joined in (stream.concatenate(other), other.concatenate(stream)):
        assert int(joined.cardinality()) == 4
        assert sorted(int(k) for _, labels in joined for k in labels) == sorted([*range(10), *range(4)])
    assert int(stream.repeat(2).cardinality()) == 6
    assert len(list(tf.data.Dataset.zip((stream, stream)))) == 3
