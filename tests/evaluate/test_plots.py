"""The pictures: which there are, that each can be opened, and what they are lettered with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

from pipeline.evaluate import plots as pictures
from pipeline.evaluate.measures import MANY, Classification
from pipeline.evaluate.metrics import measure
from pipeline.evaluate.plots import draw, draw_learning, letter
from pipeline.evaluate.words import Words
from pipeline.sources.labels import Mode
from pipeline.text.fonts import OWN
from pipeline.text.messages import catalog
from tests.support.measured import LONG, UNDRAWABLE, evaluation

if TYPE_CHECKING:
    from tests.support.fonts import Machine

CASES: list[tuple[Mode, tuple[str, ...], set[str]]] = [
    ("int", ("cats", "$dogs$", LONG), {"confusion", "calibration", "roc", "precision_recall"}),
    ("multi_label", ("고양이", "강아지"), {"roc", "precision_recall"}),
    ("regression", ("x", "y"), {"scatter"}),
]


@pytest.mark.parametrize(("mode", "names", "expected"), CASES)
def test_each_kind_of_labels_has_its_pictures(
    tmp_path: Path, mode: Mode, names: tuple[str, ...], expected: set[str]
) -> None:
    found = evaluation(tmp_path, names, mode)
    pictures = draw(found.measures, letter(names, Words("en")))
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
        pictures = draw(found.measures, letter(found.run.class_names, Words("ko")))
        heights.append(
            [Image.open(io.BytesIO(pictures[name])).height for name in ("confusion", "roc", "precision_recall")]
        )
    assert min(np.subtract(heights[1], heights[0])) > 100


@pytest.mark.slow
def test_the_largest_matrix_is_of_a_sensible_size_and_more_classes_have_none(tmp_path: Path) -> None:
    for count in (MANY, MANY + 1):
        found = evaluation(tmp_path, tuple(f"class {k}" for k in range(count)))
        pictures = draw(found.measures, letter(found.run.class_names, Words("en")))
        assert ("confusion" in pictures) == (count <= MANY)
        if "confusion" in pictures:
            assert max(Image.open(io.BytesIO(pictures["confusion"])).size) < 4000


ROWS = "epoch,accuracy,loss,val_accuracy,val_loss\n1,0.5,0.7,0.6,0.6\n2,0.7,0.5,0.7,0.5\n"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (ROWS, True),
        (ROWS.replace("accuracy", "mae"), True),
        ("epoch,loss,accuracy\n1,0.7,nan\n", True),
        ("epoch,loss\n1,0.7\n", False),
        ("accuracy,loss\n0.5,0.7\n", False),
        ("epoch,accuracy,loss\n", False),
        ("epoch,accuracy,loss\n1,x,2\n", False),
        (None, False),
    ],
)
def test_the_epochs_are_drawn_where_the_run_s_history_tells_them(tmp_path: Path, text: str | None, drawn: bool) -> None:
    found = evaluation(tmp_path, ("cats", "dogs"))
    if text is not None:
        (tmp_path / "history.csv").write_text(text)
    pictures = draw_learning(found.run, letter(("cats", "dogs"), Words("en")))
    assert set(pictures) == ({"history"} if drawn else set())
    for picture in pictures.values():
        assert np.ptp(np.asarray(Image.open(io.BytesIO(picture)).convert("L"))) == 255


def test_names_without_a_font_become_numbers(machine: Machine) -> None:
    lettering = letter(("cats", UNDRAWABLE), Words("en"))
    assert (lettering.names, lettering.numbered) == (("0", "1"), frozenset(UNDRAWABLE))
    assert letter(("cats", LONG), Words("en")).names[1] == "a class wh…is wide, "


def test_english_needs_no_font_but_matplotlib_s_own(machine: Machine) -> None:
    lettering = letter(("cats", "dogs"), Words("en"))
    assert (lettering.names, lettering.families) == (("cats", "dogs"), (OWN,))
    assert (lettering.numbered, lettering.replaced) == (frozenset(), frozenset())


def test_korean_names_stay_where_a_font_has_them(machine: Machine) -> None:
    machine.install_korean([*catalog("ko", "evaluate").values(), "고양이강아지"])
    lettering = letter(("고양이", "강아지"), Words("ko"))
    assert (lettering.names, lettering.numbered, lettering.replaced) == (("고양이", "강아지"), frozenset(), frozenset())
    assert lettering.words.lang == "ko"


def test_names_stay_where_only_the_language_has_no_font(machine: Machine) -> None:
    lettering = letter(("cats", "dogs"), Words("ko"))
    assert (lettering.names, lettering.numbered, lettering.words.lang) == (("cats", "dogs"), frozenset(), "en")
    assert "정" in lettering.replaced


def test_every_cell_of_a_small_confusion_matrix_has_its_number_and_its_share_of_the_row() -> None:
    outputs = np.eye(4, dtype=np.float32)[[0, 1, 1, 2]]
    true = np.array([0, 1, 2, 2])
    measures = measure(outputs, true, ("a", "b", "c", "none here"), "int")
    assert isinstance(measures, Classification)
    figure: Any = pictures._confusion(measures, letter(("a", "b", "c", "none here"), Words("en")))
    written = [text.get_text() for text in figure.axes[0].texts]
    counts = confusion_matrix(true, outputs.argmax(axis=1), labels=range(4)).reshape(-1)
    shares = confusion_matrix(true, outputs.argmax(axis=1), labels=range(4), normalize="true").reshape(-1)
    assert written == [f"{count}\n{share:.0%}" if count else "0" for count, share in zip(counts, shares, strict=True)]
    assert written[8:12] == ["0", "1\n50%", "1\n50%", "0"]


def test_no_two_curves_look_the_same(tmp_path: Path) -> None:
    names = tuple(f"class {k}" for k in range(20))
    found = evaluation(tmp_path, names)
    assert isinstance(found.measures, Classification)
    figure: Any = pictures._curves(found.measures.classes, letter(names, Words("en")), "average_precision")
    lines = [line for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}
    assert len(looks) == len(lines) == 20


def test_precision_is_drawn_as_it_was_where_the_line_ends() -> None:
    """The surest answer is wrong: there is no precision of 1 anywhere."""
    outputs = np.array([[0.1, 0.9], [0.3, 0.7], [0.6, 0.4]], np.float32)
    measures = measure(outputs, np.array([0, 1, 0]), ("a", "b"), "int")
    assert isinstance(measures, Classification)
    figure: Any = pictures._curves(measures.classes, letter(("a", "b"), Words("en")), "average_precision")
    line = figure.axes[0].lines[0]
    assert line.get_xdata()[-1] == 0
    assert max(line.get_ydata()) < 1
