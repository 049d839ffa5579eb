"""A set of pictures on disk: what is served is what was written, whatever becomes of its files; limits and deletion."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.cache import sets
from pipeline.cache.disk import DiskCache, Kept, disk_cache
from pipeline.cache.records import RECORD, row_fingerprints
from pipeline.cache.writer import Writer
from pipeline.config import ImageConfig, LoaderConfig
from pipeline.errors import InputError
from pipeline.runtime.shared_array import take
from pipeline.sources.files import FileSource
from tests.support.places import ROOT

SHAPE = (4, 3, 3)
ROW = 36 + RECORD.itemsize
FILES = ("pixels", "index", "about.json", "lock")


def cache_in(folder: Path, reading: str = "stretched", **options: Any) -> DiskCache:
    return DiskCache(folder, SHAPE, np.dtype(np.uint8), reading, **options)


def picture(number: int) -> NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 256, SHAPE, np.uint8)


def keys(numbers: Iterable[int]) -> list[bytes]:
    return [number.to_bytes(32, "little") for number in numbers]


def fill(cache: DiskCache, numbers: Iterable[int], rows: list[int] | None = None) -> None:
    there = list(numbers)
    with cache.writer() as writer:
        pictures = np.stack([picture(number) for number in there])
        writer.add(keys(there), pictures, None if rows is None else np.array(rows, np.int64))


def served(kept: Kept | None, count: int) -> list[NDArray[np.uint8] | None]:
    """Return what a reader gets: each row that matches its fingerprint, checked as in the graph."""
    if kept is None:
        return [None] * count
    images = take(kept.images, np.maximum(kept.rows, 0))
    sound = (row_fingerprints(images).numpy() == kept.prints) & (kept.rows >= 0)
    return [image if good else None for image, good in zip(images.numpy(), sound, strict=True)]


def right(pictures: list[NDArray[np.uint8] | None], numbers: Iterable[int]) -> list[bool]:
    """Return which images are served. Fails where one is not what was written."""
    for one, number in zip(pictures, numbers, strict=True):
        assert one is None or np.array_equal(one, picture(number)), number
    return [one is not None for one in pictures]


def mend(cache: DiskCache, numbers: list[int]) -> None:
    """Fill as a filling does: write the images that are missing or damaged."""
    rows, prints = cache.find(keys(numbers))
    bad = np.union1d(np.flatnonzero(rows < 0), cache.damaged(rows, prints)).astype(int)
    if len(bad):
        fill(cache, [numbers[k] for k in bad], rows[bad].tolist())


# ---- what is written is found


def test_what_is_written_is_served_and_what_is_not_is_not(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    assert cache.open(keys(range(3))) is None
    fill(cache, range(3))
    fill(cache, range(3, 5))
    kept = cache_in(tmp_path).open(keys([4, 9, 0]))
    assert kept is not None
    assert right(served(kept, 3), [4, 9, 0]) == [True, False, True]
    assert kept.missing.tolist() == [1]
    assert cache.size() == 5 * ROW


def test_other_types_are_kept_bit_for_bit(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, (2, 3, 1), np.dtype(np.float32), "")
    values = np.random.default_rng(0).normal(size=(4, 2, 3, 1)).astype(np.float32)
    with cache.writer() as writer:
        writer.add(keys(range(4)), values)
    kept = cache.open(keys(range(4)))
    assert kept is not None
    assert np.array_equal(take(kept.images, kept.rows).numpy(), values)
    assert np.array_equal(row_fingerprints(values).numpy(), kept.prints)
    assert not len(cache.damaged(kept.rows, kept.prints))


def test_a_subset_keeps_each_picture_with_its_photo(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(6))
    kept = cache.open(keys(range(6)))
    assert kept is not None
    assert all(right(served(kept.subset(np.array([5, 2])), 2), [5, 2]))


def test_the_last_record_of_a_photo_and_of_a_row_counts(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, [0, 1])
    fill(cache, [0])  # again, in row 2
    fill(cache, [7], rows=[1])  # over the row of 1
    rows, _ = cache.find(keys([0, 1, 7]))
    assert rows.tolist() == [2, -1, 1]
    assert right(served(cache.open(keys([0, 1, 7])), 3), [0, 1, 7]) == [True, False, True]


def test_a_mapping_larger_than_memory_is_no_trouble(tmp_path: Path) -> None:
    """A private, writable mapping would be refused by the kernel."""
    cache = cache_in(tmp_path)
    fill(cache, range(2))
    os.truncate(cache.set / "pixels", (psutil.virtual_memory().total + psutil.swap_memory().total) * 4)
    assert all(right(served(cache.open(keys(range(2))), 2), range(2)))


GROWTH = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
from pipeline.cache.disk import DiskCache
from pipeline.cache.readers import DiskReader
from pipeline.config import ImageConfig
from pipeline.reading.reader import ImageReader
from pipeline.sources.files import FileSource
from pipeline.dataset.column import Pixels, make_eval

def own():  # bytes of memory that the kernel cannot drop
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) * 1024

def epoch(name, count):
    cache = DiskCache(Path(sys.argv[1]) / name, (150, 150, 3), np.dtype(np.uint8), "")
    keys = [number.to_bytes(32, "little") for number in range(count)]
    with cache.writer() as writer:
        for first in range(0, count, 50):
            writer.add(keys[first : first + 50], np.full((50, 150, 150, 3), 7, np.uint8))
    reader = ImageReader(FileSource(("none",) * count), ImageConfig(rescale=None))
    pixels = Pixels(DiskReader(reader, cache.open(keys)), None)
    assert sum(int(tf.reduce_max(images)) for images in make_eval(pixels, 50)) == 7 * count // 50

epoch("first", 100)  # what TensorFlow takes the first time
before = own()
epoch("second", 3000)
print((own() - before) / (3000 * 150 * 150 * 3))
"""


@pytest.mark.slow
def test_an_epoch_from_disk_takes_no_memory_for_its_pictures(tmp_path: Path) -> None:
    """200 MB of them; pages of the mapped file are the kernel's to drop, and a copy would be ours."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.5


# ---- whatever becomes of its files


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 6 pictures, written in two goes."""
    folder = tmp_path_factory.mktemp("template")
    fill(cache_in(folder), range(4))
    fill(cache_in(folder), range(4, 6))
    return folder


@contextlib.contextmanager
def copy_of(template: Path) -> Iterator[DiskCache]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        yield cache_in(Path(folder))


Damage = tuple[str, str, float, int]
DAMAGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "zero", "insert", "delete"]),
        st.sampled_from(FILES),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 255),
    ),
    min_size=1,
    max_size=3,
)


def damage(one: Path, kind: str, name: str, where: float, byte: int) -> None:
    file = one / name
    data = bytearray(file.read_bytes() if file.exists() else b"")
    place = int(where * len(data))
    if kind == "delete":
        file.unlink(missing_ok=True)
        return
    if kind == "flip" and data:
        data[place] ^= byte
    elif kind == "cut":
        del data[place:]
    elif kind == "zero":
        data[place : place + byte] = bytes(len(data[place : place + byte]))
    elif kind == "insert":
        data[place:place] = bytes([byte]) * byte
    file.write_bytes(data)


@pytest.mark.slow
@given(DAMAGES)
@settings(max_examples=300, deadline=None)
def test_no_damage_serves_a_wrong_picture_and_all_is_well_after_a_filling(
    template: Path, damages: list[Damage]
) -> None:
    numbers = list(range(6))
    with copy_of(template) as cache:
        for one in damages:
            damage(cache.set, *one)
        right(served(cache.open(keys(numbers)), 6), numbers)
        mend(cache, numbers)
        assert all(right(served(cache_in(cache.folder).open(keys(numbers)), 6), numbers))
        assert (cache.set / "index").stat().st_size % RECORD.itemsize == 0


@given(st.integers(0, 6 * ROW - 1), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_every_flipped_bit_is_found(template: Path, place: int, bit: int) -> None:
    """In the pictures and in the index; in the index it costs that record."""
    numbers = list(range(6))
    name, place = ("pixels", place) if place < 6 * 36 else ("index", place - 6 * 36)
    with copy_of(template) as cache:
        data = bytearray((cache.set / name).read_bytes())
        data[place] ^= 1 << bit
        (cache.set / name).write_bytes(data)
        expected = [number != place // (36 if name == "pixels" else RECORD.itemsize) for number in numbers]
        assert right(served(cache.open(keys(numbers)), 6), numbers) == expected
        rows, prints = cache.find(keys(numbers))
        lost = {*np.flatnonzero(rows < 0).tolist(), *cache.damaged(rows, prints).tolist()}
        assert lost == {number for number in numbers if not expected[number]}


class KilledError(BaseException):
    """Nothing is tidied up behind it."""


@given(st.integers(0, 5), st.floats(0, 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_writing_may_end_at_any_byte(template: Path, call: int, share: float, over: bool) -> None:
    """New rows, and rows that are written over where they lie."""
    numbers = list(range(9))
    calls = 0

    def cut_short(original: Callable[..., int]) -> Callable[..., int]:
        def write(file: int, data: Any, *where: int) -> int:
            nonlocal calls
            if calls == call:
                original(file, bytes(data)[: int(share * len(data))], *where)
                raise KilledError
            calls += 1
            return original(file, data, *where)

        return write

    with copy_of(template) as cache, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", cut_short(os.pwrite))
        patch.setattr(os, "write", cut_short(os.write))
        with contextlib.suppress(KilledError):
            fill(cache, [6, 7, 8], rows=[2, 0, -1] if over else None)
            fill(cache, [6, 7, 8])
        patch.undo()
        there = right(served(cache.open(keys(numbers)), 9), numbers)
        assert all(there[one] for one in ((1, 3, 4, 5) if over else range(6)))
        mend(cache, numbers)
        assert all(right(served(cache.open(keys(numbers)), 9), numbers))


def test_a_row_that_is_written_over_is_not_served_to_who_had_it_mapped_as_another(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(3))
    kept = cache.open(keys(range(3)))
    fill(cache_in(tmp_path), [9], rows=[1])
    assert right(served(kept, 3), range(3)) == [True, False, True]


def test_pictures_put_in_place_of_others_are_noticed(tmp_path: Path) -> None:
    """Another data set's file under this set's name, of the same size."""
    cache, other = cache_in(tmp_path / "a"), cache_in(tmp_path / "b")
    fill(cache, range(3))
    fill(other, range(10, 13))
    shutil.copy(other.set / "pixels", cache.set / "pixels")
    assert right(served(cache.open(keys(range(3))), 3), range(3)) == [False] * 3


def test_a_set_under_another_set_s_name_is_not_believed(tmp_path: Path) -> None:
    """A folder may be renamed: how photos were read is part of every key."""
    (tmp_path / "x").write_text("x")
    cache, other = cache_in(tmp_path), cache_in(tmp_path, "cropped")
    marks = FileSource((str(tmp_path / "x"),)).fingerprints("stat")
    with cache.writer() as writer:
        writer.add([key for key in cache.keys(marks) if key], picture(0)[None])
    assert cache.open(cache.keys(marks)) is not None
    cache.set.rename(other.set)
    assert other.open(other.keys(marks)) is None


def test_a_full_disk_leaves_the_index_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(3))
    original = os.write
    calls = iter([original, None])

    def half(file: int, data: Any) -> int:
        if next(calls) is None:
            raise OSError(28, "No space left on device")
        return original(file, bytes(data)[:20])

    with cache.writer() as writer, monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space"):
            writer.add(keys([3]), picture(3)[None])
    assert (cache.set / "index").stat().st_size == 3 * RECORD.itemsize


# ---- who may read and write


def test_a_set_that_may_only_be_read_is_read(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    cache = cache_in(open_folder)
    fill(cache, range(3))
    if os.geteuid():
        cache.set.chmod(0o555)
        (cache.set / "about.json").chmod(0o444)
    with as_nobody():
        kept = cache_in(open_folder).open(keys(range(3)))
        with pytest.raises(PermissionError):
            fill(cache, [3])
    cache.set.chmod(0o755)
    assert all(right(served(kept, 3), range(3)))
    assert not cache.warned


def test_a_set_that_may_not_be_read_is_named_once(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    cache = cache_in(open_folder)
    fill(cache, range(3))
    (cache.set / "index").chmod(0)
    with as_nobody():
        assert cache.open(keys(range(3))) is None
        assert cache.open(keys(range(3))) is None
    assert capsys.readouterr().err == (
        f"warning: disk cache {cache.set}: Permission denied; photos that are not in it are decoded each time\n"
    )


def test_a_folder_that_is_a_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    cache = cache_in(tmp_path / "file")
    assert cache.size() == 0
    with pytest.raises(NotADirectoryError):
        fill(cache, [1])


# ---- how a photo is known again


def key_of(cache: DiskCache, path: Path) -> bytes | None:
    return cache.keys(FileSource((str(path),)).fingerprints(cache.fingerprint))[0]


def test_by_its_path_its_size_and_its_times(tmp_path: Path) -> None:
    cache, photo = cache_in(tmp_path), tmp_path / "a.jpg"
    photo.write_bytes(b"one")
    os.utime(photo, ns=(1, 1))
    seen = {key_of(cache, photo)}
    assert key_of(cache, tmp_path / ".." / tmp_path.name / "a.jpg") in seen

    def is_new() -> bool:
        before = len(seen)
        seen.add(key_of(cache, photo))
        return len(seen) > before

    assert not is_new()
    photo.write_bytes(b"longer")
    os.utime(photo, ns=(1, 1))
    assert is_new()
    os.utime(photo, ns=(1, 2))
    assert is_new()
    photo.chmod(0o600 if photo.stat().st_mode & 0o77 else 0o644)  # who could be read, may not be now
    assert is_new()
    photo.rename(tmp_path / "b.jpg")
    assert key_of(cache, tmp_path / "b.jpg") not in seen
    assert key_of(cache, photo) is None


def test_two_photos_of_one_size_and_time_that_change_names_are_noticed(tmp_path: Path) -> None:
    """As two BMPs out of one archive."""
    cache, a, b = cache_in(tmp_path), tmp_path / "a.bmp", tmp_path / "b.bmp"
    for path, content in ((a, b"one"), (b, b"two")):
        path.write_bytes(content)
        os.utime(path, ns=(5, 5))
    before = {key_of(cache, a), key_of(cache, b)}
    a.rename(tmp_path / "c.bmp")
    b.rename(a)
    (tmp_path / "c.bmp").rename(b)
    assert not before & {key_of(cache, a), key_of(cache, b)}


def test_by_its_content_wherever_it_lies_and_whenever_it_was_written(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, fingerprint="content")
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    os.utime(tmp_path / "b", ns=(1, 1))
    key = key_of(cache, tmp_path / "a")
    assert key == key_of(cache, tmp_path / "b") != key_of(cache_in(tmp_path), tmp_path / "a")
    assert key != key_of(cache_in(tmp_path, "cropped", fingerprint="content"), tmp_path / "a")
    (tmp_path / "b").write_bytes(b"two")
    assert key_of(cache, tmp_path / "b") != key
    (tmp_path / "folder").mkdir()
    assert key_of(cache, tmp_path / "folder") is None


def test_settings_that_decide_on_pixels_make_another_set(tmp_path: Path) -> None:
    loader = LoaderConfig(cache_folder=str(tmp_path), cache_limit=0.5, cache_fingerprint="content")

    def named(**options: Any) -> Path:
        return disk_cache(ImageConfig(**options), loader).set

    changed: list[dict[str, Any]] = [
        {"size": (150, 151)}, {"resize": "pad"}, {"resize": "pad", "pad_value": 3}, {"decode": "exact"},
        {"exif": False}, {"color_mode": "grayscale"},
    ]  # fmt: skip
    assert len({named(), *(named(**one) for one in changed)}) == 7
    assert named(rescale=None) == named()  # applied to what is kept
    cache = disk_cache(ImageConfig(size=150), loader)
    assert (cache.shape, cache.limit, cache.fingerprint) == ((150, 150, 3), 500_000_000, "content")


# ---- the limit


def test_other_sets_make_way_the_one_not_used_for_longest_first(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    for name, time in zip(names, (30, 10, 20), strict=True):
        fill(cache_in(tmp_path, name), range(4))
        os.utime(cache_in(tmp_path, name).set / "about.json", (time, time))

    def there() -> list[str]:
        return [name for name in names if cache_in(tmp_path, name).set.is_dir()]

    new = cache_in(tmp_path, "new", limit=9 * ROW)
    new.make_room(1)
    assert there() == ["a", "c"]
    new.make_room(5)
    assert there() == ["a"]
    assert new.room() == 5
    new.make_room(9)
    assert there() == []
    assert new.room() == 9


def test_a_set_that_is_read_counts_as_used(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fill(cache_in(tmp_path, name), range(4))
        os.utime(cache_in(tmp_path, name).set / "about.json", (10, 10))
    assert cache_in(tmp_path, "a").open(keys(range(4))) is not None
    cache_in(tmp_path, "new", limit=7 * ROW).make_room(1)
    assert cache_in(tmp_path, "a").set.is_dir()
    assert not cache_in(tmp_path, "b").set.exists()


def test_a_set_that_is_being_filled_stays(tmp_path: Path) -> None:
    busy = cache_in(tmp_path, "busy")
    with busy.writer():
        cache_in(tmp_path, "new", limit=1).make_room(1)
        assert busy.set.is_dir()


def test_a_set_larger_than_a_new_limit_begins_anew_and_its_readers_keep_their_pictures(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(4))
    kept = cache.open(keys(range(4)))
    cache_in(tmp_path, limit=4 * 36).make_room(0)
    assert cache.set.is_dir()
    cache_in(tmp_path, limit=4 * 36 - 1).make_room(0)
    assert not cache.set.exists()
    assert all(right(served(kept, 4), range(4)))


def test_without_a_limit_the_disk_is_not_filled_to_the_brim(tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    assert cache_in(tmp_path).room() * ROW <= usage.free - min(0.01 * usage.total, 1e9) + 1e8


def test_rows_that_nobody_asks_for_may_be_used_again_those_without_a_photo_first(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(5))
    fill(cache, [0])  # in row 5; no record names row 0 now
    cache.asked = {*keys([0, 2, 4])}
    with cache.writer() as writer:
        unnamed, others = writer.free_rows()
    assert (unnamed.tolist(), others.tolist()) == ([0], [1, 3])


# ---- deleting


def test_clear_deletes_sets_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fill(cache_in(tmp_path, name), range(4))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "pixels").write_text("mine")
    (tmp_path / "4x3x3-uint8-0123456789ab").write_text("a file")
    leftover = tmp_path / ".4x3x3-uint8-0123456789ab.77"
    leftover.mkdir()
    (leftover / "pixels").write_bytes(bytes(10))
    assert sets.clear(tmp_path) == 8 * ROW + 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["4x3x3-uint8-0123456789ab", "photos"]
    assert (tmp_path / "photos" / "pixels").read_text() == "mine"
    assert sets.clear(tmp_path) == 0
    assert sets.clear(tmp_path / "nowhere") == 0


def test_a_deletion_that_is_cut_short_leaves_no_half_of_a_set_and_the_next_ends_it(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(4))
    original, calls = Path.unlink, iter(range(9))

    def killed(path: Path, missing_ok: bool = False) -> None:
        if next(calls) == 1:
            raise KilledError
        original(path, missing_ok)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KilledError):
            sets.clear(tmp_path)
    assert not cache.set.exists()
    assert len(sets.sets_in(tmp_path)) == 1
    sets.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_who_reads_from_a_set_that_is_cleared_keeps_its_pictures(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(4))
    kept = cache.open(keys(range(4)))
    sets.clear(tmp_path)
    fill(cache, range(10, 14))
    assert all(right(served(kept, 4), range(4)))


def test_a_file_of_somebody_else_in_a_set_is_not_deleted(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, range(2))
    (cache.set / "note.txt").write_text("mine")
    sets.clear(tmp_path)
    (left,) = tmp_path.rglob("note.txt")
    assert left.read_text() == "mine"
    assert sorted(path.name for path in left.parent.iterdir()) == ["note.txt"]
    assert cache.size() == 0


def test_a_set_that_is_being_filled_is_not_cleared(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    with cache.writer() as writer:
        writer.add(keys([1]), picture(1)[None])
        with pytest.raises(InputError, match="another process is filling"):
            sets.clear(tmp_path)
    assert all(right(served(cache.open(keys([1])), 1), [1]))


def test_a_set_that_may_not_be_deleted_is_named(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    fill(cache_in(open_folder), range(2))
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(InputError, match="cannot be deleted: Permission denied"):
        sets.clear(open_folder)
    open_folder.chmod(0o755)
    assert cache_in(open_folder).size() == 2 * ROW


WAITING = """
import sys
from pathlib import Path
from pipeline.cache import sets
with sets.locked(Path(sys.argv[1])):
    print("mine", flush=True)
"""


def test_who_waits_for_a_set_that_is_deleted_meanwhile_makes_a_new_one(tmp_path: Path) -> None:
    """In a real process that waits while this one deletes."""
    one = tmp_path / "4x3x3-uint8-0123456789ab"
    one.mkdir()
    with (one / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-c", WAITING, str(one)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        assert b"waiting for another process" in process.stderr.readline()
        one.rename(tmp_path / "gone")
    out, err = process.communicate()
    assert (process.returncode, out) == (0, b"mine\n"), err
    assert (one / "lock").exists()


def test_a_writer_that_cannot_begin_leaves_nothing_open(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    fill(cache, [1])
    (cache.set / "index").unlink()
    (cache.set / "index").mkdir()
    before = psutil.Process().num_fds()
    with pytest.raises(IsADirectoryError):
        Writer(cache.set, np.zeros(0, RECORD), cache.dtype, cache.row_bytes, cache.asked)
    assert psutil.Process().num_fds() == before
