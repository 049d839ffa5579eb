"""A reader gives features of fixed shape, whatever the source has."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from pipeline.config import ImageConfig
from pipeline.images.load import load_as
from pipeline.reading.reader import ImageReader
from pipeline.runtime.shared_array import allocate
from pipeline.sources.arrays import ArraySource
from tests.support.readers import file_reader

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


def test_files_are_read_as_load_image_reads_them(photo_folder: PhotoFolder) -> None:
    paths = sorted(Path(photo_folder({"a": 3})).rglob("*.jpg"))
    for image in (ImageConfig(size=(20, 30)), ImageConfig(size=16, resize="pad", color_mode="grayscale")):
        reader = file_reader(paths, image)
        assert not reader.at_once
        for k, path in enumerate(paths):
            found = reader.read(tf.constant(k, tf.int64))["image"]
            assert reader.specs["image"].is_compatible_with(found)
            np.testing.assert_array_equal(found, load_as(path, image))


def test_arrays_are_read_a_batch_at_once_as_they_are() -> None:
    array = allocate(3, (4, 5, 3), np.float32)
    array[:] = np.random.default_rng(0).random((3, 4, 5, 3), np.float32)
    reader = ImageReader(ArraySource(array), ImageConfig(size=(4, 5)))
    assert reader.at_once
    np.testing.assert_array_equal(reader.read(tf.constant([2, 0], tf.int64))["image"], array[[2, 0]])
    assert reader.specs["image"] == tf.TensorSpec([4, 5, 3], tf.float32)


def test_a_subset_keeps_how_images_are_read(photo_folder: PhotoFolder) -> None:
    paths = sorted(Path(photo_folder({"a": 3})).rglob("*.jpg"))
    reader = dataclasses.replace(file_reader(paths, ImageConfig(size=8)), pillow=False)
    part = reader.subset(np.array([2]))
    assert (part.source.paths, part.image, part.pillow) == ((str(paths[2]),), reader.image, False)


def test_what_decides_on_the_pixels_is_in_the_key() -> None:
    keys = {file_reader([], image).key for image in (ImageConfig(size=8), ImageConfig(size=9), ImageConfig(size=8))}
    assert len(keys) == 2
