"""An archive named instead of a folder: every message says to unpack it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

import pipeline
from pipeline.errors import InputError
from pipeline.files.archives import archive_kind, unpack_hint
from pipeline.inspect.subject import settle
from pipeline.runs.run_folder import read_record


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    (tmp_path / "photos" / "cats" / "1.jpg").write_bytes(b"x" * 2000)
    for kind in ("zip", "tar", "gztar", "bztar", "xztar"):
        shutil.make_archive(str(tmp_path / "photos"), kind, tmp_path / "photos")
    return tmp_path


def test_archives_are_told_by_content_whatever_their_name(packed: Path) -> None:
    for name, kind in (
        *(("photos.zip", "zip"), ("photos.tar", "tar"), ("photos.tar.gz", "tar")),
        *(("photos.tar.bz2", "tar"), ("photos.tar.xz", "tar")),
    ):
        path = packed / name
        assert zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
        assert f"it is a {kind} archive" in unpack_hint(str(path))
    shutil.copy(packed / "photos.zip", packed / "noname")
    assert "unzip it first" in unpack_hint(str(packed / "noname"))
    for data, kind in ((gzip.compress(b"x"), "gzip"), (bz2.compress(b"x"), "bzip2"), (lzma.compress(b"x"), "xz")):
        assert archive_kind(data) == kind
    assert archive_kind(b"ALZ\x01") == "alz"
    (packed / "a.jpg").write_bytes(b"\xff\xd8\xff")
    assert unpack_hint(str(packed / "a.jpg")) == ""


def test_every_place_for_a_folder_says_unzip_it_first(packed: Path) -> None:
    name = str(packed / "photos.zip")
    for refused in (
        lambda: pipeline.from_directory(name),
        lambda: pipeline.from_directory(packed / "photos", name, label_mode=None),
        lambda: pipeline.image_dataset_from_directory(name),
        lambda: settle(name),
        lambda: read_record(Path(name)),
    ):
        with pytest.raises(InputError, match="it is a zip archive: unzip it first, and name the folder"):
            refused()
