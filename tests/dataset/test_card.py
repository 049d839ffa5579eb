"""`ImageData` where it is shown: its `repr`, its card in a notebook, its figure."""

from __future__ import annotations

import base64
import html.parser
import io
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline import Augment, ImageData, from_arrays, from_directory, load_image
from pipeline.config import ImageConfig, TrainConfig
from pipeline.config.brief import brief
from pipeline.dataset.card import HEIGHT, IMAGES, ROWS

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


class Page(html.parser.HTMLParser):
    """The texts, images and open elements of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.images: list[Image.Image] = []
        self.open: list[str] = []
        self.styles = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styles += f"{dict(attrs).get('style') or ''};"
        if tag == "img":
            data = str(dict(attrs)["src"]).removeprefix("data:image/png;base64,")
            self.images.append(Image.open(io.BytesIO(base64.b64decode(data, validate=True))))
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(data: ImageData) -> Page:
    found = Page(data._repr_html_())
    assert found.open == []
    return found


@pytest.fixture
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 10, "dogs": 4})


def test_the_repr_is_one_short_line(folder: Path) -> None:
    data = from_directory(folder, validation_split=0.3, image_size=(10, 12), batch_size=5)
    train, validation = data.counts.sum()
    assert repr(data) == (
        f"ImageData({train} training + {validation} validation photos of 2 classes, 10x12 rgb, batches of 5)"
    )
    assert len(repr(data.train_examples)) < 100
    arrays = from_arrays(np.zeros((6, 8, 8, 1), np.uint8), np.arange(6.0), label_mode="regression")
    assert repr(arrays) == "ImageData(6 training pictures, 8x8 grayscale, batches of 32)"


def test_the_card_says_what_the_summary_says_and_the_options(folder: Path) -> None:
    data = from_directory(folder, image_size=8, augment=Augment(rotation_range=40), seed=3)
    texts = page(data).texts
    for line in data.summary(print_fn=None).splitlines()[3:]:
        assert line in texts
    assert "augment: Augment(rotation_range=40.0); rescale: 0.00392156862745098; seed: 3" in texts
    table = [text for text in texts if text in ("class", "label", "train", "cats", "0", "10", "dogs", "1", "4")]
    assert table[-9:] == ["class", "label", "train", "cats", "0", "10", "dogs", "1", "4"]


def test_the_strip_shows_images_of_each_class_as_the_model_gets_them(folder: Path) -> None:
    data = from_directory(folder, image_size=HEIGHT, resize="pad", rescale=None)
    images = page(data).images
    paths = [
        str(folder / name) for name in [f"cats/{k:04}.jpg" for k in range(3)] + [f"dogs/{k:04}.jpg" for k in range(3)]
    ]
    assert len(images) == IMAGES
    for image, path in zip(images, paths, strict=True):
        assert np.array_equal(np.asarray(image), load_image(path, HEIGHT, "pad"))


def test_the_card_takes_no_step_and_reads_a_handful_of_files(folder: Path) -> None:
    """The same batches come with and without a look, and files that no card shows are not opened."""
    looked = from_directory(folder, image_size=8, cache="none", verify="never", batch_size=3)
    other = from_directory(folder, image_size=8, cache="none", verify="never", batch_size=3)
    iterator = iter(looked.train)
    next(iterator)
    before = (int(looked.epoch), int(looked.first))
    for path in folder.rglob("*.jpg"):
        if int(path.stem) >= IMAGES:
            path.rename(path.with_suffix(".away"))
    assert len(page(looked).images) == IMAGES
    assert (int(looked.epoch), int(looked.first)) == before
    for path in folder.rglob("*.away"):
        path.rename(path.with_suffix(".jpg"))
    list(other.train)
    ours, theirs = (np.concatenate([images for images, _ in one.train.as_numpy_iterator()]) for one in (looked, other))
    assert np.array_equal(ours, theirs)


def test_the_card_is_there_when_files_are_gone_or_broken(folder: Path) -> None:
    data = from_directory(folder, image_size=8, cache="memory")
    (folder / "cats" / "0000.jpg").write_bytes(b"no image")
    shutil.rmtree(folder / "dogs")
    assert len(page(data).images) == 2
    assert "dogs" in page(data).texts


def test_names_are_text_whatever_they_hold(photo_folder: PhotoFolder) -> None:
    bad = os.fsdecode(b"\xff<script>")
    folder = photo_folder({"<b>&amp;": 2, bad: 2})
    data = from_directory(folder, image_size=8)
    made = data._repr_html_()
    made.encode()  # what a notebook's messages are
    assert "<script>" not in made
    assert "<b>&amp;" in page(data).texts


def test_thousands_of_classes_make_no_thousands_of_lines() -> None:
    classes = 1000
    data = from_arrays(
        np.zeros((classes, 4, 4, 3), np.uint8), np.arange(classes), class_names=[f"class {k}" for k in range(classes)]
    )
    found = page(data)
    assert len(found.images) == IMAGES
    assert f"class {ROWS - 1}" in found.texts
    assert f"class {ROWS}" not in found.texts
    assert f"and {classes - ROWS} more classes: see data.counts" in found.texts
    assert len(repr(data)) < 120


def test_the_card_has_no_colour_of_its_own(folder: Path) -> None:
    """Black text on white would be unreadable where the notebook is dark."""
    styles = page(from_directory(folder, image_size=8)).styles
    assert set(re.findall(r"(?:color|background)[\w-]*: *([^;]+)", styles)) <= {"none", "inherit"}
    assert "#" not in styles


@pytest.mark.parametrize("mode", ["binary", "int", "categorical", None])
def test_every_label_mode_has_a_card(folder: Path, mode: str | None) -> None:
    data = from_directory(folder, image_size=8, label_mode=mode)  # type: ignore[arg-type]
    assert "labels: " in "".join(page(data).texts)


def test_several_labels_and_numbers_have_a_card() -> None:
    x = np.random.default_rng(0).uniform(0, 1, (8, 6, 5, 1)).astype(np.float32)
    several = from_arrays(x, (x[:, 0, 0, 0:1] > [0.3, 0.6]).astype(int), label_mode="multi_label")
    numbers = from_arrays(x, x[:, 0, 0, 0], label_mode="regression")
    for data in (several, numbers):
        assert len(page(data).images) == IMAGES


def test_the_summary_is_text_where_it_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = from_directory(folder, image_size=8)
    text = data.summary(print_fn=None)
    assert capsys.readouterr().out == ""
    data.summary()
    assert capsys.readouterr().out == text + "\n"


def test_a_configuration_names_what_differs_from_the_defaults() -> None:
    assert brief(Augment()) == "Augment()"
    assert brief(Augment(rotation_range=40, horizontal_flip=True)) == (
        "Augment(rotation_range=40.0, horizontal_flip=True)"
    )
    config = TrainConfig(image=ImageConfig(resize="pad"), output="runs/x")
    assert brief(config) == "TrainConfig(image=ImageConfig(resize='pad'), output='runs/x')"
    assert "fill_mode='nearest'" in repr(Augment())  # complete: caches and states are known by it
