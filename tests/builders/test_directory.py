"""`from_directory`: what its keywords mean, what it refuses, and that a run repeats in another process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from pipeline import Augment, from_directory, load_image
from pipeline.builders.build import build
from pipeline.config import DataConfig, ImageConfig, LoaderConfig
from pipeline.errors import InputError, MissingPathError
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    """Cats and dogs, 9 and 7."""
    return photo_folder({"cats": 9, "dogs": 7})


@pytest.fixture(scope="module")
def four(photo_folder: PhotoFolder) -> Path:
    """Four classes, 2 photos each."""
    return photo_folder({"a": 2, "b": 2, "c": 2, "d": 2})


def light(directory: Path, **options: Any) -> Any:
    """Nothing is read ahead of the first batch."""
    return from_directory(directory, **{"image_size": 8, "cache": "none", "verify": "never", **options})


# ---- labels


def test_two_classes_give_binary_labels(folder: Path) -> None:
    data = light(folder, batch_size=16)
    images, labels = next(data.train.as_numpy_iterator())
    assert (images.shape, images.dtype) == ((16, 8, 8, 3), np.float32)
    assert (labels.shape, labels.dtype) == ((16, 1), np.float32)
    assert sorted(labels[:, 0].tolist()) == [0.0] * 9 + [1.0] * 7
    assert data.label_mode == "binary"


def test_more_classes_give_numbers(four: Path) -> None:
    data = light(four)
    _, labels = next(data.train.as_numpy_iterator())
    assert (labels.shape, labels.dtype, data.label_mode) == ((8,), np.int32, "int")
    assert sorted(labels.tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_categorical_labels_are_one_hot(four: Path) -> None:
    _, labels = next(light(four, label_mode="categorical").train.as_numpy_iterator())
    assert (labels.shape, labels.dtype) == ((8, 4), np.float32)
    assert labels.sum(axis=0).tolist() == [2, 2, 2, 2]
    assert set(labels.sum(axis=1)) == {1}


@pytest.mark.parametrize("mode", [None, "none"])
def test_without_labels_there_are_images_alone_and_one_class_will_do(folder: Path, mode: Any) -> None:
    data = light(folder, label_mode=mode, class_names=["cats"])
    (images,) = list(data.train.as_numpy_iterator())
    assert images.shape == (9, 8, 8, 3)
    assert (data.label_mode, data.class_names) == (None, ("cats",))


def test_class_names_set_what_is_0(folder: Path) -> None:
    data = light(folder, class_names=["dogs", "cats"], batch_size=16, validation=folder)
    assert data.class_names == ("dogs", "cats")
    for dataset in (data.train, data.validation):
        assert next(dataset.as_numpy_iterator())[1].sum() == 9


# ---- validation measures


@pytest.mark.parametrize("cache", ["none", "memory"])
@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
def test_validation_is_load_image_rescaled_whatever_the_augmentation(folder: Path, cache: Any, resize: Any) -> None:
    data = from_directory(
        folder,
        folder,
        image_size=(9, 8),
        resize=resize,
        cache=cache,
        batch_size=5,
        augment=Augment(rotation_range=90, horizontal_flip=True, brightness_range=(0.2, 0.4)),
    )
    assert data.validation is not None
    assert data.validation_examples is not None
    batches = list(data.validation.as_numpy_iterator())
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    loaded = np.stack([load_image(path, (9, 8), resize) for path in data.validation_examples.paths])
    assert np.array_equal(images, loaded.astype(np.float32) * np.float32(1 / 255))
    assert labels[:, 0].tolist() == data.validation_examples.labels.tolist()


def test_a_split_keeps_a_share_of_each_class_and_no_photo_twice(folder: Path) -> None:
    data = light(folder, validation_split=0.25, seed=3)
    assert data.counts["validation"].sum() == 4
    assert (data.counts > 0).all(axis=None)
    assert data.examples["path"].is_unique
    assert len(data.examples) == 16
    again = light(folder, validation_split=0.25, seed=3)
    assert data.examples.equals(again.examples)
    assert not data.examples.equals(light(folder, validation_split=0.25, seed=4).examples)


# ---- options


def test_a_square_may_be_one_number_and_size_is_height_first(folder: Path) -> None:
    assert light(folder, image_size=6).train.element_spec[0].shape.as_list() == [None, 6, 6, 3]
    assert light(folder, image_size=(6, 9)).train.element_spec[0].shape.as_list() == [None, 6, 9, 3]


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("grayscale", 1), ("rgba", 4)])
def test_colour_modes_have_their_channels_in_memory_too(folder: Path, mode: Any, channels: int) -> None:
    data = from_directory(folder, image_size=6, color_mode=mode, cache="memory")
    assert next(data.train.as_numpy_iterator())[0].shape == (16, 6, 6, channels)


def test_without_shuffle_the_order_is_the_files(folder: Path) -> None:
    data = light(folder, shuffle=False, batch_size=16)
    for _ in range(2):
        _, labels = next(data.train.as_numpy_iterator())
        assert labels[:, 0].tolist() == [0.0] * 9 + [1.0] * 7


def test_auto_says_what_it_chose(folder: Path) -> None:
    assert from_directory(folder, image_size=6).cache.startswith("memory (auto): 0 MB of ")
    assert light(folder).cache.startswith("none, as asked")


def test_a_cache_that_fits_nowhere_is_refused_before_anything_is_read(folder: Path) -> None:
    with pytest.raises(
        InputError, match=r"cache='memory' needs .* GB free; use cache='disk', cache='none' or a smaller"
    ):
        from_directory(folder, image_size=60_000, cache="memory")


def test_without_a_seed_one_is_drawn_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = light(folder, seed=None)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seed: {drawn.seed} (drawn; give it to repeat this run)\n"
    assert light(folder, seed=None).seed != drawn.seed
    capsys.readouterr()
    light(folder)
    assert capsys.readouterr().err == ""


def test_linked_folders_are_read_on_request(folder: Path, tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "linked").symlink_to(folder / name)
    assert light(tmp_path, follow_links=True).counts["train"].tolist() == [9, 7]
    with pytest.raises(InputError, match="no photos below"):
        light(tmp_path)


def test_any_keras_layer_or_list_of_them_augments(folder: Path) -> None:
    flip = keras.layers.RandomFlip("horizontal")
    contrast = keras.layers.RandomContrast(0.2)
    for augment in (
        flip,
        [flip, contrast],
        keras.Sequential([flip, contrast]),
        keras.layers.Pipeline([flip]),
    ):
        images, _ = next(light(folder, augment=augment).train.as_numpy_iterator())
        assert images.shape == (16, 8, 8, 3)
        assert 0.1 < images.mean() < 0.9


def test_the_configuration_gives_what_the_keywords_give(folder: Path) -> None:
    by_keywords = light(folder, batch_size=4, augment=Augment(zoom_range=0.2), seed=8)
    by_configuration = build(
        DataConfig(train=str(folder), verify="never"),
        ImageConfig(size=8),
        LoaderConfig(batch_size=4, cache="none"),
        Augment(zoom_range=0.2),
        8,
    )
    for one, other in zip(by_keywords.train, by_configuration.train, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


# ---- what is refused


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        from_directory(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 0}, ["image_size", "from 1 to", "Received: 0"]),
        ({"image_size": "big"}, ["image_size", "Received: 'big'"]),
        ({"image_size": (10, 10, 3)}, ["image_size", "Received: (10, 10, 3)"]),
        ({"batch_size": 0}, ["batch_size", "at least 1", "Received: 0"]),
        ({"batch_size": 1.5}, ["batch_size", "Received: 1.5"]),
        ({"validation": 1.5}, ["validation_split instead", "Received: 1.5"]),
        ({"validation": 0.2}, ["validation_split instead", "Received: 0.2"]),
        ({"validation_split": 1.5}, ["validation_split", "between 0 and 1", "Received: 1.5"]),
        ({"cache": "tape"}, ["loader.cache", '"memory"', '"disk"', "Received: 'tape'"]),
        ({"cache_limit": 0}, ["loader.cache_limit", "greater than 0", "Received: 0"]),
        ({"cache_fingerprint": "name"}, ["loader.cache_fingerprint", '"stat", "content"', "Received: 'name'"]),
        ({"resize": "squash"}, ["resize", '"stretch", "pad", "crop"', "Received: 'squash'"]),
        ({"label_mode": "binary_"}, ["label_mode", "Received: 'binary_'"]),
        ({"on_error": "ignore"}, ["on_error", '"raise", "skip"', "Received: 'ignore'"]),
        ({"seed": -1}, ["seed", "Received: -1"]),
        ({"rescale": 0}, ["rescale", "Received: 0"]),
        ({"class_names": "cats"}, ["class_names", "Received: 'cats'"]),
        ({"augment": "flip"}, ["augment must be a pipeline.Augment, a pipeline.Recipe", "Received: 'flip'"]),
        ({"augment": [keras.layers.Flatten, 3]}, ["a list of Keras layers", "Received:"]),
        ({"augment": {"rotation_range": 40}}, ["pipeline.Augment", "Received: {'rotation_range': 40}"]),
        ({"batch_size": 17, "drop_remainder": True}, ["batch_size", "16 training photos", "Received: 17"]),
        ({"class_names": ["cats", "cows"]}, ["['cows']", "['cats', 'dogs']"]),
        ({"label_mode": "binary", "class_names": ["cats"]}, ["one class only"]),
        ({"validation_split": 0.01}, ["validation_split=0.01", "validation folder"]),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_the_way_out(
    folder: Path, options: dict[str, Any], words: list[str]
) -> None:
    message = refused(folder, **options)
    assert not [word for word in words if word not in message], message


def test_a_wrong_augmentation_is_refused_before_photos_are_read(photo_folder: PhotoFolder) -> None:
    """Reading thousands takes minutes; here it would meet the one that cannot be read first."""
    root = photo_folder({"cats": 2, "dogs": 2})
    (root / "cats" / "0000.jpg").write_bytes(b"text")
    assert "augment must be" in refused(root, augment="flip")


def test_binary_labels_want_two_classes(four: Path) -> None:
    assert "there are 4; use 'int' or 'categorical'" in refused(four, label_mode="binary")


def test_a_missing_folder_is_named_on_both_sides(folder: Path) -> None:
    for arguments in ((folder / "no",), (folder, folder / "no")):
        message = refused(*arguments)
        assert repr(str(folder / "no")) in message
    with pytest.raises(MissingPathError):
        from_directory(folder / "no")


def test_different_classes_in_validation_are_named(folder: Path, four: Path) -> None:
    message = refused(folder, four)
    assert "['cats', 'dogs'] only in training" in message
    assert f"only in {str(four)!r}" in message


# ---- the same in another process

HASH = """
import hashlib, os, sys
folder, cores, cache, batch_size = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
import pipeline
data = pipeline.from_directory(
    folder, validation_split=0.3, image_size=64, batch_size=batch_size, seed=15, cache=cache, verify="never",
    augment=pipeline.Augment(
        rotation_range=40, width_shift_range=0.2, height_shift_range=0.2, shear_range=0.2, zoom_range=0.2,
        horizontal_flip=True, brightness_range=(0.8, 1.2)))
for dataset in (data.train, data.train, data.validation):
    pixels, names, examples = hashlib.sha256(), hashlib.sha256(), 0
    for images, labels in dataset.as_numpy_iterator():
        pixels.update(images)
        names.update(labels)
        examples += len(labels)
    print(pixels.hexdigest() + names.hexdigest(), examples)
"""


@pytest.fixture(scope="module")
def real(photo_folder: PhotoFolder) -> Path:
    """500 real photos where they lie beside the repository, drawn ones elsewhere."""
    photos = ROOT.parent / "shared" / "photos" / "validation"
    return photos if photos.is_dir() else photo_folder({"cats": 60, "dogs": 60}, size=(200, 150))


def hashes(folder: Path, cores: int, cache: str, batch_size: int) -> list[tuple[str, int]]:
    """(hash of all pixels and labels, number of examples) of two training epochs and of validation."""
    arguments = [sys.executable, "-c", HASH, str(folder), str(cores), cache, str(batch_size)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [(line.split()[0], int(line.split()[1])) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_processes_with_one_seed_give_the_same_examples_bit_for_bit(real: Path) -> None:
    """Uncached on all cores, and out of memory on one core in other batches."""
    first = hashes(real, len(os.sched_getaffinity(0)), "none", 32)
    assert first == hashes(real, 1, "memory", 50)
    (one, training), (two, again), (_, validation) = first
    assert one != two
    assert training == again
    assert training + validation == len(list(real.rglob("*.jpg")))


def test_validation_photos_that_are_training_photos_are_said(folder: Path, tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for k, photo in enumerate(sorted((folder / name).iterdir())[:2]):
            (tmp_path / name / f"{k}.jpg").symlink_to(photo)
    (tmp_path / "cats" / "0.jpg").unlink()
    (tmp_path / "cats" / "0.jpg").write_bytes((folder / "cats" / "0000.jpg").read_bytes())
    (note,) = light(folder, validation=tmp_path, batch_size=4).notes
    assert note.startswith("3 of 4 validation photos are training photos, too")
    assert light(folder, validation_split=0.3, batch_size=4).notes == ()


def test_broken_photos_of_both_splits_are_named_at_once(photo_folder: PhotoFolder) -> None:
    folder = photo_folder({"cats": 10, "dogs": 10})
    for path in sorted((folder / "cats").iterdir())[:4]:  # of ten, some fall into either split
        path.write_bytes(b"no picture")
    with pytest.raises(InputError, match="4 of 20 photos cannot be read"):
        from_directory(folder, validation_split=0.5, image_size=8)


def test_a_batch_larger_than_the_data_is_said_to_make_one_step(folder: Path) -> None:
    (note,) = light(folder, batch_size=17).notes
    assert "a batch of 17 takes all 16 training photos, so that each epoch is one step" in note
    assert light(folder, batch_size=16).notes == ()
