"""Names in both Unicode forms (NFC and NFD), and names that are not UTF-8."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

import pipeline
from pipeline.builders.directory import scan
from pipeline.config import DataConfig
from pipeline.errors import InputError
from pipeline.reports.listing import list_files, roots_of
from pipeline.sources.class_names import of_other_encoding
from pipeline.sources.directory import scan_directory

# Their order differs by spelling: NFC has "é" behind "z", NFD before it.
NAMES = ("강아지", "고양이", "éclair", "zebra")


def spelled(root: Path, form: Literal["NFC", "NFD"], count: int = 2) -> Path:
    for number, name in enumerate(NAMES):
        folder = root / unicodedata.normalize(form, name)
        folder.mkdir(parents=True)
        for k in range(count):
            Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(folder / f"{k}.png")
    return root


@pytest.mark.parametrize(("train", "validation"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_validation_folder_from_another_system_has_the_same_classes(
    tmp_path: Path, train: Literal["NFC", "NFD"], validation: Literal["NFC", "NFD"]
) -> None:
    """Make photos whose level tells their class, so that labels can be compared with photos."""
    spelled(tmp_path / "train", train)
    spelled(tmp_path / "validation", validation)
    data = pipeline.from_directory(
        tmp_path / "train", tmp_path / "validation", image_size=8, rescale=None, cache="none", shuffle=False
    )
    assert sorted(data.class_names) == sorted(NAMES)
    wanted = [40 * NAMES.index(name) for name in data.class_names]
    assert data.validation is not None
    for images, labels in [*data.train, *data.validation]:
        assert np.asarray(images)[:, 0, 0, 0].tolist() == [wanted[int(label)] for label in labels]


def test_class_names_choose_folders_of_the_other_spelling(tmp_path: Path) -> None:
    root = spelled(tmp_path, "NFD")
    for names in (("고양이", "강아지"), tuple(unicodedata.normalize("NFD", one) for one in ("고양이", "강아지"))):
        examples = scan_directory(root, class_names=names)
        assert examples.class_names == names
        assert [Path(path).parent.name for path in examples.paths[::2]] == [
            unicodedata.normalize("NFD", one) for one in ("고양이", "강아지")
        ]
        listing = list_files(roots_of(str(root)), names, False)
        assert [one.path for one in listing.files] == list(examples.paths)


def test_inspection_sees_one_class_in_both_splits(tmp_path: Path) -> None:
    spelled(tmp_path / "train", "NFC")
    spelled(tmp_path / "validation", "NFD")
    listing = list_files(roots_of(str(tmp_path)), None, False)
    assert sorted(listing.class_names) == sorted(NAMES)
    assert listing.differing == ()
    assert {one.class_name for one in listing.files} == set(NAMES)


def test_two_folders_that_differ_in_spelling_alone_are_refused(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        folder = tmp_path / unicodedata.normalize(form, "강아지")
        folder.mkdir()
        Image.new("RGB", (8, 8)).save(folder / "a.png")
    for look in (
        lambda: scan_directory(tmp_path),
        lambda: list_files(roots_of(str(tmp_path)), None, False),
        lambda: scan(DataConfig(train=str(tmp_path))),
    ):
        with pytest.raises(InputError, match="NFC and NFD") as caught:
            look()
        assert ascii("강아지") in str(caught.value)
        assert ascii(unicodedata.normalize("NFD", "강아지")) in str(caught.value)


def test_names_of_old_archives_are_read_for_people(tmp_path: Path) -> None:
    for name in ("강아지", "고양이"):
        folder = os.path.join(os.fsencode(tmp_path), name.encode("cp949"))
        os.mkdir(folder)
        Image.new("RGB", (8, 8)).save(os.path.join(os.fsdecode(folder), "a.png"))
    note = next(note for note in scan_directory(tmp_path).notes if "UTF-8" in note)
    assert "강아지" in note
    assert "고양이" in note
    assert "convmv -f cp949 -t utf8" in note
    assert of_other_encoding("강아지") is None


def test_inspection_numbers_the_classes_as_training_does(tmp_path: Path) -> None:
    root = spelled(tmp_path, "NFD")
    assert list_files(roots_of(str(root)), None, False).class_names == scan_directory(root).class_names
