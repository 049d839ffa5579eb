"""Filling a set on disk: only what is missing is read, whatever happened to it, to the photos or to the disk."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cache import sets
from pipeline.cache.disk import DiskCache, Kept
from pipeline.cache.fill import fill_disk
from pipeline.cache.records import RECORD, row_fingerprints
from pipeline.reading.unreadable import Unreadable
from pipeline.runtime.shared_array import take
from pipeline.sources.files import FileSource
from tests.support.places import ROOT
from tests.support.readers import FunctionReader

SHAPE = (4, 3, 3)
ROW = 36 + RECORD.itemsize


def read_raw(path: tf.Tensor) -> tf.Tensor:
    """A photo is 36 bytes; another length cannot be read."""
    return tf.reshape(tf.io.decode_raw(tf.io.read_file(path), tf.uint8), SHAPE)


def content(number: int) -> bytes:
    return np.random.default_rng(number).bytes(36)


def photos_in(folder: Path, numbers: range) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:06d}.raw" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        path.write_bytes(content(number))
    return [str(path) for path in paths]


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    return photos_in(tmp_path / "photos", range(10))


class Filled:
    """A filling by a process that knows nothing of earlier ones: what is served, what was done, what cannot be read."""

    def __init__(
        self,
        folder: Path,
        paths: list[str],
        *,
        check: bool = True,
        read: Callable[[tf.Tensor], tf.Tensor] = read_raw,
        **options: Any,
    ) -> None:
        self.cache = DiskCache(folder, SHAPE, np.dtype(np.uint8), "raw", **options)
        self.kept, self.bad = self.fill(paths, check=check, read=read)
        self.tally = self.cache.tally

    def fill(
        self, paths: list[str], *, check: bool = True, read: Callable[[tf.Tensor], tf.Tensor] = read_raw
    ) -> tuple[Kept | None, list[Unreadable]]:
        kept, bad = fill_disk(self.cache, FunctionReader.of(paths, read, SHAPE), check=check, title="Reading")
        self.served = served(kept, paths)
        return kept, bad


def served(kept: Kept | None, paths: list[str]) -> list[bool]:
    """Return which photos are served from disk. Fails where an image is not its photo's."""
    if kept is None:
        return [False] * len(paths)
    images = take(kept.images, np.maximum(kept.rows, 0))
    sound = (row_fingerprints(images).numpy() == kept.prints) & (kept.rows >= 0)
    for image, good, path in zip(images.numpy(), sound, paths, strict=True):
        assert not good or image.tobytes() == Path(path).read_bytes(), path
    return [bool(good) for good in sound]


def flip(file: Path, place: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        byte = opened.read(1)[0]
        opened.seek(place)
        opened.write(bytes([byte ^ 0x10]))


# ---- only what is missing


def test_what_is_called_between_batches_may_end_it(tmp_path: Path) -> None:
    many = photos_in(tmp_path / "photos", range(300))
    cache = DiskCache(tmp_path / "cache", SHAPE, np.dtype(np.uint8), "raw")

    def end() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_disk(cache, FunctionReader.of(many, read_raw, SHAPE), check=True, title="Reading", between=end)
    there = Filled(tmp_path / "cache", many)
    assert 0 < there.tally.found < 300
    assert all(there.served)


def test_the_second_filling_decodes_nothing(tmp_path: Path, paths: list[str]) -> None:
    first = Filled(tmp_path / "cache", paths)
    assert all(first.served)
    assert (first.tally.found, first.tally.decoded, first.tally.kept) == (0, 10, 10)
    assert str(first.tally) == "0 photos were there, 10 decoded now"
    again = Filled(tmp_path / "cache", paths)
    assert all(again.served)
    assert (again.tally.found, again.tally.decoded, again.tally.kept) == (10, 0, 10)


@pytest.mark.parametrize("fingerprint", ["stat", "content"])
def test_changed_and_added_photos_alone_are_decoded_and_removed_ones_are_no_trouble(
    tmp_path: Path, paths: list[str], fingerprint: str
) -> None:
    Filled(tmp_path / "cache", paths, fingerprint=fingerprint)
    Path(paths[3]).write_bytes(content(77))
    added = photos_in(tmp_path / "photos", range(10, 12))
    Path(paths[0]).unlink()
    now = [*paths[1:], *added]
    again = Filled(tmp_path / "cache", now, fingerprint=fingerprint)
    assert all(again.served)
    assert (again.tally.found, again.tally.decoded) == (8, 3)


def test_a_photo_that_is_touched_is_decoded_again_unless_its_content_counts(tmp_path: Path, paths: list[str]) -> None:
    for fingerprint, decoded in (("stat", 1), ("content", 0)):
        Filled(tmp_path / fingerprint, paths, fingerprint=fingerprint)
        os.utime(paths[4])
        assert Filled(tmp_path / fingerprint, paths, fingerprint=fingerprint).tally.decoded == decoded


def test_photos_of_one_content_are_kept_once_where_content_counts(tmp_path: Path, paths: list[str]) -> None:
    for path in paths[1:4]:
        Path(path).write_bytes(content(0))
    filled = Filled(tmp_path / "cache", paths, fingerprint="content")
    assert all(filled.served)
    assert filled.cache.size() == 7 * ROW
    assert (filled.tally.decoded, filled.tally.kept) == (10, 10)
    assert Filled(tmp_path / "lazy", paths, fingerprint="content", check=False).tally.decoded == 7


def test_photos_that_cannot_be_read_are_named_each_time_and_the_others_kept(tmp_path: Path, paths: list[str]) -> None:
    Path(paths[2]).write_bytes(b"short")
    Path(paths[8]).unlink()
    for decoded in (8, 0):
        filled = Filled(tmp_path / "cache", paths)
        assert [(one.index, one.path) for one in filled.bad] == [(2, paths[2]), (8, paths[8])]
        assert "No such file" in filled.bad[1].reason
        assert [number for number, good in enumerate(filled.served) if not good] == [2, 8]
        assert (filled.tally.decoded, filled.tally.unreadable) == (decoded, 2)
    assert "not kept" not in str(filled.tally)


@pytest.mark.parametrize("fingerprint", ["stat", "content"])
def test_a_photo_that_changes_while_it_is_read_is_not_kept(tmp_path: Path, paths: list[str], fingerprint: str) -> None:
    """It is read as it was, and is another before it is kept; also where it becomes again what it was."""

    def meddle(path: bytes) -> bytes:
        data = Path(os.fsdecode(path)).read_bytes()
        if os.fsdecode(path) in paths[5:7]:
            Path(os.fsdecode(path)).write_bytes(content(55))
            if os.fsdecode(path) == paths[6]:
                Path(os.fsdecode(path)).write_bytes(data)
        return data

    def read(path: tf.Tensor) -> tf.Tensor:
        return tf.reshape(tf.io.decode_raw(tf.numpy_function(meddle, [path], tf.string), tf.uint8), SHAPE)

    filled = Filled(tmp_path / "cache", paths, read=read, fingerprint=fingerprint)
    assert [number for number, good in enumerate(filled.served) if not good] == [5, 6]
    assert str(filled.tally) == "0 photos were there, 10 decoded now, 2 not kept, so decoded each time"
    again = Filled(tmp_path / "cache", paths, fingerprint=fingerprint)
    assert all(again.served)
    assert again.tally.decoded == 2


# ---- damage


@given(st.sets(st.integers(0, 9), max_size=4), st.integers(0, 35))
@settings(max_examples=25, deadline=None)
def test_damaged_pictures_alone_are_decoded_again_in_their_rows(
    tmp_path_factory: pytest.TempPathFactory, damaged: set[int], place: int
) -> None:
    folder = tmp_path_factory.mktemp("fill")
    photos = photos_in(folder / "photos", range(10))
    first = Filled(folder / "cache", photos)
    assert first.kept is not None
    for number in damaged:
        flip(first.cache.set / "pixels", int(first.kept.rows[number]) * 36 + place)
    lazy = Filled(folder / "cache", photos, check=False)
    assert lazy.tally.decoded == 0
    assert {number for number, good in enumerate(lazy.served) if not good} == damaged
    checked = Filled(folder / "cache", photos)
    assert checked.tally.decoded == len(damaged)
    assert all(checked.served)
    assert all(lazy.served if not damaged else served(lazy.kept, photos))  # mended under who had them mapped
    assert (first.cache.set / "pixels").stat().st_size == 360


# ---- no room, no permission


def test_a_limit_keeps_some_and_says_so_once_for_training_and_validation(
    tmp_path: Path, paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    filled = Filled(tmp_path / "cache", paths[:6], limit=4 * ROW)
    assert filled.served == [True] * 4 + [False] * 2
    filled.fill(paths[6:])
    assert filled.served == [False] * 4
    assert filled.cache.size() == 4 * ROW
    assert str(filled.tally) == "0 photos were there, 10 decoded now, 6 not kept, so decoded each time"
    assert capsys.readouterr().err == (
        f"disk cache {filled.cache.set}: its limit of {4 * ROW / 1e9:.3g} GB is reached; "
        "photos that are not in it are decoded each time\n"
    )


def test_without_a_check_only_those_are_read_that_find_room(tmp_path: Path, paths: list[str]) -> None:
    filled = Filled(tmp_path / "cache", paths, check=False, limit=4 * ROW)
    assert (sum(filled.served), filled.tally.decoded) == (4, 4)
    assert Filled(tmp_path / "cache", paths, check=False, limit=4 * ROW).tally.decoded == 0


def test_within_a_limit_photos_that_nobody_asks_for_make_way(tmp_path: Path, paths: list[str]) -> None:
    Filled(tmp_path / "cache", paths[:4], limit=4 * ROW)
    others = Filled(tmp_path / "cache", paths[2:6], limit=4 * ROW)
    assert all(others.served)
    assert (others.tally.found, others.tally.decoded, others.cache.size()) == (2, 2, 4 * ROW + 2 * RECORD.itemsize)
    again = Filled(tmp_path / "cache", paths[2:6], limit=4 * ROW)
    assert (again.tally.found, again.tally.decoded) == (4, 0)


def test_training_s_photos_do_not_make_way_for_validation_s(tmp_path: Path, paths: list[str]) -> None:
    for _ in range(2):
        filled = Filled(tmp_path / "cache", paths[:5], limit=5 * ROW)
        training = filled.kept
        filled.fill(paths[5:])
        assert all(served(training, paths[:5]))
    assert filled.tally.found == 5


def one_warning(err: str, why: str) -> bool:
    lines = err.splitlines()
    return (
        len(lines) == 1 and lines[0].startswith("warning: disk cache ") and f": {why}; photos that are not" in lines[0]
    )


def test_a_folder_that_is_a_file_is_one_warning_and_what_cannot_be_read_is_found(
    tmp_path: Path, paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("x")
    Path(paths[7]).write_bytes(b"short")
    filled = Filled(tmp_path / "cache", paths[:5])
    assert filled.kept is None
    _, bad = filled.fill(paths[5:])
    assert [one.index for one in bad] == [2]
    assert one_warning(capsys.readouterr().err, "Not a directory")
    assert str(filled.tally) == "0 photos were there, 9 decoded now, 9 not kept, so decoded each time"
    with pytest.raises(NotADirectoryError):
        fill_disk(filled.cache, FunctionReader.of(paths, read_raw, SHAPE), check=True, title="", required=True)


def test_a_folder_without_permission_is_one_warning_and_what_is_there_is_served(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    photos = photos_in(open_folder / "photos", range(6))
    cache = Filled(open_folder / "cache", photos[:3]).cache
    for path in (cache.set, *cache.set.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody():
        filled = Filled(open_folder / "cache", photos)
    cache.set.chmod(0o755)
    assert filled.served == [True] * 3 + [False] * 3
    assert (filled.tally.found, filled.tally.decoded) == (3, 3)
    assert one_warning(capsys.readouterr().err, "Permission denied")


@contextlib.contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes: the kernel refuses as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("check", [True, False])
def test_a_disk_that_fills_up_is_one_warning_and_what_fitted_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], check: bool
) -> None:
    photos = photos_in(tmp_path / "photos", range(300))
    Path(photos[299]).write_bytes(b"short")
    with small_files(36 * 100 + 7):
        filled = Filled(tmp_path / "cache", photos[:200], check=check)
        kept = sum(filled.served)
        _, bad = filled.fill(photos[200:], check=check)
    assert 36 <= kept <= 100
    assert filled.tally.stored == kept
    assert len(bad) == int(check)
    assert one_warning(capsys.readouterr().err, "File too large")
    if check:
        assert (filled.tally.decoded, filled.tally.unreadable) == (299, 1)
    else:
        assert filled.tally.decoded < 300
    again = Filled(tmp_path / "cache", photos)
    assert (again.tally.found, again.tally.decoded, sum(again.served)) == (kept, 299 - kept, 299)


def test_a_disk_that_is_almost_full_is_left_alone_with_one_warning(
    tmp_path: Path, paths: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the disk that tests run on is to be left free."""
    monkeypatch.setattr(sets, "SPARE_SHARE", 1)
    monkeypatch.setattr(sets, "SPARE_BYTES", 1 << 80)
    filled = Filled(tmp_path / "cache", paths[:6])
    filled.fill(paths[6:])
    assert (filled.tally.decoded, filled.tally.kept, filled.cache.size()) == (10, 0, 0)
    assert one_warning(capsys.readouterr().err, "the disk is almost full")
    assert filled.cache.warned


def test_the_index_may_be_what_does_not_fit(tmp_path: Path) -> None:
    """Records are longer than these pictures."""
    photos = photos_in(tmp_path / "photos", range(200))
    Filled(tmp_path / "cache", photos[:64])
    with small_files(RECORD.itemsize * 100):
        filled = Filled(tmp_path / "cache", photos)
    assert sum(filled.served) == 64
    assert (filled.cache.set / "index").stat().st_size == 64 * RECORD.itemsize
    again = Filled(tmp_path / "cache", photos)
    assert all(again.served)
    assert (again.cache.set / "pixels").stat().st_size == 200 * 36  # rows that no record named are used


# ---- other processes


FILLING = """
import os, signal, sys
from pathlib import Path
from tests.cache.test_fill import Filled

written, most = 0, int(sys.argv[3])

def end_at(original):
    def write(file, data, *where):
        global written
        data = bytes(data)
        if 0 <= most <= written + len(data):
            original(file, data[: most - written], *where)
            os.kill(os.getpid(), signal.SIGKILL)
        written += len(data)
        return original(file, data, *where)
    return write

os.pwrite, os.write = end_at(os.pwrite), end_at(os.write)
filled = Filled(Path(sys.argv[1]), sorted(str(path) for path in Path(sys.argv[2]).iterdir()))
print(sum(filled.served), filled.tally.found, filled.tally.decoded)
"""


def start(cache: Path, photos: Path, most: int = -1) -> subprocess.Popen[str]:
    """A process that fills a set; `kill -9` ends it once it has written so many bytes of it."""
    argv = [sys.executable, "-c", FILLING, str(cache), str(photos), str(most)]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def assert_nothing_lost_at(tmp_path: Path, moments: list[int]) -> None:
    """Two processes at a time, each with a set of its own: the next filling decodes what is missing and no more."""
    photos = photos_in(tmp_path / "photos", range(200))
    for pair in (moments[first : first + 2] for first in range(0, len(moments), 2)):
        processes = {most: start(tmp_path / f"cache-{most}", tmp_path / "photos", most) for most in pair}
        for most, process in processes.items():
            _, err = process.communicate()
            assert process.returncode == -signal.SIGKILL, err
            folder = tmp_path / f"cache-{most}"
            cache = DiskCache(folder, SHAPE, np.dtype(np.uint8), "raw")
            there = sum(served(cache.open(keys_of(cache, photos)), photos))
            assert there >= most // (64 * ROW) * 64  # it writes 64 at a time
            again = Filled(folder, photos)
            assert all(again.served)
            assert (again.tally.found, again.tally.decoded) == (there, 200 - there)
            assert again.cache.size() == 200 * ROW


def keys_of(cache: DiskCache, photos: list[str]) -> list[bytes | None]:
    return cache.keys(FileSource(tuple(photos)).fingerprints(cache.fingerprint))


@pytest.mark.slow
def test_after_a_kill_only_what_is_missing_is_decoded(tmp_path: Path) -> None:
    """In the middle of a picture; in the middle of the second batch's records."""
    assert_nothing_lost_at(tmp_path, [1000, 64 * ROW + 64 * 36 + 100])


@pytest.mark.slow
def test_after_a_kill_at_any_moment_only_what_is_missing_is_decoded(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    assert_nothing_lost_at(tmp_path, [0, 64 * 36, 64 * ROW, *random.integers(1, 200 * ROW, 7).tolist()])


@pytest.mark.slow
def test_two_processes_share_the_work_of_one(tmp_path: Path) -> None:
    """Both wait at once for this one; then one fills, and the other finds all that it wrote."""
    photos_in(tmp_path / "photos", range(200))
    cache = DiskCache(tmp_path / "cache", SHAPE, np.dtype(np.uint8), "raw")
    with sets.locked(cache.set):
        processes = [start(tmp_path / "cache", tmp_path / "photos") for _ in range(2)]
        for process in processes:
            assert process.stderr is not None
            assert any("waiting for another process" in line for line in process.stderr)
    answers = [tuple(map(int, process.communicate()[0].split())) for process in processes]
    assert sorted(answers) == [(200, 0, 200), (200, 200, 0)]
    assert cache.size() == 200 * ROW
