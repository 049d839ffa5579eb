"""A cache is a reader: it gives what the reader behind it gave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tensorflow as tf

from pipeline.cache.disk import DiskCache, disk_cache
from pipeline.cache.readers import read_through
from pipeline.config import ImageConfig, LoaderConfig
from pipeline.reading.reader import ImageReader, Reader
from tests.support.readers import file_reader

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

IMAGE = ImageConfig(size=(12, 10))


@pytest.fixture
def reader(photo_folder: PhotoFolder) -> ImageReader:
    return file_reader(sorted(Path(photo_folder({"a": 6})).rglob("*.jpg")), IMAGE)


@pytest.fixture
def disk(tmp_path: Path) -> DiskCache:
    return disk_cache(IMAGE, LoaderConfig(cache_folder=str(tmp_path / "cache")))


def all_of(reader: Reader) -> np.ndarray:
    index = tf.range(len(reader.source), dtype=tf.int64)
    if reader.at_once:
        return np.asarray(reader.read(index)["image"])
    return np.stack([reader.read(one)["image"] for one in index])


@pytest.mark.parametrize("cache", ["none", "memory", "disk"])
def test_each_cache_gives_what_is_decoded_without_what_cannot_be(
    reader: ImageReader, disk: DiskCache, cache: str
) -> None:
    Path(reader.source.paths[2]).write_bytes(b"no image")
    wanted = all_of(reader.subset(np.array([0, 1, 3, 4, 5])))
    found, bad = read_through(reader, cache, disk, check=True, named="photos")
    assert [(one.index, one.name) for one in bad] == [(2, reader.source.paths[2])]
    assert found.source.paths == tuple(path for path in reader.source.paths if path != reader.source.paths[2])
    assert found.at_once == (cache != "none")
    assert (found.image, dict(found.specs)) == (IMAGE, dict(reader.specs))
    np.testing.assert_array_equal(all_of(found), wanted)


def test_an_image_that_is_damaged_on_disk_is_decoded_in_its_place(reader: ImageReader, disk: DiskCache) -> None:
    wanted = all_of(reader)
    found, _ = read_through(reader, "disk", disk, check=False, named="photos")
    with (disk.set / "pixels").open("r+b") as pixels:
        pixels.seek(3 * disk.row_bytes + 7)
        byte = pixels.read(1)[0]
        pixels.seek(3 * disk.row_bytes + 7)
        pixels.write(bytes([byte ^ 1]))
    np.testing.assert_array_equal(all_of(found), wanted)


def test_a_subset_of_a_disk_cache_reads_the_same_rows(reader: ImageReader, disk: DiskCache) -> None:
    found, _ = read_through(reader, "disk", disk, check=False, named="photos")
    for path in reader.source.paths:
        Path(path).unlink()
    np.testing.assert_array_equal(all_of(found.subset(np.array([4, 1]))), all_of(found)[[4, 1]])
