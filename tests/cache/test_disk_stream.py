"""`from_directory(cache="disk")`: the same batches as without a cache, whatever is on disk, and what it says of it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tensorflow as tf
from PIL import Image

from pipeline import Augment, InputError, from_directory

if TYPE_CHECKING:
    from pipeline import ImageData
    from tests.conftest import PhotoFolder

COUNT = 20  # training and validation photos together
ROW = 24 * 24 * 3 + 56


@pytest.fixture(scope="module")
def originals(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 9, "dogs": 11})


@pytest.fixture
def photos(originals: Path, tmp_path: Path) -> Path:
    return shutil.copytree(originals, tmp_path / "photos")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def data_of(photos: Path, cache: str, **options: Any) -> ImageData:
    defaults = {"image_size": 24, "batch_size": 6, "seed": 3, "validation_split": 0.2}
    return from_directory(photos, cache=cache, **{**defaults, **options})  # type: ignore[arg-type]


def stream_of(data: ImageData) -> str:
    """A hash of an epoch of training batches and one of validation batches, labels included."""
    digest = hashlib.sha256()
    for dataset in (data.train, data.validation):
        if dataset is not None:
            for images, labels in dataset:
                digest.update(images.numpy().tobytes() + labels.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def expected(originals: Path) -> str:
    """Without a cache."""
    return stream_of(data_of(originals, "none"))


def the_set(cache: Path) -> Path:
    (one,) = cache.iterdir()
    return one


# ---- the same batches, from whatever state


@pytest.mark.parametrize(
    "augment", [None, pytest.param(Augment(rotation_range=30, horizontal_flip=True), marks=pytest.mark.slow)]
)
def test_the_batches_are_those_of_no_cache_and_of_the_memory_cache(
    originals: Path, cache: Path, expected: str, augment: Any
) -> None:
    if augment is not None:
        unchanged, expected = expected, stream_of(data_of(originals, "none", augment=augment))
        assert unchanged != expected
    assert stream_of(data_of(originals, "memory", augment=augment)) == expected
    for said in ("0 photos were there, 20 decoded now", "20 photos were there, 0 decoded now"):
        data = data_of(originals, "disk", cache_folder=cache, augment=augment)
        assert data.cache == f"disk, as asked: 0 MB in {cache}; {said}"
    assert stream_of(data) == expected


@pytest.mark.parametrize("verify", ["never", "always"])
def test_a_part_filled_cache_serves_the_same(photos: Path, cache: Path, expected: str, verify: str) -> None:
    """Within a limit: some batches come from disk whole, most do in part."""
    limited = data_of(photos, "disk", cache_folder=cache, cache_limit=13 * ROW / 1e9, verify=verify)
    decoded = 13 if verify == "never" else COUNT
    assert limited.cache.endswith(f"; 0 photos were there, {decoded} decoded now, 7 not kept, so decoded each time")
    assert stream_of(limited) == expected
    whole = data_of(photos, "disk", cache_folder=cache, verify=verify)
    assert whole.cache.endswith("; 13 photos were there, 7 decoded now")
    assert stream_of(whole) == expected


def test_what_another_split_decoded_is_found(photos: Path, cache: Path) -> None:
    data_of(photos, "disk", cache_folder=cache, validation_split=0.4, seed=9)
    assert "; 20 photos were there, 0 decoded" in data_of(photos, "disk", cache_folder=cache).cache


@pytest.mark.parametrize("verify", ["never", "always"])
def test_damaged_pictures_are_decoded_in_their_place(photos: Path, cache: Path, expected: str, verify: str) -> None:
    """Three rows: with verify off, they are decoded at each use; with it on, they are mended."""
    data_of(photos, "disk", cache_folder=cache)
    pixels = the_set(cache) / "pixels"
    data = bytearray(pixels.read_bytes())
    for row in (0, 7, 19):
        data[row * 24 * 24 * 3 + row] ^= 0xFF
    pixels.write_bytes(data)
    damaged = data_of(photos, "disk", cache_folder=cache, verify=verify)
    assert damaged.cache.endswith(
        "; 20 photos were there, 0 decoded now" if verify == "never" else "17 photos were there, 3 decoded now"
    )
    assert stream_of(damaged) == expected
    assert (bytes(data) == pixels.read_bytes()) == (verify == "never")


def test_a_file_that_is_gone_or_empty_costs_time_and_nothing_else(photos: Path, cache: Path, expected: str) -> None:
    data_of(photos, "disk", cache_folder=cache)
    for name, gone in (("pixels", 20), ("index", 20), ("about.json", 0), ("lock", 0)):
        (the_set(cache) / name).unlink()
        data = data_of(photos, "disk", cache_folder=cache)
        assert data.cache.endswith(f"; {20 - gone} photos were there, {gone} decoded now")
        assert name == "about.json" or stream_of(data) == expected
    (the_set(cache) / "index").write_bytes(b"")
    assert "; 0 photos were there" in data_of(photos, "disk", cache_folder=cache).cache


def test_damage_during_an_epoch_is_noticed(photos: Path, cache: Path, expected: str) -> None:
    """After the cache was opened and looked at: a reader believes nothing."""
    data = data_of(photos, "disk", cache_folder=cache)
    with (the_set(cache) / "pixels").open("r+b") as file:
        file.write(bytes(COUNT * 24 * 24 * 3))
    assert stream_of(data) == expected


def test_a_cache_that_is_deleted_or_replaced_during_an_epoch_is_no_trouble(
    photos: Path, cache: Path, expected: str
) -> None:
    data = data_of(photos, "disk", cache_folder=cache)
    shutil.rmtree(cache)
    data_of(photos, "disk", cache_folder=cache, seed=8)
    assert stream_of(data) == expected


# ---- photos that change


def test_changed_added_and_removed_photos_are_noticed_and_only_they_are_decoded(photos: Path, cache: Path) -> None:
    data_of(photos, "disk", cache_folder=cache)
    Image.effect_noise((30, 40), 90).convert("RGB").save(photos / "cats" / "0003.jpg")
    shutil.copy(photos / "cats" / "0003.jpg", photos / "cats" / "new.jpg")
    (photos / "dogs" / "0000.jpg").unlink()
    data = data_of(photos, "disk", cache_folder=cache)
    assert data.cache.endswith("; 18 photos were there, 2 decoded now")
    assert stream_of(data) == stream_of(data_of(photos, "none"))


@pytest.mark.slow
def test_other_sizes_and_other_ways_of_reading_are_kept_apart(photos: Path, cache: Path) -> None:
    others: list[dict[str, Any]] = [{}, {"resize": "pad"}, {"image_size": 16}, {"color_mode": "grayscale"}]
    for options in others:
        data = data_of(photos, "disk", cache_folder=cache, **options)
        assert data.cache.endswith("; 0 photos were there, 20 decoded now")
    assert len(list(cache.iterdir())) == 4
    padded = data_of(photos, "disk", cache_folder=cache, resize="pad", rescale=None)
    assert padded.cache.endswith("; 20 photos were there, 0 decoded now")
    assert stream_of(padded) == stream_of(data_of(photos, "none", resize="pad", rescale=None))


def test_by_content_a_copy_elsewhere_is_found(photos: Path, cache: Path, tmp_path: Path) -> None:
    data_of(photos, "disk", cache_folder=cache, cache_fingerprint="content")
    shutil.copytree(photos, tmp_path / "copy")
    copy = data_of(tmp_path / "copy", "disk", cache_folder=cache, cache_fingerprint="content")
    assert copy.cache.endswith("; 20 photos were there, 0 decoded now")
    assert data_of(tmp_path / "copy", "disk", cache_folder=cache).cache.endswith(
        "; 0 photos were there, 20 decoded now"
    )


# ---- photos that cannot be read


def test_an_unreadable_photo_is_refused_or_left_out_each_time(photos: Path, cache: Path) -> None:
    bad = photos / "dogs" / "0004.jpg"
    bad.write_bytes(bad.read_bytes()[:100])
    for _ in range(2):
        with pytest.raises(InputError, match=r"1 of .* photos cannot be read: .*0004\.jpg"):
            data_of(photos, "disk", cache_folder=cache)
    data = data_of(photos, "disk", cache_folder=cache, on_error="skip", max_bad=0.1)
    assert [one.path for one in data.skipped] == [str(bad)]
    assert stream_of(data) == stream_of(data_of(photos, "none", on_error="skip", max_bad=0.1))


# ---- where nothing can be kept


def test_a_folder_that_is_a_file_means_no_cache_and_one_warning(
    photos: Path, cache: Path, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.write_text("not a folder")
    data = data_of(photos, "disk", cache_folder=cache)
    assert stream_of(data) == expected
    err = capsys.readouterr().err
    assert err.count("warning: disk cache ") == err.count("\n") == 1
    assert "Not a directory; photos that are not in it are decoded each time" in err
    assert data.cache.endswith("20 not kept, so decoded each time")


def test_a_cache_of_somebody_else_is_read(
    photos: Path,
    open_folder: Path,
    expected: str,
    as_nobody: Callable[[], AbstractContextManager[None]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Images that are missing in it are decoded each time, with one warning for training and validation."""
    for path in (shutil.copytree(photos, open_folder / "photos"), *(open_folder / "photos").rglob("*")):
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
    cache = open_folder / "cache"
    limit = 13 * ROW / 1e9
    data_of(open_folder / "photos", "disk", cache_folder=cache, cache_limit=limit)
    capsys.readouterr()
    for path in (the_set(cache), *the_set(cache).iterdir()):
        os.chmod(path, 0o555 if path.is_dir() else 0o444)
    with as_nobody():
        data = data_of(open_folder / "photos", "disk", cache_folder=cache)
        assert stream_of(data) == expected
    os.chmod(the_set(cache), 0o755)
    assert capsys.readouterr().err.count("Permission denied") == 1
    assert data.cache.endswith("13 photos were there, 7 decoded now, 7 not kept, so decoded each time")


def test_a_batch_comes_from_disk_without_its_photos(photos: Path, cache: Path, expected: str) -> None:
    """Show that it is read from disk at all: the photos are gone."""
    data = data_of(photos, "disk", cache_folder=cache)
    shutil.rmtree(photos)
    assert stream_of(data) == expected
    with (the_set(cache) / "pixels").open("r+b") as file:
        file.write(bytes(COUNT * 24 * 24 * 3))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\.jpg; No such file"):
        stream_of(data)
