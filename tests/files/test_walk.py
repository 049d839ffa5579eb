"""Files and folders that walks pass over: thumbnails and recycle bins, archives, phones' photos."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from pipeline.errors import InputError
from pipeline.files.walk import (
    AGAIN,
    ARCHIVES,
    HEIC_FILES,
    LOOP,
    OTHER_FILES,
    SPECIAL,
    FoldersEntered,
    passed_file,
)
from pipeline.reports.listing import list_files, roots_of
from pipeline.sources.directory import scan_directory


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (90, 60, 30)).save(path)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Make two classes with the folders and files that Synology, QNAP, macOS, Windows and Jupyter put beside photos."""
    for name in (
        *("cats/1.jpg", "dogs/1.jpg"),
        *("@eaDir/cats/SYNOPHOTO_THUMB_M.jpg", "cats/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/old.jpg"),
        *("@Recycle/old.jpg", "cats/.@__thumb/1.jpg", "__MACOSX/cats/._1.jpg", "__MACOSX/cats/x.jpg", "cats/._1.jpg"),
        *("$RECYCLE.BIN/x.jpg", "System Volume Information/x.jpg", "lost+found/x.jpg"),
        *(".ipynb_checkpoints/1-checkpoint.jpg", "cats/.ipynb_checkpoints/1-checkpoint.jpg", "dogs/.thumbnails/1.jpg"),
    ):
        save(tmp_path / name)
    for name in ("cats/Thumbs.db", "dogs/.DS_Store"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_what_systems_put_beside_photos_is_no_photo_and_no_class(share: Path) -> None:
    examples = scan_directory(share)
    assert examples.class_names == ("cats", "dogs")
    assert examples.paths == (str(share / "cats/1.jpg"), str(share / "dogs/1.jpg"))
    assert any("8 folders that a disk station or an operating system made" in note for note in examples.notes)
    assert any("6 hidden files or folders" in note for note in examples.notes)
    listing = list_files(roots_of(str(share)), None, False)
    assert [one.path for one in listing.files if one.listed] == list(examples.paths)
    assert {key: count for key, count, _ in listing.passed} == {"passed_hidden": 6, "passed_system": 8}


def test_such_folders_hide_no_splits(tmp_path: Path) -> None:
    for name in ("train/cats/1.jpg", "validation/cats/1.jpg", "@eaDir/1.jpg", "__MACOSX/1.jpg"):
        save(tmp_path / name)
    assert [root.split for root in roots_of(str(tmp_path))] == ["train", "validation"]
    with pytest.raises(InputError, match="splits, not classes"):
        scan_directory(tmp_path)


def test_a_class_of_such_a_name_is_read_where_it_is_named(share: Path) -> None:
    names = ("#recycle", "cats")
    examples = scan_directory(share, class_names=names)
    assert [Path(path).parent.name for path in examples.paths] == list(names)
    listing = list_files(roots_of(str(share)), names, False)
    assert [one.path for one in listing.files if one.listed] == list(examples.paths)


def test_keras_own_functions_keep_keras_listing(share: Path) -> None:
    import keras

    theirs = keras.utils.image_dataset_from_directory(share, shuffle=False, batch_size=None, verbose=False)
    from pipeline.legacy import image_dataset_from_directory

    ours = image_dataset_from_directory(share, shuffle=False, batch_size=None, verbose=False)
    assert ours.class_names == theirs.class_names
    assert ours.file_paths == theirs.file_paths


def test_archives_in_place_of_classes_are_named(tmp_path: Path) -> None:
    (tmp_path / "cats.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "dogs.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(
        InputError, match=r"2 archives, which are not opened: unpack them first \(the first: 'cats.zip'"
    ):
        scan_directory(tmp_path)
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats.zip").rename(tmp_path / "cats" / "cats.zip")
    save(tmp_path / "dogs" / "1.jpg")
    with pytest.raises(InputError, match=r"without a photo in .*: \['cats'\].* there is 1 archive"):
        scan_directory(tmp_path)
    listing = list_files(roots_of(str(tmp_path)), None, False)
    assert ("passed_archive", 2, "dogs.zip") in listing.passed


def test_an_iphone_s_photos_are_named_with_the_way_out(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        save(tmp_path / name / "1.jpg")
        (tmp_path / name / "IMG_1.HEIC").write_bytes(b"x")
    note = next(note for note in scan_directory(tmp_path).notes if "HEIC" in note)
    assert "passed over 2 photos" in note
    assert "Settings > Camera > Formats > Most Compatible" in note


def test_a_folder_is_entered_once_and_a_loop_is_told_from_a_second_way(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "b").symlink_to("a")
    entered = FoldersEntered()
    top, kind = entered.enter(str(tmp_path), ())
    assert kind is None
    inner, kind = entered.enter(str(tmp_path / "a"), (top,))
    assert (inner, kind) == (str(tmp_path.resolve() / "a"), None)
    assert entered.enter(str(tmp_path / "a" / "up"), (top, inner)) == (top, LOOP)
    assert entered.enter(str(tmp_path / "b"), (top,)) == (inner, AGAIN)
    entered.clear()
    assert entered.enter(str(tmp_path / "b"), ()) == (inner, None)


def test_files_are_told_apart_by_name_and_by_kind(tmp_path: Path) -> None:
    for name in ("1.JPG", "2.heic", "3.zip", "4.txt"):
        (tmp_path / name).write_bytes(b"")
    os.mkfifo(tmp_path / "5.jpg")
    with os.scandir(tmp_path) as entries:
        kinds = {entry.name: passed_file(entry) for entry in entries}
    assert kinds == {"1.JPG": None, "2.heic": HEIC_FILES, "3.zip": ARCHIVES, "4.txt": OTHER_FILES, "5.jpg": SPECIAL}
