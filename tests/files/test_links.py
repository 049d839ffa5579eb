"""Class folders that are links are read as Keras reads them: none twice, none in a loop, and alike by every walk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from pipeline.errors import InputError
from pipeline.inference.inputs import Inputs
from pipeline.reports.listing import folder_meant, list_files, roots_of
from pipeline.sources.directory import scan_directory


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (90, 60, 30)).save(path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make four classes, two folders and two links; one of the folders contains another link."""
    for name in ("cats", "dogs"):
        save(tmp_path / "tree" / name / "a.png")
    for name in ("owls", "bees"):
        save(tmp_path / "elsewhere" / name / "a.png")
        (tmp_path / "tree" / name).symlink_to(tmp_path / "elsewhere" / name)
    save(tmp_path / "deeper" / "b.png")
    (tmp_path / "elsewhere" / "owls" / "more").symlink_to(tmp_path / "deeper")
    return tmp_path / "tree"


@pytest.mark.parametrize("follow_links", [False, True])
@pytest.mark.parametrize("all_links", [False, True])
def test_the_same_files_and_labels_as_keras(tree: Path, follow_links: bool, all_links: bool) -> None:
    import keras

    from tests.support.versions import KERAS_DATA_SET_HAS_FORMAT

    if not (follow_links or KERAS_DATA_SET_HAS_FORMAT):
        pytest.skip("this Keras follows links whatever is asked")
    if all_links:
        for name in ("cats", "dogs"):
            (tree / name).rename(tree.parent / name)
            (tree / name).symlink_to(Path("..") / name)
    theirs = keras.utils.image_dataset_from_directory(
        tree, shuffle=False, batch_size=None, image_size=(8, 8), follow_links=follow_links, verbose=False
    )
    ours = scan_directory(tree, follow_links=follow_links)
    assert list(ours.class_names) == theirs.class_names == ["bees", "cats", "dogs", "owls"]
    labels = [int(label) for _, label in theirs]
    assert list(zip(ours.paths, ours.labels.tolist(), strict=True)) == list(zip(theirs.file_paths, labels, strict=True))


@pytest.mark.parametrize("follow_links", [False, True])
def test_inspection_and_prediction_list_what_training_lists(tree: Path, follow_links: bool) -> None:
    (tree / "round").symlink_to(tree)
    (tree / "up").symlink_to("..")
    ours = scan_directory(tree, follow_links=follow_links)
    listing = list_files(roots_of(str(tree)), None, follow_links)
    assert [one.path for one in listing.files] == list(ours.paths)
    assert listing.class_names == ours.class_names == ("bees", "cats", "dogs", "owls")
    assert [key for key, _, _ in listing.passed] == ["passed_loop", *([] if follow_links else ["passed_linked"])]
    # Nobody asks prediction for the classes above: it would answer for all that lies there.
    (tree / "up").unlink()
    assert [one.path for one in Inputs([str(tree)], None, follow_links) if one] == list(ours.paths)
    assert any("2 links that lead back" in note for note in ours.notes)


@pytest.mark.parametrize("inside", [True, False])
def test_two_classes_that_are_one_folder_are_refused(tree: Path, inside: bool) -> None:
    (tree / "kittens").symlink_to(tree / "cats" if inside else tree.parent / "elsewhere" / "owls")
    other = "cats" if inside else "owls"
    for look in (lambda: scan_directory(tree), lambda: list_files(roots_of(str(tree)), None, False)):
        with pytest.raises(InputError, match="links to one folder") as caught:
            look()
        assert "'kittens'" in str(caught.value)
        assert repr(other) in str(caught.value)
    chosen = scan_directory(tree, class_names=["dogs", other])
    assert chosen.class_names == ("dogs", other)


def test_a_folder_that_two_links_within_a_class_lead_to_counts_once(tree: Path) -> None:
    (tree / "cats" / "1").symlink_to(tree.parent / "deeper")
    (tree / "cats" / "2").symlink_to(tree.parent / "deeper")
    ours = scan_directory(tree, class_names=("cats", "dogs"), follow_links=True)
    assert [os.path.relpath(path, tree) for path in ours.paths] == ["cats/a.png", "cats/1/b.png", "dogs/a.png"]
    assert any("1 linked folder whose photos are read already" in note for note in ours.notes)
    listing = list_files(roots_of(str(tree)), ("cats", "dogs"), True)
    assert [one.path for one in listing.files] == list(ours.paths)
    assert ("passed_again", 1, os.path.join("cats", "2")) in listing.passed


def test_links_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    """Handle broken links, as in a folder of links that was copied to another machine."""
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "photos" / name).symlink_to(tmp_path / "gone" / name)
    with pytest.raises(InputError, match=r"2 links that lead nowhere, such as 'cats' to '.*gone/cats'"):
        scan_directory(tmp_path / "photos")
    for name in ("owls", "bees"):
        save(tmp_path / "photos" / name / "a.png")
    assert any("2 links that lead nowhere" in note for note in scan_directory(tmp_path / "photos").notes)
    listing = list_files(roots_of(str(tmp_path / "photos")), None, False)
    assert ("passed_nowhere", 2, "cats") in listing.passed


def test_the_folder_that_was_meant_may_hold_links(tree: Path) -> None:
    (tree.parent / "outer" / "inner").mkdir(parents=True)
    for name in ("cats", "dogs"):
        (tree.parent / "outer" / "inner" / name).symlink_to(tree / name)
    meant = folder_meant(str(tree.parent / "outer"))
    assert meant == (str(tree.parent / "outer" / "inner"), ("cats", "dogs"))
