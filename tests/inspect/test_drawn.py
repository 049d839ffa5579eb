"""Charts, thumbnails, stretch, pad and crop, and the cache's choice, as they come onto the page."""

from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipeline
from pipeline.inspect import drawing
from pipeline.inspect.charts import draw_charts, in_common
from pipeline.inspect.drawing import cache_auto, draw
from pipeline.inspect.gallery import shelves
from pipeline.inspect.pictures import THUMBNAIL, as_png, as_uri, squeezed, thumbnail
from pipeline.reports.words import FileWords, byte_size
from pipeline.text.messages import LANGUAGES, catalog
from tests.inspect.test_findings import inspect
from tests.support.odd_photos import odd_folder, picture


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1])))


def test_charts_are_svg_with_a_sentence_each_and_the_same_each_time(tmp_path: Path) -> None:
    photos = inspect(odd_folder(tmp_path)).good
    charts = draw_charts(photos, (150, 150))
    assert len(charts) + len(in_common(photos)) == 6
    assert len(charts) >= 4
    for key, address in charts.items():
        assert key in catalog("en", "inspect", "network")
        assert ElementTree.fromstring(base64.b64decode(address.split(",", 1)[1])).tag.endswith("svg")
    assert draw_charts(photos, (150, 150)) == charts


def test_a_single_photo_can_be_drawn_too(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    picture().save(tmp_path / "cats" / "a.png")
    photos = inspect(tmp_path).good
    assert draw_charts(photos, (64, 32)) == {}  # one bar each
    for lang, said in (("en", "All photos are 80×60 pixels."), ("ko", "모든 사진이 80×60픽셀입니다.")):
        lines = [FileWords(lang).why(one) for one in in_common(photos)]
        assert lines[0] == said
        assert len(lines) == 5  # the shape is in the size


def test_what_all_photos_share_is_a_sentence_and_the_rest_a_chart(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    for k in range(3):
        picture(40 + k, 60, seed=k).save(tmp_path / "cats" / f"{k}.png")
    picture(40, 60, seed=9).convert("L").save(tmp_path / "cats" / "grey.png")
    photos = inspect(tmp_path).good
    assert {"chart_sizes", "chart_aspect", "chart_modes"} <= set(draw_charts(photos, (64, 32)))
    assert "All photos are PNG files." in [FileWords("en").why(one) for one in in_common(photos)]


def test_each_class_has_photos_from_all_over_its_list(tmp_path: Path) -> None:
    for name, count in (("cats", 50), ("dogs", 3)):
        (tmp_path / name).mkdir()
        for k in range(count):
            picture(24, 48, seed=k).save(tmp_path / name / f"{k:02}.png")
    (tmp_path / "cats" / "broken.png").write_bytes(b"no")
    cats, dogs = shelves(inspect(tmp_path))
    assert (cats.class_name, cats.count, dogs.class_name, dogs.count) == ("cats", 50, "dogs", 3)
    numbers = [int(Path(photo.found.name).stem) for photo, _ in cats.photos]
    assert len(numbers) == len(set(numbers)) == 24
    assert max(np.diff(numbers)) <= 3
    assert (numbers[0], numbers[-1] > 45) == (0, True)
    for photo, address in dogs.photos:
        original = np.asarray(Image.open(photo.found.path).convert("L"), np.int16)
        assert np.abs(np.asarray(opened(address).convert("L")) - original).mean() < 6  # what JPEG loses


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
        assert byte_size(6 * 150 * 150 * 3) in FileWords(lang).why(said)


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
    assert "67.5\u00a0KB" in FileWords("ko").why(said)
