"""The folder that a command writes its answer to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.output import make_output


def test_it_is_made_and_what_is_there_stays(tmp_path: Path) -> None:
    folder = make_output(str(tmp_path / "a" / "b"), [])
    (folder / "old").write_text("x")
    assert make_output(folder, [str(tmp_path / "photos")]) == folder
    assert (folder / "old").read_text() == "x"


def test_within_photos_it_would_become_a_class(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    with pytest.raises(InputError, match="must lie outside the photos"):
        make_output(tmp_path / "link" / "report", [str(tmp_path / "photos")])
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_file_and_a_folder_that_is_closed(
    open_folder: Path, as_nobody: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    (open_folder / "file").write_text("x")
    with pytest.raises(InputError, match="must be a folder that can be written to"):
        make_output(open_folder / "file", [])
    (open_folder / "closed").mkdir(mode=0o555)
    with as_nobody(), pytest.raises(InputError, match="permission denied"):
        make_output(open_folder / "closed" / "inner", [])
