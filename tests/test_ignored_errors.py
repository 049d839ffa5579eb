"""`ignore_errors()` on this package's data sets, with broken JPEGs among the photos: they end, as Keras' own does."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import pipeline
from pipeline.config import Augment, ImageConfig, LoaderConfig
from pipeline.dataset.column import Pixels, make_train
from pipeline.legacy import ImageDataGenerator
from tests.support.readers import file_reader

COUNT, BATCH = 10, 4


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two classes of 10 photos; those of class a at the numbers asked for are broken."""
    rng = np.random.default_rng(0)
    for name in "ab":
        (tmp_path / name).mkdir()
        for k in range(COUNT):
            Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8)).save(tmp_path / name / f"{k}.jpg")
    for k in request.param:
        path = tmp_path / "a" / f"{k}.jpg"
        path.write_bytes(path.read_bytes()[:-150])
    return tmp_path


def sizes(dataset: tf.data.Dataset) -> list[int]:
    """Images in each batch (1 for a single image); refused where there is no end."""
    endless = 3 * COUNT * 2
    found = [
        np.shape(labels)[0] if np.ndim(labels) else 1
        for _, labels in itertools.islice(dataset.ignore_errors().as_numpy_iterator(), endless)
    ]
    assert len(found) < endless
    return found


BROKEN = pytest.mark.parametrize("folder", [(3,), (0, 3, 9), range(COUNT)], indirect=True, ids=["one", "some", "half"])
KERAS: dict[str, Any] = {"image_size": (8, 8), "verbose": False, "shuffle": False}


@BROKEN
@pytest.mark.parametrize("batch_size", [BATCH, None])
def test_the_keras_signature_delivers_what_keras_delivers(folder: Path, batch_size: int | None) -> None:
    theirs = keras.utils.image_dataset_from_directory(folder, batch_size=batch_size, **KERAS)
    ours = pipeline.image_dataset_from_directory(folder, batch_size=batch_size, **KERAS)
    assert int(ours.cardinality()) == int(theirs.cardinality())
    if batch_size is None:  # read 32 at a time: an error takes the rest of those with it
        assert sum(sizes(ours)) <= sum(sizes(theirs))
    else:
        assert sizes(ours) == sizes(theirs)
        shuffled = pipeline.image_dataset_from_directory(folder, batch_size=batch_size, **{**KERAS, "shuffle": True})
        assert int(shuffled.cardinality()) == 5
        assert sum(sizes(shuffled)) < 2 * COUNT
        sizes(shuffled)  # the next iteration ends, too


@BROKEN
def test_from_directory_ends(folder: Path) -> None:
    options: dict[str, Any] = {"image_size": 8, "batch_size": BATCH, "verify": "never", "cache": "none"}
    data = pipeline.from_directory(folder, folder, **options)
    theirs = keras.utils.image_dataset_from_directory(folder, batch_size=BATCH, **KERAS)
    assert data.validation is not None
    assert int(data.train.cardinality()) == int(data.validation.cardinality()) == data.steps == 5
    assert sizes(data.validation) == sizes(theirs)
    assert sum(sizes(data.train)) < 2 * COUNT
    assert sum(sizes(data.train)) < 2 * COUNT


@BROKEN
def test_the_drop_in_loses_the_broken_batches_alone(folder: Path) -> None:
    flow = ImageDataGenerator().flow_from_directory(
        folder, target_size=(8, 8), batch_size=BATCH, class_mode="sparse", shuffle=False
    )
    dataset = flow.as_dataset()
    assert int(dataset.cardinality()) == len(flow) == 5
    assert sizes(dataset) == [size for size in by_next(flow) if size]


def by_next(flow: Any) -> Iterable[int]:
    """Images in each batch of an epoch that is read by `next`; 0 where it raises."""
    flow.reset()
    for _ in range(len(flow)):
        try:
            yield len(next(flow)[0])
        except (OSError, ValueError):
            yield 0


def test_an_epoch_that_begins_late_ends_as_well() -> None:
    """Its cardinality is that of a whole epoch; the missing batches are errors, so many and no more."""
    x = np.zeros((COUNT, 4, 4, 3), np.uint8)
    data = pipeline.from_arrays(x, np.arange(COUNT), batch_size=BATCH, label_mode="int")
    data.first.assign(1)
    assert len(sizes(data.batches)) == 2
    assert len(sizes(data.batches)) == 3


def test_from_files_an_epoch_that_begins_late_ends_as_well(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{k}.png") for k in range(COUNT)]
    for path in paths:
        Image.new("RGB", (4, 4)).save(path)
    pixels = Pixels(file_reader(paths, ImageConfig(size=4)), np.arange(COUNT))
    epoch, first = (tf.Variable(k, dtype=tf.int64) for k in (0, 1))
    dataset = make_train(pixels, LoaderConfig(batch_size=BATCH), Augment(), seed=0, epoch=epoch, first=first)
    assert sizes(dataset) == [4, 2]
    assert sizes(dataset) == [4, 4, 2]
