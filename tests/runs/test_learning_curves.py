"""`history.png`: the curves, the best epoch, the epochs of overfitting, and no legend over the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from pipeline.runs.learning_curves import Words, draw_curves, save_history, styled, words_for_reader
from pipeline.text.messages import catalog

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tests.support.fonts import Machine

ROWS: list[dict[str, float]] = [
    {"epoch": 1, "accuracy": 0.5, "loss": 0.7, "val_accuracy": 0.5, "val_loss": 0.69, "seconds": 3},
    {"epoch": 2, "accuracy": 0.6, "loss": 0.6, "val_accuracy": 0.75, "val_loss": 0.5, "seconds": 2},
    {"epoch": 3, "accuracy": 0.8, "loss": 0.4, "val_accuracy": 0.625, "val_loss": 0.6, "seconds": 2},
    {"epoch": 4, "accuracy": 0.9, "loss": 0.2, "val_accuracy": 0.625, "val_loss": 0.7, "seconds": 2},
]


def labels(figure: Figure) -> list[str]:
    return [" ".join(text.get_text().split()) for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("stacked", [False, True])
def test_the_picture_shows_both_curves_the_best_epoch_and_where_overfitting_begins(stacked: bool) -> None:
    figure = draw_curves(ROWS, Words("en"), stacked=stacked)
    for axis, name in zip(figure.axes, ("loss", "accuracy"), strict=True):
        training, validation, best = axis.lines
        assert np.asarray(training.get_xdata()).tolist() == [1, 2, 3, 4]
        assert np.asarray(training.get_ydata()).tolist() == [row[name] for row in ROWS]
        assert np.asarray(validation.get_ydata()).tolist() == [row[f"val_{name}"] for row in ROWS]
        assert np.asarray(best.get_xdata()).tolist() == [2, 2]
        assert axis.get_title(loc="left") == name or axis.get_title() == name
        (shaded,) = axis.patches
        ends: Any = shaded.get_extents().transformed(axis.transData.inverted())
        assert (ends.x0, ends.x1) == pytest.approx((2.5, 4.5))
    assert labels(figure) == [
        "training",
        "validation",
        "best: 0.750 in epoch 2, kept in model.keras",
        "overfitting, from epoch 3 on: validation loss higher, training loss still falling",
    ]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("stacked", [False, True])
def test_the_legend_lies_over_no_data(machine: Machine, lang: str, stacked: bool) -> None:
    machine.install_korean(catalog("ko", "learning_curves").values())
    with styled(Words(lang)):
        figure: Any = draw_curves(ROWS, Words(lang), fine_tuned_from=3, stacked=stacked)
        figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [axis.get_legend() for axis in figure.axes] == [None, None]
    assert not [axis for axis in figure.axes if legend.get_window_extent().overlaps(axis.get_window_extent())]
    assert labels(figure)[-1] == catalog(lang, "learning_curves")["fine_tuning"]
    inside = figure.bbox.padded(1)
    for text in legend.get_texts():
        assert inside.contains(*text.get_window_extent().min)
        assert inside.contains(*text.get_window_extent().max)


def test_the_first_of_equal_epochs_is_the_best_as_for_the_model() -> None:
    assert "in epoch 2" in labels(draw_curves([*ROWS, {**ROWS[1], "epoch": 5}], Words("en")))[2]


def test_without_accuracy_the_validation_loss_decides() -> None:
    rows = [{key.replace("accuracy", "mae"): value for key, value in row.items()} for row in ROWS]
    figure = draw_curves(rows, Words("en"), "mae")
    assert labels(figure)[2] == "best: 0.500 in epoch 2, kept in model.keras"
    assert "mean absolute error" in {axis.get_title(loc="left") or axis.get_title() for axis in figure.axes}


@pytest.mark.parametrize("rows", [ROWS[:1], [{"epoch": 1, "accuracy": 0.5, "loss": float("nan")}]])
def test_one_epoch_no_validation_and_a_loss_that_is_no_number_are_drawn(
    tmp_path: Path, rows: list[dict[str, float]]
) -> None:
    save_history(rows, tmp_path / "history.png")
    with Image.open(tmp_path / "history.png") as image:
        assert image.format == "PNG"
        assert len(set(image.convert("L").get_flattened_data())) > 10


@pytest.mark.parametrize(
    ("variables", "korean"),
    [
        ({"LANG": "ko_KR.UTF-8"}, True),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR"}, True),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, True),
        ({}, False),
    ],
)
def test_the_words_are_in_the_language_of_the_system_s_messages(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], korean: bool
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    machine.install_korean(catalog("ko", "learning_curves").values())
    assert words_for_reader().lang == ("ko" if korean else "en")


@pytest.mark.filterwarnings("error")  # a glyph that is missing is only warned of
def test_korean_words_are_drawn_and_without_a_font_english_ones_with_a_note(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    save_history(ROWS, tmp_path / "english.png")
    assert "apt-get install fonts-nanum" in capsys.readouterr().err
    machine.install_korean(catalog("ko", "learning_curves").values())
    save_history(ROWS, tmp_path / "korean.png")
    assert capsys.readouterr().err == ""
    with styled(Words("ko")):
        figure = draw_curves(ROWS, Words("ko"), fine_tuned_from=3)
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["손실", "정확도"]
    assert labels(figure) == [
        "학습",
        "검증",
        "가장 좋음: 2번째 에포크, 0.750, model.keras에 저장",
        "과적합: 3번째 에포크부터 검증 손실은 오르고 학습 손실은 계속 줄어듦",
        "미세 조정 시작",
    ]


def test_both_languages_have_the_same_words() -> None:
    assert set(catalog("ko", "learning_curves")) == set(catalog("en", "learning_curves"))


def test_a_single_epoch_has_a_whole_number() -> None:
    rows = [{"epoch": 1.0, "loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.6}]
    words = Words("en")
    with styled(words):
        figure = draw_curves(rows, words)
        figure.canvas.draw()
    for axis in figure.axes:
        low, high = axis.get_xlim()
        assert [tick for tick in axis.get_xticks() if low <= tick <= high] == [1]
