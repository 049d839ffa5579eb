"""The memory cache: aligned, filled in place, handed over without a copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cache.memory import allocate, share, without_rows

ROOT = Path(__file__).resolve().parents[2]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4]))
def test_every_array_stands_on_a_64_byte_boundary(count: int, height: int, width: int, channels: int) -> None:
    array = allocate(count, (height, width, channels))
    assert array.shape == (count, height, width, channels)
    assert array.dtype == np.uint8
    assert array.ctypes.data % 64 == 0
    assert array.flags.c_contiguous
    array[:] = 7
    tensor = share(array)
    assert tensor.shape == array.shape
    assert np.array_equal(tensor.numpy(), array)


def test_the_tensor_lies_over_the_same_memory() -> None:
    array = allocate(5, (4, 4, 3))
    array[:] = 1
    tensor = share(array)
    array[3] = 9  # a tensor of its own would not see this
    assert np.array_equal(tf.gather(tensor, [3]).numpy(), np.full((1, 4, 4, 3), 9, np.uint8))
    assert "CPU" in tensor.device


def test_the_tensor_keeps_the_memory_alive() -> None:
    array = allocate(200, (64, 64, 3))
    array[:] = 7
    tensor = share(array)
    del array
    others = [np.full((200, 64, 64, 3), 5, np.uint8) for _ in range(3)]  # would take freed memory over
    assert (tensor.numpy() == 7).all()
    assert all((other == 5).all() for other in others)


def test_no_pictures_are_shared_as_none() -> None:
    assert share(allocate(0, (4, 4, 3))).shape == (0, 4, 4, 3)


def test_gather_gives_rows_in_any_order_in_a_tf_data_graph() -> None:
    array = allocate(6, (2, 2, 3))
    array[:] = np.arange(6, dtype=np.uint8)[:, None, None, None]
    tensor = share(array)
    batches = tf.data.Dataset.from_tensors(tf.constant([5, 0, 5])).map(lambda index: tf.gather(tensor, index))
    assert next(iter(batches)).numpy()[:, 0, 0, 0].tolist() == [5, 0, 5]


def test_a_cut_off_array_is_shared_as_well() -> None:
    """Rows of photos that were left out are closed up and the array's end is cut off."""
    array = allocate(6, (3, 3, 3))
    array[:] = np.arange(6, dtype=np.uint8)[:, None, None, None]
    assert share(array[:4]).numpy()[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


GROWTH = """
import os, sys
import numpy as np
import psutil
import tensorflow as tf
from pipeline.cache.memory import allocate, share, without_rows

def resident():
    return psutil.Process().memory_info().rss

tf.gather(share(allocate(8, (150, 150, 3))), [1]).numpy()  # what TensorFlow takes the first time
count = 3000
before = resident()
array = allocate(count, (150, 150, 3))
empty = resident() - before
array[:] = 3
tensor = share(array)
total = sum(int(tf.reduce_max(tf.gather(tensor, range(k, k + 100)))) for k in range(0, count, 100))
assert total == 3 * count // 100
print(empty / array.nbytes, (resident() - before) / array.nbytes)
"""


def test_memory_grows_by_the_pictures_and_little_else() -> None:
    """200 MB of pictures; a copy would make the ratio 2."""
    done = subprocess.run([sys.executable, "-c", GROWTH], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    empty, full = map(float, done.stdout.split())
    assert empty < 0.05  # pages are taken as they are written
    assert full == pytest.approx(1.0, abs=0.15)


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_rows_close_up_around_those_that_are_left_out(case: tuple[int, set[int]]) -> None:
    count, holes = case
    array = np.arange(count, dtype=np.uint8)[:, None, None, None].copy()
    kept = without_rows(array, sorted(holes))
    assert kept[:, 0, 0, 0].tolist() == [k for k in range(count) if k not in holes]
    assert np.shares_memory(kept, array) or not len(kept)  # in place: the array may be half of the memory
