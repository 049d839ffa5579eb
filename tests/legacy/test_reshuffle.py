"""`image_dataset_from_directory` cut in parts by `take` and `skip`, beside Keras' own: what leaks between them.

Image k has label k, so that a batch says which images it holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import pipeline
from pipeline.legacy.image_dataset.builder import image_dataset_from_directory

COUNT, BATCH, EPOCHS = 1000, 4, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000 tiny images."""
    root = tmp_path_factory.mktemp("many")
    for k in range(COUNT):
        Image.fromarray(np.full((2, 2, 3), k % 256, np.uint8)).save(root / f"{k:04}.png")
    return root


def read(make: Any, folder: Path, **options: Any) -> tf.data.Dataset:
    light: dict[str, Any] = {"labels": list(range(COUNT)), "image_size": (2, 2), "batch_size": BATCH, "verbose": False}
    return make(folder, **{**light, "seed": 1, **options})


def seen(dataset: tf.data.Dataset) -> list[int]:
    return [int(label) for _, labels in dataset.as_numpy_iterator() for label in np.ravel(labels)]


def leaked(dataset: tf.data.Dataset, cut: int, validate: int) -> int:
    """Images of the last validation that any of the epochs trained on."""
    train, validation = dataset.take(cut), dataset.skip(cut).take(validate)
    trained: set[int] = set()
    measured: list[int] = []
    for _ in range(EPOCHS):
        trained |= set(seen(train))
        measured = seen(validation)
    return len(trained & set(measured))


def test_what_take_and_skip_leak_is_no_more_than_with_keras(folder: Path) -> None:
    steps = COUNT // BATCH
    cut, validate = int(0.7 * steps), int(0.2 * steps)
    theirs = leaked(read(keras.utils.image_dataset_from_directory, folder), cut, validate)
    for other in (0, 4):  # another place in the window
        assert leaked(read(image_dataset_from_directory, folder), cut + other, validate) <= theirs
    assert leaked(read(image_dataset_from_directory, folder, reshuffle=False), cut, validate) == 0


@pytest.mark.slow
def test_single_images_are_shuffled_no_more_widely_either(folder: Path) -> None:
    """Keras shuffles 1,024 of them at once: all of these."""
    both = [read(make, folder, batch_size=None) for make in (keras.utils.image_dataset_from_directory, read_ours)]
    theirs, ours = (leaked(dataset, 700, 200) for dataset in both)
    assert ours <= theirs + 5  # both about 200 * (1 - 0.3**4)
    assert leaked(read(read_ours, folder, batch_size=None, reshuffle=False), 700, 200) == 0


def read_ours(*arguments: Any, **options: Any) -> Any:
    return image_dataset_from_directory(*arguments, **options)


@pytest.mark.parametrize("frozen", ["cache", "shuffle"])
def test_where_keras_has_one_order_there_is_one(folder: Path, frozen: str) -> None:
    """After `cache`, and without a shuffle."""
    options = {"shuffle": False} if frozen == "shuffle" else {}
    for make in (keras.utils.image_dataset_from_directory, image_dataset_from_directory):
        dataset = read(make, folder, **options)
        if frozen == "cache":
            dataset = dataset.cache()
            assert sorted(seen(dataset)) == list(range(COUNT))
        assert leaked(dataset, 175, 50) == 0


def test_every_image_comes_once_near_its_place_in_another_order_each_iteration(folder: Path) -> None:
    dataset = read(image_dataset_from_directory, folder)
    fixed = [int(Path(path).stem) for path in dataset.file_paths]
    first, second = seen(dataset), seen(dataset)
    window = 8 * BATCH
    for order in (first, second):
        for at in range(0, COUNT, window):
            assert sorted(order[at : at + window]) == sorted(fixed[at : at + window])
            assert order[at : at + window] != fixed[at : at + window]
    assert first != second
    # The windows are shuffled each in its own way.
    moved = [[fixed.index(k) - at for k in first[at : at + window]] for at in (0, window)]
    assert moved[0] != moved[1]
    dataset.epoch.assign(0)
    assert seen(dataset) == first
    assert seen(read(image_dataset_from_directory, folder)) == first


def test_one_order_has_other_augmentation_each_iteration(folder: Path) -> None:
    turned = pipeline.Augment(brightness_range=(0.5, 1.5))
    dataset = read(image_dataset_from_directory, folder, reshuffle=False, augment=turned).take(2)
    (one, labels), (other, again) = (
        [np.concatenate(parts) for parts in zip(*dataset.as_numpy_iterator(), strict=True)] for _ in range(2)
    )
    assert np.array_equal(labels, again)
    assert not np.array_equal(one, other)
