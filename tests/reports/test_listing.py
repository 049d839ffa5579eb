"""The files that are found and their order, against the scan that training does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, MissingPathError
from pipeline.reports.listing import folder_meant, list_files, roots_of
from pipeline.reports.words import FileWords
from pipeline.sources.directory import scan_directory


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def splits(folder: Path) -> list[str]:
    return [root.split for root in roots_of(str(folder))]


def test_a_folder_of_classes_is_one_root(tmp_path: Path) -> None:
    touch(tmp_path / "cats" / "a.jpg")
    touch(tmp_path / "train" / "a.jpg")  # a class of that name beside another class
    assert splits(tmp_path) == [""]


def test_a_folder_of_splits_is_one_root_a_split_training_first(tmp_path: Path) -> None:
    for split in ("test", "Train", "validation"):
        touch(tmp_path / split / "cats" / "a.jpg")
    (tmp_path / ".git").mkdir()
    assert splits(tmp_path) == ["Train", "test", "validation"]


def test_names_are_as_they_lie_below_the_folder(tmp_path: Path) -> None:
    touch(tmp_path / "train" / "cats" / "a.jpg")
    touch(tmp_path / "validation" / "cats" / "more" / "b.jpg")
    listing = list_files(roots_of(str(tmp_path)), None, False)
    assert [found.name for found in listing.files] == ["train/cats/a.jpg", "validation/cats/more/b.jpg"]
    assert [found.split for found in listing.files] == ["train", "validation"]


@settings(max_examples=50, deadline=None)
@given(
    names=st.sets(
        st.tuples(
            st.sampled_from(["cats", "dogs", "b c", "Zebra"]),
            st.sampled_from(["", "more", "more/deep", ".hidden"]),
            st.sampled_from(["a.jpg", "B.JPG", "z.png", "c.txt", ".d.jpg"]),
        ),
        max_size=25,
    )
)
def test_the_order_is_that_of_training(
    tmp_path_factory: pytest.TempPathFactory, names: set[tuple[str, str, str]]
) -> None:
    root = tmp_path_factory.mktemp("order")
    for class_name in ("cats", "dogs"):
        touch(root / class_name / "0.jpg")
    for class_name, below, name in names:
        touch(root / class_name / below / name)
    listing = list_files(roots_of(str(root)), None, False)
    try:
        examples = scan_directory(root)
    except InputError:  # a class without a photo, which training refuses and the inspection shows
        return
    assert tuple(found.path for found in listing.files if found.listed) == examples.paths
    assert listing.class_names == examples.class_names


def test_what_lies_beside_the_classes_is_found_without_a_class(tmp_path: Path) -> None:
    touch(tmp_path / "cats" / "a.jpg")
    touch(tmp_path / "loose.jpg")
    listing = list_files(roots_of(str(tmp_path)), None, False)
    assert [(found.name, found.class_name) for found in listing.files] == [("cats/a.jpg", "cats"), ("loose.jpg", None)]


def test_class_names_choose_and_order(tmp_path: Path) -> None:
    for name in ("ants", "bees", "cats"):
        touch(tmp_path / name / "a.jpg")
    listing = list_files(roots_of(str(tmp_path)), ["cats", "ants"], False)
    assert [found.class_name for found in listing.files] == ["cats", "ants"]
    assert listing.passed == (("passed_not_a_class", 1, "bees"),)


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    touch(tmp_path / "cats" / "a.jpg")
    touch(tmp_path / "cats" / ".thumb.jpg")
    os.mkfifo(tmp_path / "cats" / "pipe.jpg")
    (tmp_path / "cats" / "linked").symlink_to(tmp_path)
    listing = list_files(roots_of(str(tmp_path)), None, False)
    assert [(key, count) for key, count, _ in listing.passed] == [
        ("passed_hidden", 1),
        ("passed_special", 1),
        ("passed_linked", 1),
    ]
    assert len(listing.files) == 1


def test_a_link_back_is_not_entered_for_ever(tmp_path: Path) -> None:
    touch(tmp_path / "cats" / "a.jpg")
    (tmp_path / "cats" / "linked").symlink_to(tmp_path / "cats")
    listing = list_files(roots_of(str(tmp_path)), None, True)
    assert [key for key, _, _ in listing.passed] == ["passed_loop"]


def test_classes_that_are_not_everywhere_are_named(tmp_path: Path) -> None:
    touch(tmp_path / "train" / "cats" / "a.jpg")
    touch(tmp_path / "train" / "dogs" / "a.jpg")
    touch(tmp_path / "val" / "cats" / "a.jpg")
    assert list_files(roots_of(str(tmp_path)), None, False).differing == ("dogs",)


def test_a_quarantine_is_no_class(tmp_path: Path) -> None:
    touch(tmp_path / "train" / "cats" / "a.jpg")
    touch(tmp_path / "train-quarantine" / "cats" / "b.jpg")
    touch(tmp_path / "train-quarantine" / "quarantine.csv")
    assert splits(tmp_path) == ["train"]
    touch(tmp_path / "cats" / "a.jpg")
    assert list_files(roots_of(str(tmp_path)), None, False).class_names == ("cats", "train")


def test_no_files_and_no_folder_are_one_error_each(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file below"):
        list_files(roots_of(str(tmp_path)), None, False)
    with pytest.raises(MissingPathError, match="there is no folder"):
        roots_of(str(tmp_path / "nowhere"))


def test_the_folder_that_was_meant_is_the_nearest_with_classes_in_it(tmp_path: Path) -> None:
    photos = tmp_path / "a" / "b" / "photos"
    for name in ("cats", "dogs"):
        touch(photos / name / "a.jpg")
    assert folder_meant(str(tmp_path / "a")) == (str(photos), ("cats", "dogs"))
    assert folder_meant(str(tmp_path / "a" / "b")) == (str(photos), ("cats", "dogs"))
    assert folder_meant(str(photos / "cats")) == (str(photos), ("cats", "dogs"))
    (photos / "cats" / "more").mkdir()
    assert folder_meant(str(photos / "cats")) == (str(photos), ("cats", "dogs"))


def test_where_nothing_nearby_has_classes_no_folder_was_meant(tmp_path: Path) -> None:
    touch(tmp_path / "alone" / "cats" / "a.jpg")
    assert folder_meant(str(tmp_path / "alone")) is None
    assert folder_meant(str(tmp_path / "alone" / "cats")) is None
    (tmp_path / "alone" / "cats" / "a.jpg").unlink()
    (tmp_path / "alone" / "cats" / "round").symlink_to(tmp_path / "alone")
    assert folder_meant(str(tmp_path / "alone")) is None
    for split in ("train", "validation"):  # with photos in no class
        touch(tmp_path / "splits" / split / "a.jpg")
    assert folder_meant(str(tmp_path / "splits" / "train")) is None


def test_a_class_of_nothing_but_folders_is_said(tmp_path: Path) -> None:
    """Training counts all of them as one class; they may have been meant as the classes."""
    for name in ("pets/cats/a.jpg", "pets/dogs/deep/a.jpg", "owls/a.jpg", "owls/more/a.jpg", "ants/only/a.jpg"):
        touch(tmp_path / name)
    touch(tmp_path / "pets" / "notes.txt")
    assert list_files(roots_of(str(tmp_path)), None, False).passed == (("nested_class", 2, "pets"),)
    assert FileWords("ko")("nested_class", count=2, first="새").startswith("“새”는 사진을 그 안의 폴더 2개에")
