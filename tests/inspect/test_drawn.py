"""Charts, thumbnails, stretch, pad and crop, and the cache's choice, as they come onto the page."""

from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from odd_photos import odd_folder, picture
from PIL import Image
from test_findings import inspect

import pipeline
from pipeline.inspect import drawing
from pipeline.inspect.charts import draw_charts
from pipeline.inspect.drawing import cache_auto, draw
from pipeline.inspect.pictures import THUMBNAIL, as_png, as_uri, squeezed, thumbnail
from pipeline.inspect.words import LANGUAGES, Words, byte_size


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1])))


def test_charts_are_svg_with_a_sentence_each_and_the_same_each_time(tmp_path: Path) -> None:
    photos = inspect(odd_folder(tmp_path)).good
    charts = draw_charts(photos, (150, 150))
    assert len(charts) == 6
    for key, address in charts.items():
        assert key in LANGUAGES["en"]
        assert ElementTree.fromstring(base64.b64decode(address.split(",", 1)[1])).tag.endswith("svg")
    assert draw_charts(photos, (150, 150)) == charts


def test_a_single_photo_can_be_drawn_too(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    picture().save(tmp_path / "cats" / "a.png")
    assert len(draw_charts(inspect(tmp_path).good, (64, 32))) == 6


def test_a_folder_in_which_nothing_can_be_read_has_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.jpg").write_bytes(b"no")
    drawn = draw(inspect(tmp_path), None)
    assert (drawn.charts, list(drawn.squeezed), drawn.photo, list(drawn.rows)) == ({}, [], "", [])


def test_thumbnails_are_small_and_upright(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(300, 600).save(tmp_path / "cats" / "a.jpg", exif=exif)
    (photo,) = inspect(tmp_path).good
    assert opened(thumbnail(photo)).size == (THUMBNAIL // 2, THUMBNAIL)
    Path(photo.found.path).unlink()
    assert thumbnail(photo) == ""


def test_the_worst_stretched_are_shown_as_training_reads_them(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    for k in range(6):
        picture(40, 40 + 60 * k, seed=k).save(tmp_path / "cats" / f"{k}.png")
    shown = squeezed(inspect(tmp_path))
    assert [one.photo.found.name for one in shown] == ["cats/5.png", "cats/4.png", "cats/3.png", "cats/2.png"]
    for way, address in shown[0].ways.items():
        expected = pipeline.load_image(tmp_path / "cats" / "5.png", (150, 150), way)  # type: ignore[arg-type]
        drawn = np.asarray(opened(address), np.int16)
        assert np.abs(drawn - expected).mean() < 6  # what JPEG loses


def test_grey_and_alpha_become_pictures_too() -> None:
    levels = np.asarray(picture())
    np.testing.assert_array_equal(np.asarray(opened(as_png(levels))), levels)
    assert opened(as_uri(levels[:, :, :1])).mode == "RGB"
    assert opened(as_uri(np.dstack([levels, levels[:, :, 0]]))).size == (80, 60)


def test_the_cache_is_the_one_that_training_chooses(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for k in range(3):
            picture(seed=k).save(tmp_path / name / f"{k}.png")
    said = cache_auto(inspect(tmp_path))
    built = pipeline.from_directory(tmp_path, cache="auto").cache
    assert built.startswith(f"{said.says.removeprefix('cache_')} (auto): ")
    assert said.values["needed"] == byte_size(6 * 150 * 150 * 3)
    for lang in LANGUAGES:
        assert byte_size(6 * 150 * 150 * 3) in Words(lang).why(said)


@pytest.mark.parametrize(("free", "disk", "chosen"), [(10**9, 0, "memory"), (9, 10**9, "disk"), (9, 9, "none")])
def test_each_choice_of_a_cache_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, disk: int, chosen: str
) -> None:
    (tmp_path / "cats").mkdir()
    picture().save(tmp_path / "cats" / "a.png")
    monkeypatch.setattr(drawing, "available_memory", lambda: free)
    monkeypatch.setattr(drawing, "disk_room", lambda *_: disk)
    said = cache_auto(inspect(tmp_path))
    assert said.says == f"cache_{chosen}"
    assert "67.5\u00a0KB" in Words("ko").why(said)
