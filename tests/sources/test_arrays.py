"""An array as a source: rows gathered without a copy of the whole."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pipeline.runtime.shared_array import allocate
from pipeline.sources.arrays import ArraySource


@pytest.fixture(params=[np.uint8, np.float32])
def source(request: pytest.FixtureRequest) -> ArraySource:
    array = allocate(6, (2, 3, 1), request.param)
    array[:] = np.arange(36, dtype=request.param).reshape(6, 2, 3, 1)
    return ArraySource(array)


def test_one_row_or_a_batch_of_them_in_a_graph(source: ArraySource) -> None:
    index = np.array([4, 0, 4])
    np.testing.assert_array_equal(source.read(tf.constant(index))["image"], source.array[index])
    graph = tf.data.Dataset.from_tensors(index).map(lambda some: source.read(some)["image"])
    np.testing.assert_array_equal(next(iter(graph)), source.array[index])
    np.testing.assert_array_equal(source.read(tf.constant(2, tf.int64))["image"], source.array[2])


def test_a_subset_of_a_subset_is_over_the_same_memory(source: ArraySource) -> None:
    part = source.subset(np.array([5, 3, 1])).subset(np.array([2, 0]))
    assert np.shares_memory(part.array, source.array)
    assert [part.describe(k) for k in range(len(part))] == ["row 1", "row 5"]
    np.testing.assert_array_equal(part.read(tf.constant([0, 1], tf.int64))["image"], source.array[[1, 5]])
    assert part.columns()["row"].tolist() == [1, 5]


def test_the_identity_is_every_pixel(source: ArraySource) -> None:
    before = list(source.identity([]))
    assert list(source.subset(np.arange(6)).identity([])) == before
    source.array[5, 1, 2] += 1
    assert list(source.identity([])) != before
    assert source.sizes().size == 0


def test_a_feature_says_what_the_array_holds(source: ArraySource) -> None:
    spec = source.features["image"]
    assert (spec.encoded, spec.dtype, spec.shape) == (False, source.array.dtype.name, (2, 3, 1))
