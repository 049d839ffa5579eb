"""Tests that the sentence above a chart is true, whichever arm is the fastest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.arms.cells import CENTRE
from bench.measure.rows import read
from bench.report.charts import charts
from tests.support.results_file import RunFile, realistic


def said(tmp_path: Path, run: RunFile, kind: str) -> list[str]:
    return [chart.says for chart in charts(read(run.write(tmp_path / "run.json"))) if chart.kind == kind]


@pytest.mark.parametrize(
    ("ratios", "sentence"),
    [
        (
            {"generator": 1, "pipeline": 5},
            "This package is the fastest, with X images a second: 5.00 times as many",
        ),
        ({"generator": 1, "dali": 8, "pipeline": 5}, "NVIDIA DALI is the fastest, with X images a second: 8.00 "),
        ({"generator": 3, "pipeline": 1}, "Keras' generator is the fastest, with X images a second."),
        ({"pipeline": 1}, "This package delivers X images a second."),
        ({"generator": 1, "dali": 5, "pipeline": 5}, "NVIDIA DALI and this package are level, at about X im"),
        ({"generator": 1, "pipeline": 1}, "Keras' generator and this package are level, at about X images a second."),
    ],
)
def test_the_fastest_is_named_and_ties_are_ties(tmp_path: Path, ratios: dict[str, float], sentence: str) -> None:
    run = RunFile(noise=0)
    run.drift = run.drift * 0 + 0.5
    run.comparison("comparison", ratios, CENTRE)
    (text,) = said(tmp_path, run, "throughput")
    rate = f"{190 * max(ratios.values()):,.0f}"
    assert rate in text
    assert text.replace(rate, "X").startswith(sentence)
    if "times" in text:
        assert text.endswith("as many as Keras' generator.")


def test_memory_names_the_least_and_the_most(tmp_path: Path) -> None:
    run = RunFile()
    for arm in ("torchvision", "generator", "pipeline"):
        run.throughput("comparison", arm, 100.0)
    (text,) = said(tmp_path, run, "memory")
    assert text == (
        "Keras' generator takes the least memory at its peak, 1,000 MB; torchvision takes the most, 1.20 times as much."
    )


def test_growth_is_from_one_end_of_the_axis_to_the_other(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.drift = run.drift * 0 + 1
    for side, cost in ((100, 1.0), (200, 4.0), (400, 16.0)):
        run.comparison("axis side", {"pipeline": 7 / cost, "generator": 1 / cost**1.5}, CENTRE.changed(side=side))
    (text,) = said(tmp_path, run, "growth")
    assert text == (
        "At 4.00 times the side, this package takes 16.0 times the time an image; Keras' generator takes 64.0 times "
        "the time an image."
    )


def test_waiting_leaves_out_the_arm_that_never_waits(tmp_path: Path) -> None:
    run = RunFile()
    for arm, share in (("constant", 0.0), ("generator", 0.7), ("pipeline", 0.02)):
        run.fit("fit notebook", arm, 100.0, share)
    (text,) = said(tmp_path, run, "waiting")
    assert text == ("With this package the model waits 2 % of the time for its input, with Keras' generator 70 %.")


@pytest.mark.parametrize(
    ("pipeline", "verdict"), [([0.71, 0.72, 0.75], "no more than"), ([0.81, 0.82, 0.85], "more than")]
)
def test_accuracies_are_held_against_the_seeds(tmp_path: Path, pipeline: list[float], verdict: str) -> None:
    run = RunFile()
    for arm, accuracies in (("generator", [0.70, 0.71, 0.73]), ("pipeline", pipeline)):
        run.rows.append({"kind": "accuracy", "arm": arm, "epochs": 5, "accuracies": accuracies})
    (text,) = said(tmp_path, run, "accuracy")
    between = pipeline[1] - 0.71
    assert text == (
        f"Between the arms the median accuracy differs by {between:.3f}, "
        f"{verdict} between the seeds of one arm (0.040)."
    )


def test_every_chart_of_a_whole_run_says_something(tmp_path: Path) -> None:
    found = charts(read(realistic().write(tmp_path / "run.json")))
    assert len(found) >= 8
    assert all(chart.says.endswith(".") and "nan" not in chart.says for chart in found)
