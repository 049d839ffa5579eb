"""Tests of making folders of photos for the axes."""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.arms.cells import CENTRE
from bench.arms.listing import listed
from bench.measure.photos import DISTINCT, Photos, describe, evict


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three cats and a dog of 60 by 40 pixels, and a file that is not a photo."""
    for name, count in (("cats", 3), ("dogs", 1)):
        (tmp_path / "train" / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "train" / name / f"{number}.jpg")
    (tmp_path / "train" / "cats" / "notes.txt").write_text("no photo")
    (tmp_path / "train" / "notes.txt").write_text("no class")
    return tmp_path / "train"


def test_photos_come_class_by_class_in_turn(folder: Path) -> None:
    assert [f"{one.parent.name}/{one.name}" for one in listed(folder)] == [
        "cats/0.jpg",
        "dogs/0.jpg",
        "cats/1.jpg",
        "cats/2.jpg",
    ]
    assert describe(str(folder)) | {"bytes": 0} == {"folder": "train", "count": 4, "bytes": 0, "megapixels": 0.002}


def test_the_centre_reads_the_folder_itself(folder: Path, tmp_path: Path) -> None:
    photos = Photos(str(folder), tmp_path / "work")
    assert photos(CENTRE) == photos(CENTRE.changed(side=224, batch=32, cores=1)) == str(folder)
    assert not (tmp_path / "work").exists()


def test_many_photos_are_links_to_few(folder: Path, tmp_path: Path) -> None:
    made = listed(Photos(str(folder), tmp_path)(CENTRE.changed(count=10)))
    assert len(made) == 10
    assert {os.stat(one).st_ino for one in made} == {os.stat(one).st_ino for one in listed(folder)}
    assert all(one.parent.name in ("cats", "dogs") for one in made)


def test_links_over_file_systems_are_symbolic(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    made = listed(Photos(str(folder), tmp_path)(CENTRE.changed(count=5)))
    assert all(one.is_symlink() and one.is_file() for one in made)


def test_enlarged_photos_have_the_pixels_and_the_shape(folder: Path, tmp_path: Path) -> None:
    made = listed(Photos(str(folder), tmp_path)(CENTRE.changed(megapixels=0.5)))
    assert len(made) == 4 <= DISTINCT
    for path in made:
        with Image.open(path) as image:
            assert image.width * image.height == pytest.approx(0.5e6, rel=0.01)
            assert image.width / image.height == pytest.approx(1.5, rel=0.01)


def _resident(path: Path) -> int:
    """Return the number of a file's pages in the page cache (mincore)."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        pages = -(-len(mapped) // mmap.PAGESIZE)
        vector = (ctypes.c_ubyte * pages)()
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        assert ctypes.CDLL(None).mincore(ctypes.c_void_p(address), ctypes.c_size_t(len(mapped)), vector) == 0
        return sum(one & 1 for one in vector)


def test_cold_photos_are_copies_and_leave_the_page_cache(folder: Path, tmp_path: Path) -> None:
    cold = Photos(str(folder), tmp_path)(CENTRE.changed(pages="cold", count=8))
    made = listed(cold)
    assert len({os.stat(one).st_ino for one in made}) == 8
    for one in made:
        one.read_bytes()
    if not all(_resident(one) for one in made):
        pytest.skip("this file system does not say what is in its page cache")
    evict(cold)
    if os.statvfs(cold).f_fsid == 0:
        pytest.skip("a file system in memory keeps its pages")
    assert [_resident(one) for one in made] == [0] * 8
