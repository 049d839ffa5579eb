"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from pipeline.files.atomic import is_leftover, removed_on_error, replace_bytes, write_bytes, write_text, written_aside


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with written_aside(path) as aside:
        aside.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert aside.parent == tmp_path
        assert is_leftover(aside.name)
        assert not is_leftover(path.name)
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"new", ["a.json"])


def test_after_an_error_the_old_file_is_there_alone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), written_aside(path) as aside:
        aside.write_bytes(bytes(1 // 0))
    with pytest.raises(ZeroDivisionError), written_aside(path) as aside:  # noqa: PT012
        aside.write_bytes(b"half")
        raise ZeroDivisionError
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a"])


def test_a_temporary_name_can_be_given(tmp_path: Path) -> None:
    write_bytes(tmp_path / "index", b"x", tmp_path / ".index")
    assert os.listdir(tmp_path) == ["index"]
    with pytest.raises(OSError, match="Is a directory"):
        write_bytes(tmp_path / "index", b"y", tmp_path)
    assert (tmp_path / "index").read_bytes() == b"x"


def test_the_error_of_a_missing_folder_is_the_systems_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as failed:
        write_bytes(tmp_path / "none" / "a", b"")
    assert failed.value.errno == errno.ENOENT


def test_what_utf_8_cannot_hold_is_escaped(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "강 \udcff\n")
    assert (tmp_path / "a").read_bytes() == "강 \\udcff\n".encode()


def test_a_context_that_fails_deletes_its_file_and_one_that_ends_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with removed_on_error(path):
        path.write_bytes(b"x")
    assert path.exists()
    with pytest.raises(KeyboardInterrupt), removed_on_error(path):
        raise KeyboardInterrupt
    assert not path.exists()


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o751)
    replace_bytes(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o751)
    assert os.listdir(tmp_path) == ["a.py"]
    with pytest.raises(FileNotFoundError):
        replace_bytes(tmp_path / "other", b"new")
