"""Unreadable photos: found, named with a reason, remembered, and left out without moving anything else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline import from_directory
from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.reading.reader import ImageReader
from pipeline.reading.verify import BATCH, find_unreadable, read_all
from pipeline.sources.directory import scan_directory
from tests.support.readers import file_reader

IMAGE = ImageConfig(size=(6, 5))
COLOURS = [(220, 20, 20), (20, 220, 20), (20, 20, 220)]


def save(path: Path, colour: tuple[int, int, int] = (90, 60, 30)) -> Path:
    """A flat JPEG; flat colours survive JPEG to two levels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), colour).save(path, quality=95)
    return path


def listed(*paths: Path | str, image: ImageConfig = IMAGE) -> ImageReader:
    return file_reader(paths, image)


def records() -> list[Path]:
    return sorted(Path(os.environ["XDG_CACHE_HOME"]).glob("tf-image-pipeline/verified/*"))


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    """One photo of each kind that cannot be read."""
    whole = save(tmp_path / "whole.jpg").read_bytes()
    contents = {
        "truncated": whole[: len(whole) // 2],
        "header": whole[:20],
        "noise": b"\xff\xd8\xff\xe0" + bytes(np.random.default_rng(0).integers(0, 256, 500, np.uint8)),
        "text": b"no picture, but a note to myself",
        "empty": b"",
        "html": b"<!doctype html><title>404</title>",
    }
    paths = {name: tmp_path / f"{name}.jpg" for name in contents}
    for name, path in paths.items():
        path.write_bytes(contents[name])
    paths["gone"] = tmp_path / "gone.jpg"
    paths["link"] = tmp_path / "link.jpg"
    paths["link"].symlink_to(tmp_path / "nowhere.jpg")
    paths["folder"] = tmp_path / "folder.jpg"  # the scan enters it; made by hand it is no picture
    paths["folder"].mkdir()
    return paths


# ---- what is found


def test_each_kind_is_found_with_its_path_and_a_reason_of_one_line(tmp_path: Path, bad: dict[str, Path]) -> None:
    good = [save(tmp_path / f"good{k}.jpg") for k in range(3)]
    examples = listed(good[0], *list(bad.values())[:4], good[1], *list(bad.values())[4:], good[2])
    found = read_all(examples, None, "reading")
    assert [one.path for one in found] == [str(path) for path in bad.values()]
    assert [examples.source.paths[one.index] for one in found] == [one.path for one in found]
    assert all(one.reason and "\n" not in one.reason and "{{" not in one.reason for one in found)
    said = {Path(one.path).stem: one.reason for one in found}
    assert said["text"] == "its content is not that of a picture, or of no kind that is read"
    assert said["empty"] == "the file is empty"
    assert "No such file" in said["gone"]
    assert "No such file" in said["link"]


def test_a_photo_without_permission_is_found(
    open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    examples = listed(save(open_folder / "a.jpg"), save(open_folder / "closed.jpg"))
    os.chmod(open_folder / "closed.jpg", 0)
    with as_nobody():
        found = read_all(examples, None, "reading")
    assert [one.index for one in found] == [1]
    assert "ermission denied" in found[0].reason


def test_every_corrupt_png_of_the_suite_is_found(pngsuite: Path) -> None:
    """All that Pillow refuses: it does not ask for the checksums of the pixels."""
    corrupt = [path for path in sorted(pngsuite.glob("x*.png")) if path.name != "xcsn0g01.png"]
    found = read_all(listed(*corrupt), None, "reading")
    assert len(corrupt) >= 10
    assert len(found) == len(corrupt), set(map(str, corrupt)) - {one.path for one in found}


def test_a_bad_file_with_a_name_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff.jpg")
    Path(os.fsdecode(path)).write_bytes(b"text")
    gone = os.fsdecode(path + b".jpg")
    found = read_all(listed(os.fsdecode(path), gone), None, "reading")
    assert [os.fsencode(one.path) for one in found] == [path, path + b".jpg"]
    assert "No such file" in found[1].reason


def test_pictures_are_filled_in_by_index_past_the_bad_ones(tmp_path: Path) -> None:
    """More than a batch of them, so that batches close up around what is dropped."""
    count = BATCH + 20
    paths = [save(tmp_path / f"{k}.jpg", (k, 255 - k, 128)) for k in range(count)]
    for k in (0, 7, BATCH, count - 1):
        paths[k].write_bytes(b"text")
    array = np.full((count, 6, 5, 3), 99, np.uint8)
    found = read_all(listed(*paths), array.__setitem__, "reading")
    assert [one.index for one in found] == [0, 7, BATCH, count - 1]
    for k in set(range(count)) - {0, 7, BATCH, count - 1}:
        assert np.abs(array[k].astype(int) - (k, 255 - k, 128)).max() <= 3


# ---- what is said


def test_a_photo_of_more_than_max_pixels_is_found_with_its_pixels(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png", "c.webp"):
        Image.new("RGB", (30, 20)).save(tmp_path / name)
    paths = [tmp_path / name for name in ("a.jpg", "b.png", "c.webp")]
    found = read_all(listed(*paths, image=ImageConfig(size=8, max_pixels=599)), None, "reading")
    assert [(one.fault.kind, one.reason) for one in found] == [
        ("too_large", "it claims 30 x 20 = 600 pixels, more than max_pixels = 599")
    ] * 3
    assert read_all(listed(*paths, image=ImageConfig(size=8, max_pixels=600)), None, "reading") == []


# ---- what is remembered


def pretend(record: Path, rows: object) -> None:
    """Edit a record, so that using it can be told from reading the photos again."""
    record.write_text(json.dumps({"unreadable": rows, "damaged": {}}))


def test_the_second_time_the_record_is_used(tmp_path: Path, bad: dict[str, Path]) -> None:
    examples = listed(save(tmp_path / "a.jpg"), bad["text"])
    first = find_unreadable(examples, "checking")
    assert [one.index for one in first] == [1]
    (record,) = records()
    assert find_unreadable(examples, "checking") == first
    pretend(record, [])
    assert find_unreadable(examples, "checking") == []
    assert records() == [record]


def test_what_was_bad_is_read_again_to_see_whether_it_still_is(tmp_path: Path) -> None:
    """The share was away, the permission was missing: no change of the file tells that it can be read now."""
    examples = listed(save(tmp_path / "a.jpg"), save(tmp_path / "b.jpg"))
    find_unreadable(examples, "checking")
    (record,) = records()
    pretend(record, [1])
    assert find_unreadable(examples, "checking") == []


def touch_later(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def grow_with_the_same_time(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace_with_the_same_size_and_time(path: Path) -> None:
    """As `rsync --times` or `cp --preserve` may; the time of the change of the inode tells."""
    status = path.stat()
    aside = path.with_suffix(".aside")
    aside.write_bytes(bytes(len(path.read_bytes())))
    os.utime(aside, ns=(status.st_atime_ns, status.st_mtime_ns))
    aside.replace(path)


@pytest.mark.parametrize("change", [touch_later, grow_with_the_same_time, replace_with_the_same_size_and_time])
def test_a_changed_file_makes_the_record_void(tmp_path: Path, change: Callable[[Path], None]) -> None:
    examples = listed(save(tmp_path / "a.jpg"), save(tmp_path / "b.jpg"))
    assert find_unreadable(examples, "checking") == []
    before = records()
    change(tmp_path / "b.jpg")
    find_unreadable(examples, "checking")
    assert len(records()) == len(before) + 1


def test_other_options_other_files_and_another_order_have_records_of_their_own(tmp_path: Path) -> None:
    a, b = save(tmp_path / "a.jpg"), save(tmp_path / "b.jpg")
    for examples, image in (
        (listed(a, b), IMAGE),
        (listed(b, a), IMAGE),
        (listed(a), IMAGE),
        (listed(a, b), ImageConfig(size=7)),
        (listed(a, b), ImageConfig(size=(6, 5), decode="exact")),
    ):
        find_unreadable(ImageReader(examples.source, image), "checking")
    assert len(records()) == 5


@pytest.mark.parametrize(
    "content",
    ["", "[1, ", "null", "{}", '""', "7", '["1"]', "[9]", "[-1]", "[1e999]", "[[1]]", "[true]", b"\xff\xfe"],
)
def test_a_damaged_record_is_read_over(tmp_path: Path, bad: dict[str, Path], content: str | bytes) -> None:
    examples = listed(save(tmp_path / "a.jpg"), bad["text"])
    first = find_unreadable(examples, "checking")
    (record,) = records()
    good = record.read_text()
    record.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert find_unreadable(examples, "checking") == first
    assert record.read_text() == good


def test_a_file_that_vanished_since_the_scan_is_named(tmp_path: Path) -> None:
    examples = listed(save(tmp_path / "a.jpg"), tmp_path / "gone.jpg")
    (found,) = find_unreadable(examples, "checking")
    assert found.index == 1
    assert "No such file" in found.reason
    assert records() == []


def test_where_nothing_can_be_written_the_photos_are_read_each_time(
    tmp_path: Path, bad: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        assert len(find_unreadable(listed(bad["text"]), "checking")) == 1


def test_without_xdg_cache_home_it_is_the_home_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    find_unreadable(listed(save(tmp_path / "a.jpg")), "checking")
    assert len(list(tmp_path.glob(".cache/tf-image-pipeline/verified/*.json"))) == 1


# ---- left out


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_what_is_left_keeps_its_label_its_row_and_its_path(tmp_path: Path, cache: str) -> None:
    """21 photos, each class a colour: a row that slipped would show another class's colour."""
    paths = [save(tmp_path / "abc"[k % 3] / f"{k:02d}.jpg", COLOURS[k % 3]) for k in range(21)]
    gone = {paths[k] for k in (0, 3, 4, 8, 20)}
    for path in gone:
        path.write_bytes(b"no picture")
    data = from_directory(
        tmp_path,
        tmp_path,
        image_size=8,
        batch_size=3,
        cache=cache,  # type: ignore[arg-type]
        on_error="skip",
        max_bad=0.25,
        label_mode="int",
    )
    assert {bad.path for bad in data.skipped} == set(map(str, gone))
    assert len(data.skipped) == 2 * len(gone)  # of each split
    assert (data.steps, data.validation_steps) == (6, 6)  # 16 photos are left
    assert data.skipped[0].path not in set(data.examples["path"])
    assert data.counts["train"].tolist() == [5, 6, 5]
    assert data.validation is not None
    for dataset in (data.train, data.validation):
        batches = list(dataset.as_numpy_iterator())
        assert len(batches) == 6
        images = np.concatenate([images for images, _ in batches]) * 255
        labels = np.concatenate([labels for _, labels in batches])
        assert sorted(labels.tolist()) == [0] * 5 + [1] * 6 + [2] * 5
        assert np.abs(images - np.array(COLOURS)[labels][:, None, None, :]).max() <= 4


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_a_class_that_loses_its_last_photo_is_named(tmp_path: Path, cache: str) -> None:
    save(tmp_path / "cats" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg").write_bytes(b"text")
    with pytest.raises(InputError, match=r"no photo of \['dogs'\] can be read .*b\.jpg: its content is not"):
        from_directory(tmp_path, image_size=8, on_error="skip", max_bad=0.5, cache=cache)  # type: ignore[arg-type]


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_by_default_a_bad_photo_ends_it(tmp_path: Path, cache: str) -> None:
    save(tmp_path / "cats" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg")
    save(tmp_path / "dogs" / "c.jpg").write_bytes(b"text")
    with pytest.raises(InputError, match=r"1 of 3 photos cannot be read: .*c\.jpg: its content is not"):
        from_directory(tmp_path, image_size=8, cache=cache)  # type: ignore[arg-type]


def test_never_reads_none_before_it_must(tmp_path: Path) -> None:
    save(tmp_path / "cats" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg").write_bytes(b"text")
    data = from_directory(tmp_path, image_size=8, cache="none", verify="never")
    assert data.steps == 1
    assert records() == []


def test_auto_reads_all_of_a_small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "cats" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg").write_bytes(b"text")
    monkeypatch.setattr("pipeline.builders.examples.AUTO_LIMIT", 2)
    from_directory(tmp_path, image_size=8, cache="none")  # as many as the limit: not read
    with pytest.raises(InputError, match="cannot be read"):
        from_directory(tmp_path, image_size=8, cache="none", verify="always")
    monkeypatch.setattr("pipeline.builders.examples.AUTO_LIMIT", 3)
    with pytest.raises(InputError, match="cannot be read"):
        from_directory(tmp_path, image_size=8, cache="none")


def test_the_scan_s_examples_go_straight_in(tmp_path: Path) -> None:
    save(tmp_path / "cats" / "album.jpg" / "a.jpg")
    save(tmp_path / "dogs" / "b.jpg")
    assert find_unreadable(ImageReader(scan_directory(tmp_path).source, IMAGE), "checking") == []
