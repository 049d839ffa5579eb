"""The pictures: which there are, that each can be opened, and what they are lettered with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measured import LONG, UNDRAWABLE, evaluation
from numpy.typing import NDArray
from PIL import Image

from pipeline.evaluate import pictures
from pipeline.evaluate.measures import Classification
from pipeline.evaluate.metrics import measure
from pipeline.evaluate.mistakes import Worst
from pipeline.evaluate.pictures import draw, letter
from pipeline.evaluate.words import Words
from pipeline.labels import Mode
from pipeline.lettering import families_for

CASES: list[tuple[Mode, tuple[str, ...], set[str]]] = [
    ("int", ("cats", "$dogs$", LONG), {"confusion", "calibration", "roc", "precision_recall", "mistakes"}),
    ("multi_label", ("고양이", "강아지"), {"roc", "precision_recall", "mistakes"}),
    ("regression", ("x", "y"), {"scatter", "mistakes"}),
]


@pytest.mark.parametrize(("mode", "names", "expected"), CASES)
def test_each_kind_of_labels_has_its_pictures(
    tmp_path: Path, mode: Mode, names: tuple[str, ...], expected: set[str]
) -> None:
    found = evaluation(tmp_path, names, mode)
    pictures = draw(found.measures, found.predictions.mistakes, mode, 1 / 255, letter(names, Words("en")))
    assert set(pictures) == expected
    for picture in pictures.values():
        pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
        assert min(pixels.shape) > 200
        assert np.ptp(pixels) == 255  # neither empty nor all ink


@pytest.mark.slow
def test_twenty_classes_have_room(tmp_path: Path) -> None:
    heights = []
    for count in (3, 20):
        found = evaluation(tmp_path, tuple(f"class {k}" for k in range(count)))
        pictures = draw(found.measures, [], "int", 1 / 255, letter(found.run.class_names, Words("ko")))
        heights.append(
            [Image.open(io.BytesIO(pictures[name])).height for name in ("confusion", "roc", "precision_recall")]
        )
    assert min(np.subtract(heights[1], heights[0])) > 100


@pytest.mark.slow
def test_a_thousand_classes_are_drawn_too(tmp_path: Path) -> None:
    found = evaluation(tmp_path, tuple(f"class {k}" for k in range(150)))
    pictures = draw(found.measures, [], "int", 1 / 255, letter(found.run.class_names, Words("en")))
    assert max(Image.open(io.BytesIO(pictures["confusion"])).size) < 4000


def mistakes_alone(images: NDArray[np.float32], count: int) -> Image.Image:
    """Of labels that are never given there is no curve, and nothing else to draw."""
    outputs, labels = np.ones((len(images), 2), np.float32), np.zeros((len(images), 2))
    worst = Worst("multi_label")
    worst.add(images, outputs, labels)
    measures = measure(outputs, labels, ("cats", "dogs"), "multi_label")
    lettering = letter(("cats", "dogs"), Words("en"))
    (picture,) = draw(measures, worst.found[:count], "multi_label", 1 / 255, lettering).values()
    return Image.open(io.BytesIO(picture))


def test_there_are_as_many_mistakes_as_there_are() -> None:
    sizes = [mistakes_alone(np.zeros((25, 8, 8, 1), np.float32), count).size for count in (1, 5, 6, 25)]
    assert sizes[0] == (sizes[1][0] // 5, sizes[1][1])
    assert sizes[2] == (sizes[1][0], 2 * sizes[1][1])
    assert sizes[3] == (sizes[1][0], 5 * sizes[1][1])


def test_a_mistake_is_shown_as_the_model_saw_it() -> None:
    images = np.full((1, 10, 20, 3), 0.5, np.float32)
    images[:, :, :10] = [1, 0, 0]
    pixels = np.asarray(mistakes_alone(images, 1).convert("RGB"))
    red, grey = ((pixels == level).all(axis=2).sum() for level in ([255, 0, 0], [127, 127, 127]))
    assert red == pytest.approx(grey, rel=0.05)
    assert red > 5_000


@pytest.mark.skipif(families_for([UNDRAWABLE]) is not None, reason="every letter has a font here")
def test_names_without_a_font_become_numbers() -> None:
    lettering = letter(("cats", UNDRAWABLE), Words("en"))
    assert (lettering.names, lettering.numbered) == (("0", "1"), True)
    assert letter(("cats", LONG), Words("en")).names[1] == "a class wh…is wide, "


@pytest.mark.skipif(families_for(["고양이"]) is None, reason="no installed font has Hangul")
def test_korean_names_stay_where_a_font_has_them() -> None:
    lettering = letter(("고양이", "강아지"), Words("ko"))
    assert (lettering.names, lettering.numbered, lettering.replaced) == (("고양이", "강아지"), False, False)
    assert lettering.words.lang == "ko"


def test_every_cell_of_a_small_confusion_matrix_has_its_number(tmp_path: Path) -> None:
    outputs = np.eye(3, dtype=np.float32)[[0, 1, 1, 2]]
    measures = measure(outputs, np.array([0, 1, 2, 2]), ("a", "b", "c"), "int")
    assert isinstance(measures, Classification)
    figure: Any = pictures._confusion(measures, letter(("a", "b", "c"), Words("en")))
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == [str(count) for count in np.ravel(measures.confusion)]


def test_precision_is_drawn_as_it_was_where_the_line_ends() -> None:
    """The surest answer is wrong: there is no precision of 1 anywhere."""
    outputs = np.array([[0.1, 0.9], [0.3, 0.7], [0.6, 0.4]], np.float32)
    measures = measure(outputs, np.array([0, 1, 0]), ("a", "b"), "int")
    assert isinstance(measures, Classification)
    figure: Any = pictures._curves(measures.classes, letter(("a", "b"), Words("en")), "average_precision")
    line = figure.axes[0].lines[0]
    assert line.get_xdata()[-1] == 0
    assert max(line.get_ydata()) < 1
