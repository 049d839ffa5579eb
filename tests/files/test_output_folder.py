"""The folder that a command writes its files to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.files.output_folder import check_outside, output_folder


def test_it_is_made_and_what_is_there_stays(tmp_path: Path) -> None:
    with output_folder(str(tmp_path / "a" / "b"), []) as folder:
        (folder / "old").write_text("x")
    with output_folder(folder, [None, str(tmp_path / "photos")]) as again:
        assert again == folder
    assert (folder / "old").read_text() == "x"


def test_what_was_made_for_nothing_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyError), output_folder(tmp_path / "mine" / "a" / "b", []):
        raise KeyError
    assert list((tmp_path / "mine").iterdir()) == []
    with pytest.raises(KeyError), output_folder(tmp_path / "mine", []):
        raise KeyError
    with contextlib.suppress(KeyError), output_folder(tmp_path / "mine" / "a" / "b", []) as folder:
        (folder.parent / "file").write_text("x")
        raise KeyError
    assert [path.name for path in (tmp_path / "mine" / "a").iterdir()] == ["file"]


def test_within_photos_it_would_become_a_class(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    photos = [None, str(tmp_path / "photos")]
    with pytest.raises(InputError, match="must lie outside the photos"), output_folder(tmp_path / "link" / "x", photos):
        pass
    assert list((tmp_path / "photos").iterdir()) == []
    with pytest.raises(InputError, match="--to must lie outside the photos"):
        check_outside("--to", tmp_path / "photos", photos)
    check_outside("--to", tmp_path / "photos2", photos)


@pytest.mark.parametrize("made", ["", "file", "file/inner"])
def test_what_is_no_folder(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"must (name a folder|be a folder that can)"), output_folder(made, []):
        pass


def test_a_folder_that_is_closed(
    open_folder: Path, as_nobody: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    (open_folder / "closed").mkdir(mode=0o555)
    inner = output_folder(open_folder / "closed" / "inner", [])
    with as_nobody(), pytest.raises(InputError, match="permission denied"), inner:
        pass
