from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.legacy import list_pictures, validate_filename
from pipeline.legacy.listing import files_of_class


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a.png", "z/c.tif", "z/d.webp", "z/e.gif", "notes.txt", "jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_list_pictures(folder: Path) -> None:
    found = {Path(path).relative_to(folder).as_posix() for path in list_pictures(folder)}
    assert found == {"b.JPG", "a.png", "z/c.tif"}
    assert [Path(path).name for path in list_pictures(folder, "gif")] == ["e.gif"]
    assert len(list_pictures(folder, ext=("gif", "webp"))) == 2


def test_validate_filename(folder: Path) -> None:
    assert validate_filename(str(folder / "b.JPG"), ("jpg",))
    assert validate_filename(str(folder / "a.png"))
    assert not validate_filename(str(folder / "a.png"), ("jpg",))
    assert not validate_filename(str(folder / "gone.png"))


def test_a_class_is_listed_in_order_and_by_share(folder: Path) -> None:
    name = folder.name
    # "jpg" has no dot, and still ends with an extension: Keras' rule, kept.
    everything = [f"{name}/a.png", f"{name}/b.JPG", f"{name}/jpg", f"{name}/z/c.tif"]
    assert files_of_class(str(folder), None, False) == everything
    assert files_of_class(str(folder), (0, 0.5), False) == everything[:2]
    assert files_of_class(str(folder), (0.5, 1), False) == everything[2:]


def test_tiff_files_warn_as_in_keras(tmp_path: Path) -> None:
    (tmp_path / "one.tiff").touch()
    with pytest.warns(UserWarning, match=r'Using "\.tiff" files with multiple bands will cause distortion'):
        files_of_class(str(tmp_path), None, False)
