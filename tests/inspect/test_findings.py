"""Counts, copies, shapes and steps out of real files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import TrainConfig
from pipeline.inspect.findings import CopyCount, Inspection, Steps, put_together
from pipeline.inspect.reading import read_files
from pipeline.inspect.subject import settle
from pipeline.reports.listing import list_files
from pipeline.text.messages import Sentence
from tests.support.odd_photos import odd_folder, picture


def inspect(given: Path) -> Inspection:
    subject = settle(str(given))
    listing = list_files(subject.roots, subject.config.data.class_names, subject.config.data.follow_links)
    return put_together(subject, listing, read_files(listing.files, "reading"), 1.0)


def test_photos_that_training_sees_are_counted_by_class_and_split(tmp_path: Path) -> None:
    for k, name in enumerate(["train/cats", "train/cats", "train/dogs", "validation/cats", "validation/dogs"]):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        picture(seed=k).save(tmp_path / name / f"{k}.jpg")
    (tmp_path / "train" / "cats" / "broken.jpg").write_bytes(b"no")
    found = inspect(tmp_path)
    assert found.counts() == {"cats": {"train": 2, "validation": 1}, "dogs": {"train": 1, "validation": 1}}
    assert [(one.split, one.examples, one.steps) for one in found.steps()] == [("train", 3, 1), ("validation", 2, 1)]
    assert [photo.found.name for photo in found.broken] == ["train/cats/broken.jpg"]


def test_every_kind_is_found_with_its_files(tmp_path: Path) -> None:
    problems = {
        kind: [photo.found.name for photo, _ in found] for kind, found in inspect(odd_folder(tmp_path)).problems()
    }
    assert problems["truncated"] == ["cats/cut.jpg"]
    assert problems["no_class"] == ["loose.jpg"]
    assert problems["not_listed"] == ["dogs <b>big/photo.ico"]
    assert len(problems["unreadable"]) == 4
    assert list(problems)[:3] == ["unreadable", "truncated", "too_large"]


def test_files_that_are_no_pictures_are_counted_alone(tmp_path: Path) -> None:
    assert inspect(odd_folder(tmp_path)).others == 1


def test_copies_across_splits_and_classes_are_told_apart(tmp_path: Path) -> None:
    for split in ("train", "validation"):
        for name in ("cats", "dogs"):
            (tmp_path / split / name).mkdir(parents=True)
    picture(seed=1).save(tmp_path / "train" / "cats" / "a.jpg")
    shutil.copy(tmp_path / "train" / "cats" / "a.jpg", tmp_path / "validation" / "cats" / "b.jpg")
    picture(seed=2).save(tmp_path / "train" / "cats" / "c.jpg")
    picture(seed=2).save(tmp_path / "train" / "dogs" / "d.jpg", quality=50)
    exact, near = inspect(tmp_path).copies
    assert exact.exact
    assert exact.across_splits
    assert not exact.across_classes
    assert not near.exact
    assert not near.across_splits
    assert near.across_classes
    assert [photo.found.name for photo in near.photos] == ["train/cats/c.jpg", "train/dogs/d.jpg"]


def test_surplus_files_of_both_kinds_add_up(tmp_path: Path) -> None:
    """Two files the same and one that looks like them: one surplus as a copy, one as a look-alike."""
    (tmp_path / "cats").mkdir()
    for name in ("a", "b"):
        picture(seed=1).save(tmp_path / "cats" / f"{name}.jpg")
    picture(seed=1).save(tmp_path / "cats" / "c.png")
    for k in range(3):
        picture(seed=2).save(tmp_path / "cats" / f"same{k}.jpg")
    found = inspect(tmp_path)
    assert found.copy_count(exact=True) == CopyCount(2, 3, 0, 0)
    assert found.copy_count(exact=False) == CopyCount(1, 1, 0, 0)


def test_the_split_of_a_configuration_is_the_one_that_training_draws(tmp_path: Path) -> None:
    from pipeline.builders.build import build
    from pipeline.config import DataConfig, ImageConfig

    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k in range(10):
            picture(12, 12, seed=k).save(tmp_path / "photos" / name / f"{k}.png")
    (tmp_path / "c.yaml").write_text(f"data: {{train: {tmp_path}/photos, validation_split: 0.3}}\nseed: 7\n")
    found = inspect(tmp_path / "c.yaml")
    data = build(
        DataConfig(train=str(tmp_path / "photos"), validation_split=0.3), ImageConfig(size=8), augment=None, seed=7
    )
    assert data.validation_examples is not None
    drawn = {photo.found.path for photo in found.photos if photo.split == "validation"}
    assert drawn == set(data.validation_examples.paths)
    assert found.splits == ("train", "validation")


def test_the_split_of_a_folder_is_the_one_that_training_draws_by_default(tmp_path: Path) -> None:
    from pipeline.builders.build import build
    from pipeline.config import DataConfig, ImageConfig
    from pipeline.sources.folders import DEFAULT_SPLIT

    for name in ("cats", "dogs"):
        (tmp_path / "train" / name).mkdir(parents=True)
        for k in range(10):
            picture(12, 12, seed=k).save(tmp_path / "train" / name / f"{k}.png")
    data = DataConfig(train=str(tmp_path / "train"), validation_split=DEFAULT_SPLIT)
    built = build(data, ImageConfig(size=8), augment=None, seed=TrainConfig().seed)
    assert built.validation_examples is not None
    for given in (tmp_path / "train", tmp_path):  # the classes, or a folder that holds training photos alone
        found = inspect(given)
        drawn = {photo.found.path for photo in found.photos if photo.split == "validation"}
        assert drawn == set(built.validation_examples.paths)
        assert (found.splits, found.split_drawn) == (("train", "validation"), True)
        assert [(one.split, one.examples) for one in found.steps()] == [("train", 16), ("validation", 4)]
    (tmp_path / "train").rename(tmp_path / "test")  # nobody trains on those
    found = inspect(tmp_path)
    assert (found.splits, found.split_drawn) == (("test",), False)
    assert found.counts() == {"cats": {"test": 10}, "dogs": {"test": 10}}


def test_a_split_that_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        picture().save(tmp_path / "photos" / name / "a.png")
    (tmp_path / "c.yaml").write_text(f"data: {{train: {tmp_path}/photos}}\n")
    found = inspect(tmp_path / "c.yaml")
    assert found.split_problem == Sentence("split_too_few")
    assert len(found.good) == 2


@pytest.mark.parametrize(
    ("examples", "batch", "drop", "steps"),
    [(2000, 100, False, 20), (1000, 100, False, 10), (1001, 100, False, 11), (1001, 100, True, 10), (5, 100, False, 1)],
)
def test_steps_are_batches_rounded_up(examples: int, batch: int, drop: bool, steps: int) -> None:
    assert Steps("train", examples, batch, drop).steps == steps


def test_the_worst_stretched_come_first(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    for name, (height, width) in {"wide": (50, 200), "square": (50, 50), "tall": (300, 60)}.items():
        picture(height, width).save(tmp_path / "cats" / f"{name}.png")
    ratios = {photo.found.name: ratio for photo, ratio in inspect(tmp_path).stretched()}
    assert list(ratios) == ["cats/tall.png", "cats/wide.png", "cats/square.png"]
    assert list(ratios.values()) == [5, 4, 1]


def test_memory_is_the_size_of_the_arrays(tmp_path: Path) -> None:
    found = inspect(odd_folder(tmp_path))
    height, width = TrainConfig().image.image_size
    arrays = np.zeros((len(found.good), height, width, 3), np.uint8)
    assert found.memory()["uint8"] == arrays.nbytes
    assert found.memory()["float32"] == arrays.astype(np.float32).nbytes
    assert found.memory()["disk"] == sum(Path(photo.found.path).stat().st_size for photo in found.good)
