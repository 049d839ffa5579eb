"""Tests of the curves: a line for each run, a line and a band for each group of seeds, every epoch in the CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.compare.curves import _labels, _lines, _points, curves_csv, draw_curves
from pipeline.compare.groups import grouped
from pipeline.compare.runs import Run, read
from pipeline.text.palette import line_style
from tests.support.run_folders import epochs_to, run_folder

if TYPE_CHECKING:
    from tests.support.fonts import Machine


def seeds(tmp_path: Path, *accuracies: float) -> list[Run]:
    return [
        read(str(run_folder(tmp_path / f"고양이 {k}", epochs_to(accuracy), "--seed", str(k))))
        for k, accuracy in enumerate(accuracies)
    ]


def test_every_epoch_of_every_run_is_in_the_csv(tmp_path: Path) -> None:
    runs = seeds(tmp_path, 0.7, 0.8)
    runs.append(read(str(run_folder(tmp_path / "bare", epochs_to(0.6)[:1], validation=False))))
    rows = list(csv.DictReader(io.StringIO(curves_csv(runs))))
    assert len(rows) == 7
    assert [(row["run"], row["seed"], row["epoch"]) for row in rows[2:4]] == [
        (runs[0].name, "0", "3"),
        (runs[1].name, "1", "1"),
    ]
    assert (rows[5]["val_accuracy"], rows[6]["val_accuracy"], rows[6]["loss"]) == ("0.8", "", "0.8")


def test_a_group_is_drawn_by_its_mean_and_deviation(tmp_path: Path) -> None:
    runs = seeds(tmp_path, 0.7, 0.8, 0.75)
    epoch, mean, deviation = _points(runs, "val_accuracy")[-1]
    assert (epoch, mean, deviation) == pytest.approx((3, 0.75, np.std([0.7, 0.8, 0.75], ddof=1)))
    cut = read(str(run_folder(tmp_path / "cut", epochs_to(0.1)[:2], "--seed", "9", finished=False)))
    (group,) = grouped([*runs, cut])
    names = [(name, len(members)) for name, members in _lines(group)]
    assert names == [("all runs (n = 3)", 3), (f"{cut.name} (not finished)", 1)]


@pytest.mark.parametrize("count", [1, pytest.param(12, marks=pytest.mark.slow)])
def test_it_can_be_opened_and_the_legend_makes_room(tmp_path: Path, count: int) -> None:
    runs = [
        read(str(run_folder(tmp_path / f"run {k}", epochs_to(0.5 + k / 100), "--image.size", str(40 + k))))
        for k in range(count)
    ]
    picture = draw_curves(grouped(runs))
    assert picture is not None
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    assert drawn.height >= 500 + 13 * count
    colours = {tuple(colour) for colour in np.asarray(drawn).reshape(-1, 3)[::7].tolist()}
    assert len([colour for colour in colours if max(colour) - min(colour) > 90]) >= count


def test_no_two_runs_look_the_same_to_the_colour_blind_or_in_grey() -> None:
    looks = [line_style(place) for place in range(56)]
    assert len({(one["color"], one["marker"], one["linestyle"]) for one in looks}) == 56
    # Seven successive lines differ in colour and in marker.
    for place in range(50):
        for name in ("color", "marker"):
            assert len({one[name] for one in looks[place : place + 7]}) == 7
    assert {one["color"] for one in looks} <= {
        *("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")  # Okabe and Ito's
    }


def test_without_an_epoch_there_is_no_picture(tmp_path: Path) -> None:
    assert draw_curves(grouped([read(str(run_folder(tmp_path / "a", [], finished=False)))])) is None


def test_names_that_cannot_be_drawn_are_numbered_and_long_ones_shortened(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = _labels(["runs/a", "r" * 100, "runs/강아지 1"])
    assert (first, len(second)) == ("runs/a", 60)
    assert third == "run 3: runs/??? 1"
    assert "apt-get install fonts-nanum" in capsys.readouterr().err
    machine.install_korean("강아지")
    assert _labels(["runs/강아지 1"]) == ["runs/강아지 1"]
