"""Tests of reading inputs into batches: each input keeps its place, and images are those of training."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.config import ImageConfig
from pipeline.images.load import load_image
from pipeline.inference import feed
from pipeline.inference.feed import Batch, Feed, batch_size
from pipeline.inference.inputs import Input

if TYPE_CHECKING:
    from tests.conftest import Draw, PhotoFolder

IMAGE = ImageConfig(size=(12, 16))


@pytest.fixture(scope="module")
def names(photo_folder: PhotoFolder) -> list[str]:
    return sorted(map(str, photo_folder({"a": 75}).glob("*/*.jpg")))


def flat(batches: list[Batch]) -> list[tuple[str, str | None, np.ndarray | None]]:
    """Return (path, error, image) for each input."""
    found = []
    for batch in batches:
        good = iter(()) if batch.pixels is None else iter(batch.pixels.numpy())
        found += [(path, error, None if error else next(good)) for path, error in batch.inputs]
        assert next(good, None) is None
    return found


def test_pictures_are_what_load_image_gives_in_order_whatever_fails_between(names: list[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    inputs = [Input(name) for name in names]
    inputs[40:40] = [Input(str(broken)), Input("known", "why"), Input(str(tmp_path / "gone.jpg"))]
    inputs = [Input(str(broken)), *inputs, Input("last", "why"), Input(str(broken))]
    batches = list(Feed(inputs, IMAGE).batches())
    assert [len(batch.inputs) for batch in batches] == [32, 32, 17]
    found = flat(batches)
    assert [path for path, _, _ in found] == [one.path for one in inputs]
    for path, error, pixels in found:
        if path in names:
            np.testing.assert_array_equal(pixels, load_image(path, (12, 16)))
        else:
            assert error
    errors = {path: error for path, error, _ in found}
    assert errors["known"] == errors["last"] == "why"
    assert "No such file" in str(errors[str(tmp_path / "gone.jpg")])
    assert "\n" not in "".join(str(error) for error in errors.values())


def test_a_file_that_can_be_read_the_second_time_is_no_error(
    names: list[str], tmp_path: Path, draw_picture: Draw
) -> None:
    """Check a file that is made after the graph, which gets 32 paths at once, has failed to read it."""
    late = tmp_path / "late.png"

    def inputs() -> Iterator[Input]:
        yield Input(str(late))
        yield from (Input(name) for name in names[:31])
        draw_picture(20, 30).save(late)
        yield from (Input(name) for name in names[31:])

    found = flat(list(Feed(inputs(), IMAGE).batches()))
    assert [error for _, error, _ in found] == [None] * 76
    np.testing.assert_array_equal(found[0][2], load_image(late, (12, 16)))


def test_a_flood_of_failures_is_answered_as_it_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Check that the queue does not grow with the number of inputs, whether errors are known or reading fails."""
    monkeypatch.setattr(feed, "MARKED", 8)
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    made = 0

    def inputs() -> Iterator[Input]:
        nonlocal made
        for made in range(5000):
            yield Input("known", "why") if made % 50 else Input(str(empty))

    answered, most = 0, 0
    for batch in Feed(inputs(), IMAGE).batches():
        answered += len(batch.inputs)
        most = max(most, made - answered)
        assert all(error for _, error in batch.inputs)
    assert answered == 5000
    assert most < 2000


def test_what_came_before_a_pause_is_answered_in_it(names: list[str]) -> None:
    come: queue.Queue[Input | None] = queue.Queue()
    batches = Feed(iter(come.get, "end"), IMAGE).batches()
    for one in (Input(names[0]), Input("gone", "why"), Input(names[1]), None):
        come.put(one)
    assert [one.path for one in next(batches).inputs] == [names[0], "gone", names[1]]
    come.put(Input("/nowhere.jpg"))
    come.put(None)
    only = next(batches)
    assert [one.path for one in only.inputs] == ["/nowhere.jpg"]
    assert only.pixels is None
    come.put("end")  # type: ignore[arg-type]
    assert list(batches) == []


def test_an_error_of_the_inputs_is_raised(names: list[str]) -> None:
    def inputs() -> Iterator[Input]:
        yield Input(names[0])
        raise OSError("the list is gone")

    with pytest.raises(OSError, match="the list is gone"):
        list(Feed(inputs(), IMAGE).batches())


def test_names_that_look_like_an_address_are_files(names: list[str], tmp_path: Path) -> None:
    folder = os.getcwd()
    os.chdir(tmp_path)
    try:
        os.makedirs("http:")
        os.link(names[0], "http:/x.jpg")
        found = flat(list(Feed([Input("http://x.jpg"), Input("ram://none.jpg")], IMAGE).batches()))
    finally:
        os.chdir(folder)
    assert [error is None for _, error, _ in found] == [True, False]


def test_names_that_are_no_utf_8(names: list[str], tmp_path: Path) -> None:
    os.link(names[0], os.fsencode(tmp_path) + b"/\xff\n.jpg")
    good, bad = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.jpg"), os.fsdecode(os.fsencode(tmp_path) + b"/\xfe.jpg")
    found = flat(list(Feed([Input(good), Input(bad)], IMAGE).batches()))
    assert [(path, error is None) for path, error, _ in found] == [(good, True), (bad, False)]


def test_a_batch_of_large_pictures_is_small() -> None:
    assert batch_size(ImageConfig(size=150)) == 32
    assert batch_size(ImageConfig(size=1500)) == 4
    assert batch_size(ImageConfig(size=4000)) == 1


def test_no_inputs() -> None:
    assert list(Feed([], IMAGE).batches()) == []
