"""A file is replaced at once, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.migrate.replace_file import replace_file


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_contents_change_and_permissions_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"old")
    path.chmod(mode)
    replace_file(path, b"new\r\n")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new\r\n", mode)
    assert os.listdir(tmp_path) == ["x.py"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.py").write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to("deep/x.py")
    replace_file(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "deep" / "x.py").read_bytes() == b"new"


def test_a_rename_that_fails_leaves_the_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        replace_file(path, b"new")
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["x.py"])


def test_a_protected_file_stays(
    open_folder: Path, as_nobody: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    open_folder.chmod(0o777)
    path = open_folder / "x.py"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with as_nobody(), pytest.raises(InputError, match="cannot be written: Permission denied"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_that_cannot_be_written(
    open_folder: Path, as_nobody: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    path = open_folder / "x.py"
    path.write_bytes(b"old")
    path.chmod(0o666)
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(InputError, match="cannot be written: Permission denied"):
        replace_file(path, b"new")
    open_folder.chmod(0o755)
    assert path.read_bytes() == b"old"
