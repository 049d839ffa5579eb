"""Tests of the least ratios of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.arms.cells import CENTRE
from bench.measure.intervals import Estimate
from bench.measure.rows import read
from bench.report.floors import FLOORS, Floor, holds, main, measure, read_floors
from pipeline.errors import InputError, MissingPathError
from tests.support.results_file import RunFile, realistic

FLOOR = """
[[floor]]
arm = "pipeline"
against = "generator"
augmented = true
least = 4.5
why = "speed"
"""


def toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "floors.toml"
    path.write_text(text)
    return path


def test_the_floors_of_a_quick_run() -> None:
    floors = {(floor.arm, floor.against, floor.augmented): floor for floor in read_floors(FLOORS)}
    assert {key: floor.least for key, floor in floors.items()} == {
        ("pipeline", "generator", True): 4.5,
        ("pipeline-memory", "generator", True): 18,
        ("pipeline-memory", "generator", False): 12,
        ("pipeline", "keras-layers", True): 2.7,
        ("drop-in", "generator", True): 3.3,
        ("pipeline-disk", "pipeline", False): 6,
    }
    assert [floor.arm for floor in floors.values() if floor.optional] == ["pipeline-disk"]


def test_a_run_as_measured_holds_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(realistic(noise=0.1).write(tmp_path / "run.json"))]) == 0
    assert capsys.readouterr().out.count("holds") == 6


def test_a_ratio_under_its_floor_fails_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = realistic()
    for row in run.rows:
        if row.get("arm") == "drop-in":
            row["rates"] = [rate / 2 for rate in row["rates"]]
    assert main([str(run.write(tmp_path / "run.json"))]) == 1
    broken = [line for line in capsys.readouterr().out.splitlines() if "BROKEN" in line]
    assert len(broken) == 1
    assert broken[0].startswith("drop-in ÷ generator, augmented: at least 3.3; 2.7")


def test_only_an_interval_wholly_below_fails() -> None:
    floor = Floor("a", "b", True, 4.5, "why")
    assert not holds(floor, Estimate(4.2, 4.0, 4.49, (4.2,)))
    assert holds(floor, Estimate(4.2, 4.0, 4.5, (4.2,)))


def test_what_is_not_measured_fails_unless_it_is_optional(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = realistic()
    run.rows = [row for row in run.rows if row.get("arm") != "pipeline-disk"]
    assert main([str(run.write(tmp_path / "run.json"))]) == 0
    assert "pipeline-disk ÷ pipeline, plain: at least 6; not measured, which it may be" in capsys.readouterr().out
    run.rows = [row for row in run.rows if row.get("arm") != "drop-in"]
    assert main([str(run.write(tmp_path / "run.json"))]) == 1
    assert "drop-in ÷ generator, augmented: at least 3.3; NOT MEASURED" in capsys.readouterr().out


def test_comparison_and_augmentation_choose_the_rows(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("one", {"generator": 1, "pipeline": 3}, CENTRE)
    run.comparison("two", {"generator": 1, "pipeline": 5}, CENTRE)
    run.comparison("three", {"generator": 1, "pipeline": 2}, CENTRE.changed(augmented=False))
    results = read(run.write(tmp_path / "run.json"))

    def ratio(augmented: bool, comparison: str | None) -> float | None:
        found = measure(Floor("pipeline", "generator", augmented, 1, "why", comparison), results)
        return None if found is None else round(found.median, 6)

    assert ratio(True, "one") == 3
    assert ratio(True, "two") == 5
    assert ratio(False, None) == 2
    assert ratio(False, "one") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"\[\[floor\]\] entries alone, at least one"),
        ("floor = 3", "entries alone, at least one"),
        ("floor = [3]", "floor 1 must be a table"),
        (FLOOR + "[other]\n", "entries alone, at least one"),
        (FLOOR + "most = 3\n", "a key must be one of arm, against"),
        (FLOOR.replace("4.5", '"4.5"'), "least must be a positive number. Received: '4.5'"),
        (FLOOR.replace("4.5", "-1"), "least must be a positive number"),
        (FLOOR.replace("4.5", "true"), "least must be a positive number"),
        (FLOOR.replace("4.5", "nan"), "least must be a positive number"),
        (FLOOR.replace("true", "1"), "augmented must be true or false. Received: 1"),
        (FLOOR.replace('"pipeline"', '""'), "arm must be a text"),
        (FLOOR.replace('why = "speed"', ""), "must have why"),
        ("[[floor", "must be a TOML file"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        read_floors(toml(tmp_path, text))
    assert "floors.toml" in str(refused.value)


def test_an_absent_file_is_refused_and_an_own_one_is_taken(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match="nothing of that name"):
        read_floors(tmp_path / "absent.toml")
    run = str(realistic().write(tmp_path / "run.json"))
    assert main([run, "--floors", str(toml(tmp_path, FLOOR))]) == 0
    assert main([run, "--floors", str(toml(tmp_path, FLOOR.replace("4.5", "8")))]) == 1
