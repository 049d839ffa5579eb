"""A fingerprint changes when its file does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.files.fingerprints import content_fingerprint, status_fingerprint


def test_size_times_and_path_are_in_the_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1234")
    before = status_fingerprint(bytes(path))
    monkeypatch.chdir(tmp_path)
    assert status_fingerprint(b"a.jpg") == before
    seen: set[bytes | None] = {before}
    with path.open("ab") as file:
        file.write(b"5")
    seen.add(status_fingerprint(bytes(path)))
    os.utime(path, ns=(1, 1))
    seen.add(status_fingerprint(bytes(path)))
    os.link(path, tmp_path / "b.jpg")
    seen.add(status_fingerprint(bytes(tmp_path / "b.jpg")))
    assert len(seen - {None}) == 4


def test_a_copy_with_the_old_times_has_another_status_and_the_same_content(tmp_path: Path) -> None:
    path, other = tmp_path / "a.jpg", tmp_path / "swap"
    for one, data in ((path, b"1234"), (other, b"5678")):
        one.write_bytes(data)
        os.utime(one, ns=(10**18, 10**18))
    status, content = status_fingerprint(bytes(path)), content_fingerprint(bytes(path))
    assert content_fingerprint(bytes(other)) != content
    other.write_bytes(b"1234")
    os.utime(other, ns=(10**18, 10**18))
    other.replace(path)
    assert status_fingerprint(bytes(path)) != status
    assert content_fingerprint(bytes(path)) == content


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert status_fingerprint(bytes(tmp_path / "a")) is None
    assert content_fingerprint(bytes(tmp_path / "a")) is None
    assert content_fingerprint(bytes(tmp_path)) is None
