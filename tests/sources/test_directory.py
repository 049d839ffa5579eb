"""Folders become examples: real folders, compared with Keras' own function where both make the same promise."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.config import ImageConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.files.walk import EXTENSIONS
from pipeline.reading.reader import ImageReader
from pipeline.sources.directory import check_same_classes, scan_directory
from pipeline.sources.examples import Examples
from tests.support.versions import writes

FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx"), "JPEG2000"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
    **dict.fromkeys((".png", ".apng"), "PNG"),
    **{f".{name.lower()}": name for name in ("MPO", "BMP", "DIB", "GIF", "WEBP", "AVIF", "TGA", "QOI", "PCX")},
}


def _written(file_format: str) -> str:
    """Return the format, or PNG if this Pillow cannot write it; a scan only looks at names."""
    return file_format if writes(file_format) else "PNG"


def save(*parts: str | Path, colour: tuple[int, int, int] = (90, 60, 30)) -> Path:
    path = Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path, _written(FORMATS[path.suffix.lower()]))
    return path


def found(examples: Examples, root: Path) -> list[tuple[str, str]]:
    """(path below the root, class name), in the order of the examples."""
    names = [examples.class_names[label] for label in examples.labels]
    return [(os.path.relpath(path, root), name) for path, name in zip(examples.paths, names, strict=True)]


def refused(root: str | Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        scan_directory(root, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Make two classes with one photo each."""
    save(tmp_path / "cats" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg")
    return tmp_path


# ---- what is listed, and in which order


def test_classes_are_numbered_by_their_sorted_names(tmp_path: Path) -> None:
    for name in ("zebra", "Ant", "bee", "10", "9"):
        save(tmp_path / name / "x.jpg")
    examples = scan_directory(tmp_path)
    assert examples.class_names == ("10", "9", "Ant", "bee", "zebra")
    assert examples.labels.tolist() == [0, 1, 2, 3, 4]
    assert examples.labels.dtype == np.int32


def test_given_class_names_set_the_order_and_leave_the_others_out(tmp_path: Path) -> None:
    for name in ("cats", "dogs", "owls"):
        save(tmp_path / name / "x.jpg")
    examples = scan_directory(tmp_path, class_names=("owls", "cats"))
    assert found(examples, tmp_path) == [("owls/x.jpg", "owls"), ("cats/x.jpg", "cats")]
    assert examples.labels.tolist() == [0, 1]
    assert any("class_names does not name" in note and "dogs" in note for note in examples.notes)


def test_class_names_that_are_no_folders_are_refused(two: Path) -> None:
    message = refused(two, class_names=("cats", "cows"))
    assert "['cows']" in message
    assert "['cats', 'dogs']" in message


def test_the_order_is_by_name_whatever_the_file_system_says(tmp_path: Path) -> None:
    for name in ("10.jpg", "B.jpg", "a.jpg", "9.jpg"):
        save(tmp_path / "cats" / name)
    save(tmp_path / "dogs" / "x.jpg")
    paths = [Path(path).name for path in scan_directory(tmp_path).paths]
    assert paths == ["10.jpg", "9.jpg", "B.jpg", "a.jpg", "x.jpg"]


def test_every_extension_counts_in_any_case(tmp_path: Path) -> None:
    wanted = {f"{k}{extension}" for k, extension in enumerate(EXTENSIONS)}
    wanted |= {f"upper{k}{extension.upper()}" for k, extension in enumerate(EXTENSIONS)}
    for name in wanted:
        save(tmp_path / "cats" / name)
    save(tmp_path / "dogs" / "x.jpg")
    names = {Path(path).name for path in scan_directory(tmp_path, class_names=("cats", "dogs")).paths}
    assert names == wanted | {"x.jpg"}
    assert set(EXTENSIONS) == set(FORMATS)


def test_photos_anywhere_below_a_class_folder_count_as_that_class(two: Path) -> None:
    save(two / "cats" / "indoor" / "2024" / "c.jpg")
    assert ("cats/indoor/2024/c.jpg", "cats") in found(scan_directory(two), two)


def test_a_class_that_holds_folders_alone_is_said(two: Path) -> None:
    save(two / "animals" / "horses" / "c.jpg")
    save(two / "animals" / "tigers" / "d.jpg")
    notes = scan_directory(two).notes
    assert any("'animals'" in note and "horses, tigers" in note for note in notes)


def test_a_folder_named_like_a_picture_is_a_folder(two: Path) -> None:
    save(two / "cats" / "album.jpg" / "c.jpg")
    assert found(scan_directory(two), two) == [
        ("cats/a.jpg", "cats"),
        ("cats/album.jpg/c.jpg", "cats"),
        ("dogs/b.jpg", "dogs"),
    ]


# ---- what is passed over, and said


def test_hidden_files_and_folders_are_passed_over_and_said(two: Path) -> None:
    save(two / "cats" / ".hidden.jpg")
    save(two / "dogs" / ".thumbs" / "c.jpg")
    save(two / ".trash" / "d.jpg")
    examples = scan_directory(two)
    assert found(examples, two) == [("cats/a.jpg", "cats"), ("dogs/b.jpg", "dogs")]
    assert any(note.startswith("passed over 3 hidden") and ".trash" in note for note in examples.notes)


def test_other_files_are_passed_over_and_said(two: Path) -> None:
    (two / "cats" / "notes.txt").write_text("no picture")
    (two / "cats" / "jpg").write_text("no extension")
    (two / "labels.csv").write_text("directly in the folder")
    save(two / "stray.png")
    examples = scan_directory(two)
    assert len(examples) == 2
    said = " ".join(examples.notes)
    assert "passed over 2 files that are not jpg" in said
    assert "1 file, directly in the folder" in said
    assert "1 picture in no class folder, directly in the folder" in said
    assert "stray.png" in said


def test_what_is_neither_a_file_nor_a_folder_is_passed_over(two: Path) -> None:
    """Pass over a pipe that is named like a photo; reading it would never end."""
    os.mkfifo(two / "cats" / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(two / "cats" / "s.png"))
        examples = scan_directory(two)
    assert found(examples, two) == [("cats/a.jpg", "cats"), ("dogs/b.jpg", "dogs")]
    assert any("2 " in note and "neither" in note for note in examples.notes)


def test_nothing_odd_means_no_notes(two: Path) -> None:
    assert scan_directory(two).notes == ()


# ---- links


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """cats/ and dogs/ with a photo each, and links out of the tree: a class, a folder, a file."""
    save(tmp_path / "elsewhere" / "owls" / "o.jpg")
    save(tmp_path / "elsewhere" / "more" / "m.jpg")
    root = tmp_path / "root"
    save(root / "cats" / "a.jpg")
    save(root / "dogs" / "b.jpg")
    (root / "owls").symlink_to(tmp_path / "elsewhere" / "owls")
    (root / "cats" / "more").symlink_to(tmp_path / "elsewhere" / "more")
    (root / "cats" / "linked.jpg").symlink_to(tmp_path / "elsewhere" / "owls" / "o.jpg")
    return root


def test_linked_classes_and_files_are_read_and_links_within_a_class_passed_over(linked: Path) -> None:
    examples = scan_directory(linked)
    assert found(examples, linked) == [
        ("cats/a.jpg", "cats"),
        ("cats/linked.jpg", "cats"),
        ("dogs/b.jpg", "dogs"),
        ("owls/o.jpg", "owls"),
    ]
    assert any("1 linked folder within a class" in note and "follow_links" in note for note in examples.notes)


def test_linked_folders_are_entered_on_request(linked: Path) -> None:
    examples = scan_directory(linked, follow_links=True)
    assert set(found(examples, linked)) == {
        ("cats/a.jpg", "cats"),
        ("cats/linked.jpg", "cats"),
        ("cats/more/m.jpg", "cats"),
        ("dogs/b.jpg", "dogs"),
        ("owls/o.jpg", "owls"),
    }


def test_links_back_to_a_folder_above_end(two: Path) -> None:
    """Pass over links to the class, to the folder of the classes (every dog would become a cat), and to each other."""
    (two / "cats" / "again").symlink_to(two / "cats")
    (two / "cats" / "all").symlink_to("..")
    (two / "dogs" / "cats").symlink_to(two / "cats")
    examples = scan_directory(two, follow_links=True)
    assert set(found(examples, two)) == {
        ("cats/a.jpg", "cats"),
        ("dogs/b.jpg", "dogs"),
        ("dogs/cats/a.jpg", "dogs"),
    }
    assert any("lead back" in note for note in examples.notes)


@pytest.mark.parametrize("follow_links", [False, True])
@pytest.mark.parametrize("name", ["self", "self.jpg"])
def test_a_link_to_itself_ends(two: Path, name: str, follow_links: bool) -> None:
    """List a broken link in a class as a photo that cannot be read, and pass over one among the classes."""
    (two / name).symlink_to(name)
    (two / "cats" / name).symlink_to(name)
    paths = [Path(path).name for path in scan_directory(two, follow_links=follow_links).paths]
    assert paths == (["a.jpg", "self.jpg", "b.jpg"] if name == "self.jpg" else ["a.jpg", "b.jpg"])


def test_a_link_whose_target_is_gone_is_listed_for_reading_to_name(two: Path) -> None:
    (two / "cats" / "gone.jpg").symlink_to(two / "nowhere.jpg")
    assert ("cats/gone.jpg", "cats") in found(scan_directory(two), two)


# ---- names of all kinds


def test_names_in_any_script_and_in_none_are_listed_and_read(tmp_path: Path) -> None:
    """Read names with non-ASCII letters, blanks, a percent sign, a quote, a line break, or bytes that are not UTF-8."""
    from pipeline.reading.verify import read_all

    names = [b"\xff.jpg", "고양이.jpg".encode(), b"two words.jpg", b"100%.jpg", b'it\'s "x".jpg', b"a\nb.jpg"]
    source = save(tmp_path / "flat.jpg", colour=(200, 0, 0))
    for folder in (b"caf\xe9", "개".encode()):
        os.mkdir(os.path.join(os.fsencode(tmp_path), folder))
    for name in names:
        shutil.copy(source, tmp_path / os.fsdecode(b"caf\xe9") / os.fsdecode(name))
    shutil.copy(source, tmp_path / "개" / "x.jpg")
    examples = scan_directory(tmp_path)
    assert {os.path.basename(path) for path in map(os.fsencode, examples.paths)} == {*names, b"x.jpg"}
    assert set(examples.class_names) == {os.fsdecode(b"caf\xe9"), "개"}
    array = np.zeros((len(examples), 8, 8, 3), np.uint8)
    assert read_all(ImageReader(examples.source, ImageConfig(size=8)), array.__setitem__, "reading") == []
    assert np.abs(array.astype(int) - (200, 0, 0)).max() <= 3


# ---- the same files and labels as Keras


def test_the_same_files_and_labels_as_keras(tmp_path: Path) -> None:
    import keras

    rng = np.random.default_rng(0)
    for name in ("cats", "Dogs", "개"):
        for k in range(int(rng.integers(2, 6))):
            save(tmp_path / name / f"{k}{rng.choice(['.jpg', '.JPEG', '.png', '.bmp', '.gif'])}")
        save(tmp_path / name / "deep" / "er" / "x.jpg")
        (tmp_path / name / "notes.txt").write_text("no picture")
    save(tmp_path / ".hidden" / "x.jpg")
    theirs = keras.utils.image_dataset_from_directory(
        tmp_path, shuffle=False, batch_size=None, image_size=(8, 8), verbose=False
    )
    labels = [int(label) for _, label in theirs]
    ours = scan_directory(tmp_path)
    assert list(ours.class_names) == theirs.class_names
    assert set(zip(ours.paths, ours.labels.tolist(), strict=True)) == set(zip(theirs.file_paths, labels, strict=True))


def test_the_same_files_and_labels_as_keras_on_real_photos(photos: Path) -> None:
    import keras

    theirs = keras.utils.image_dataset_from_directory(photos / "validation", shuffle=False, verbose=False)
    ours = scan_directory(photos / "validation")
    assert list(ours.class_names) == theirs.class_names == ["cats", "dogs"]
    assert sorted(ours.paths) == sorted(theirs.file_paths)
    label_of = dict(zip(ours.paths, ours.labels.tolist(), strict=True))
    assert label_of == {path: int("/dogs/" in path) for path in theirs.file_paths}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "B", "c d", "é"]),
            st.lists(st.sampled_from(["x", "Y", ".h", "1"]), max_size=2),
            st.sampled_from(["1.jpg", "2.JPG", "3.png", ".4.jpg", "5.txt", "jpg", "6.jpg.bak"]),
        ),
        max_size=12,
    )
)
def test_lists_every_visible_picture_once_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[str], str]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    wanted = {("a/0.jpg", "a"), ("z/0.jpg", "z")}
    for name in ("a", "z"):
        (root / name).mkdir()
        (root / name / "0.jpg").touch()
    for name, below, file in files:
        path = Path(name, *below, file)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
        hidden = any(part.startswith(".") for part in path.parts)
        if not hidden and file.lower().endswith((".jpg", ".png")):
            wanted.add((str(path), name))
    classes = {path.name for path in root.iterdir()}
    named = sorted(name for name in classes if any(owner == name for _, owner in wanted))
    listed = found(scan_directory(root, class_names=named), root)
    assert len(listed) == len(set(listed))
    assert set(listed) == wanted


# ---- what is refused


def test_a_folder_of_splits_is_refused_with_the_hint(tmp_path: Path) -> None:
    for split in ("train", "Validation"):
        save(tmp_path / split / "cats" / "a.jpg")
        save(tmp_path / split / "dogs" / "b.jpg")
    message = refused(tmp_path)
    assert "['Validation', 'train']" in message
    assert str(tmp_path / "Validation") in message
    (tmp_path / "Validation").rename(tmp_path / "cows")
    assert scan_directory(tmp_path).class_names == ("cows", "train")  # one class of that name may be meant


def test_a_missing_folder_names_it_and_the_one_above(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError) as caught:
        scan_directory(tmp_path / "fotos")
    assert repr(str(tmp_path / "fotos")) in str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)
    assert f"{str(tmp_path)!r} exists" in str(caught.value)


def test_a_file_is_no_folder(two: Path) -> None:
    message = refused(two / "cats" / "a.jpg")
    assert "Received a file" in message
    assert "a.jpg" in message


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    message = refused(tmp_path)
    assert f"{str(tmp_path)!r} holds no class folders" in message
    assert str(tmp_path / "cats") in message


def test_photos_without_class_folders_say_where_they_belong(tmp_path: Path) -> None:
    save(tmp_path / "a.jpg")
    assert "put the photos of each class into a folder of its own" in refused(tmp_path)


def test_folders_without_pictures_say_what_was_looked_for(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.heic").touch()
    message = refused(tmp_path)
    assert "no photos below" in message
    assert "jpg jpeg jpe jfif mpo png apng bmp dib gif webp avif tif" in message
    assert "['cats', 'dogs']" in message
    assert "there are 2 photos in a format that is not read (HEIC, raw, …): convert to JPEG first" in message


def test_photos_of_phones_are_passed_over_with_the_way_out(two: Path) -> None:
    (two / "cats" / "b.HEIC").touch()
    (two / "dogs" / "c.txt").touch()
    foreign, other = scan_directory(two).notes
    assert foreign.startswith("passed over 1 photo in a format that is not read (HEIC, raw, …)")
    assert "file that is not jpg" in other


def test_the_folder_that_was_meant_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nest/photos/train/cats", "nest/photos/train/dogs", "nest/photos/validation/cats", "one/cats/deep"):
        save(tmp_path / name / "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert "Name 'nest/photos/train', which holds ['train', 'validation']" in refused("nest")
    assert "If 'cats' is itself a class, name 'nest/photos/train'" in refused("nest/photos/train/cats")
    assert "Name the folder above it" in refused("one")
    assert "itself a class" not in refused("one/cats/deep")
    monkeypatch.chdir(tmp_path / "nest" / "photos" / "train" / "cats")
    assert "If 'cats' is itself a class, name '..'" in refused(".")


def test_a_class_without_photos_is_named_with_the_way_out(two: Path) -> None:
    (two / "owls").mkdir()
    message = refused(two)
    assert "['owls']" in message
    assert "class_names" in message
    assert len(scan_directory(two, class_names=("cats", "dogs"))) == 2


def test_one_class_is_refused_unless_there_are_no_labels(tmp_path: Path) -> None:
    save(tmp_path / "cats" / "a.jpg")
    message = refused(tmp_path)
    assert "one class only, 'cats'" in message
    assert "label_mode" in message
    assert len(scan_directory(tmp_path, one_class=True)) == 1


def test_a_folder_that_cannot_be_opened_is_named(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    closed = save(open_folder / "cats" / "a.jpg").parent
    save(open_folder / "dogs" / "b.jpg")
    closed.chmod(0)
    with as_nobody():
        message = refused(open_folder)
    assert f"cannot open the folder {str(closed)!r}" in message


def test_different_classes_are_named_on_both_sides(tmp_path: Path) -> None:
    for name in ("train/cats", "train/dogs", "validation/cats", "validation/cows"):
        save(tmp_path / name / "a.jpg")
    train, validation = (scan_directory(tmp_path / split) for split in ("train", "validation"))
    with pytest.raises(InputError, match=r"\['dogs'\] only in training, \['cows'\] only in 'folder'"):
        check_same_classes(train, validation, "folder")
    check_same_classes(train, train, "folder")
