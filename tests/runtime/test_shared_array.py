"""The memory cache is aligned, filled in place, and shared with TensorFlow without a copy."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cache.fill import fill_memory
from pipeline.errors import InputError
from pipeline.runtime.shared_array import allocate, share, take, without_rows
from tests.support.places import ROOT
from tests.support.readers import FunctionReader

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


DTYPES = (np.uint8, np.float16, np.float32)


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([1, 3, 4]),
    st.sampled_from(DTYPES),
)
def test_every_array_stands_on_a_64_byte_boundary(
    count: int, height: int, width: int, channels: int, dtype: type[np.generic]
) -> None:
    array = allocate(count, (height, width, channels), dtype)
    assert array.shape == (count, height, width, channels)
    assert array.dtype == dtype
    assert array.ctypes.data % 64 == 0
    assert array.flags.c_contiguous
    array[:] = np.linspace(-3, 300, array.size, dtype=np.float32).astype(dtype).reshape(array.shape)
    shared = share(array)
    assert shared.shape == array.shape
    assert shared.dtype == tf.as_dtype(dtype)
    assert np.array_equal(shared.numpy(), array)


def test_pictures_are_bytes_unless_asked_otherwise() -> None:
    assert allocate(1, (2, 2, 3)).dtype == np.uint8


def test_more_than_a_process_can_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"cache='memory' needs 4503599\.6 GB, .*cache='disk'"):
        allocate(1 << 30, (1 << 10, 1 << 10, 4), np.uint8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_taken_from_the_same_memory(dtype: type[np.generic]) -> None:
    array = allocate(5, (4, 4, 3), dtype)
    array[:] = 1
    shared = share(array)
    array[3] = 9  # memory of its own would not see this
    rows = take(shared, tf.constant([3]))
    assert rows.dtype == tf.as_dtype(dtype)
    assert np.array_equal(rows, np.full((1, 4, 4, 3), 9, dtype))
    assert "CPU" in shared.device


def test_who_shares_keeps_the_memory_alive() -> None:
    array = allocate(200, (64, 64, 3))
    array[:] = 7
    shared = share(array)
    del array
    others = [np.full((200, 64, 64, 3), 5, np.uint8) for _ in range(3)]  # would take freed memory over
    assert (shared.numpy() == 7).all()
    assert all((other == 5).all() for other in others)


def test_an_iteration_keeps_the_memory_alive() -> None:
    def begin() -> Iterator[tf.Tensor]:
        array = allocate(200, (64, 64, 3))
        array[:] = 7
        shared = share(array)
        return iter(tf.data.Dataset.range(200).batch(50).map(lambda index: take(shared, index)))

    batches = begin()
    gc.collect()
    others = [np.full((200, 64, 64, 3), 5, np.uint8) for _ in range(3)]
    assert [set(np.unique(batch)) for batch in batches] == [{7}] * 4
    assert all((other == 5).all() for other in others)


def test_no_pictures_are_shared_as_none() -> None:
    assert share(allocate(0, (4, 4, 3))).shape == (0, 4, 4, 3)


def test_take_gives_rows_in_any_order_in_a_tf_data_graph() -> None:
    array = allocate(6, (2, 2, 3))
    array[:] = np.arange(6, dtype=np.uint8)[:, None, None, None]
    shared = share(array)
    batches = tf.data.Dataset.from_tensors(tf.constant([5, 0, 5])).map(lambda index: take(shared, index))
    assert next(iter(batches)).numpy()[:, 0, 0, 0].tolist() == [5, 0, 5]


def test_a_cut_off_array_is_shared_as_well() -> None:
    """Remove the rows of photos that were left out, and shorten the array."""
    array = allocate(6, (3, 3, 3))
    array[:] = np.arange(6, dtype=np.uint8)[:, None, None, None]
    assert share(array[:4]).numpy()[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


def test_a_fill_keeps_what_is_read_and_leaves_out_what_cannot_be(photo_folder: PhotoFolder) -> None:
    folder = photo_folder({"a": 5})
    (folder / "a/0002.jpg").write_text("no picture")
    paths = sorted(str(path) for path in (folder / "a").iterdir())

    def read(path: tf.Tensor) -> tf.Tensor:
        return tf.image.resize(tf.io.decode_jpeg(tf.io.read_file(path), 3), (7, 9), "bicubic")

    shared, bad = fill_memory(FunctionReader.of(paths, read, (7, 9, 3), np.float32), "Reading")
    assert [one.index for one in bad] == [2]
    expected = np.stack([read(tf.constant(path)) for path in paths if "0002" not in path])
    assert expected.dtype == np.float32
    assert not np.array_equal(expected, np.rint(expected))
    np.testing.assert_array_equal(take(shared, tf.range(4)), expected)


def test_a_fill_refuses_pictures_of_another_type(photo_folder: PhotoFolder) -> None:
    """Refuse fractions, which an array of bytes would cut off without an error."""
    paths = [str(path) for path in (photo_folder({"a": 2}) / "a").iterdir()]
    with pytest.raises(TypeError, match="keeps uint8, and pictures are float32"):
        fill_memory(FunctionReader.of(paths, lambda _path: tf.zeros([2, 2, 3]), (2, 2, 3)), "Reading")


GROWTH = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
from pipeline.cache.fill import fill_memory
from pipeline.runtime.shared_array import take
from tests.support.readers import FunctionReader

def resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024

def read(path):
    return tf.fill([200, 200, 3], tf.cast(tf.strings.to_number(path), dtype))

def epoch(shared):
    steps = tf.data.Dataset.range(shared.shape[0] // 20)
    batches = steps.map(lambda step: take(shared, step * 20 + tf.range(20, dtype=tf.int64)), 2)
    return sum(int(batch[k, 0, 0, 0]) for batch in batches for k in range(20))

dtype, count = tf.as_dtype(sys.argv[1]), int(sys.argv[2])
names = [str(k % 251) for k in range(count)]
fill = lambda some: fill_memory(FunctionReader.of(some, read, (200, 200, 3), dtype.as_numpy_dtype), "")[0]
epoch(fill(names[:40]))  # what TensorFlow takes the first time
before = resident("VmRSS")
shared = fill(names)
filled = resident("VmHWM") - before
assert epoch(shared) == sum(map(int, names))
size = count * 200 * 200 * 3 * dtype.size
print(filled / size, (resident("VmHWM") - before) / size)
"""


@pytest.mark.parametrize(("dtype", "count"), [("uint8", 4000), pytest.param("float32", 1000, marks=pytest.mark.slow)])
def test_memory_peaks_at_the_pictures_and_little_else(dtype: str, count: int) -> None:
    """480 MB of images; a copy of all, however short, would add 1.

    Batches that are freed go back to the system at once; glibc would keep up to 200 MB of them, as threads meet.
    """
    command = [sys.executable, "-c", GROWTH, dtype, str(count)]
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    filled, read = map(float, done.stdout.split())
    assert filled > 0.5
    assert max(filled, read) < 1.1


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_rows_close_up_around_those_that_are_left_out(case: tuple[int, set[int]]) -> None:
    count, holes = case
    array = np.arange(count, dtype=np.uint8)[:, None, None, None].copy()
    kept = without_rows(array, sorted(holes))
    assert kept[:, 0, 0, 0].tolist() == [k for k in range(count) if k not in holes]
    assert np.shares_memory(kept, array) or not len(kept)  # in place: the array may be half of the memory
