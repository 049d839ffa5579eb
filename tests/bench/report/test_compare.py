"""Tests of comparing two runs: regressions and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.arms.cells import CENTRE
from bench.measure.rows import Results, read
from bench.report.compare import Change, Noise, compare, environment_differences, main, only_in_one, reversed_pairs
from pipeline.errors import InputError
from tests.support.results_file import AUGMENTED, RunFile, realistic

NOISE = Noise()


def run(seed: int = 0, noise: float = 0.01, **changed: float) -> RunFile:
    """Return a run with a comparison in which arms are slower or faster by a factor."""
    made = RunFile(noise, seed)
    ratios = {arm: ratio * changed.get(arm.replace("-", "_"), 1.0) for arm, ratio in AUGMENTED.items()}
    made.comparison("files augmented", ratios, CENTRE)
    return made


def compared(tmp_path: Path, old: RunFile, new: RunFile, noise: Noise = NOISE) -> dict[tuple[str, str], Change]:
    changes = compare(*both(tmp_path, old, new), noise)
    return {(change.arm, change.what): change for change in changes}


def both(tmp_path: Path, old: RunFile, new: RunFile) -> tuple[Results, Results]:
    return read(old.write(tmp_path / "old.json")), read(new.write(tmp_path / "new.json"))


def verdicts(changes: dict[tuple[str, str], Change]) -> set[tuple[str, str]]:
    return {(arm, change.verdict) for (arm, _), change in changes.items() if change.verdict != "within noise"}


def test_a_fifth_slower_is_a_regression_and_a_fifth_faster_is_said(tmp_path: Path) -> None:
    changes = compared(tmp_path, run(), run(1, pipeline=0.8, drop_in=1.2))
    assert verdicts(changes) == {("pipeline", "slower"), ("drop-in", "faster")}
    assert [arm for (arm, _), change in changes.items() if change.regression] == ["pipeline"]


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_3_percent_is_none(tmp_path: Path, seed: int) -> None:
    old, new = realistic(0.03, seed=2 * seed), realistic(0.03, seed=2 * seed + 1)
    assert verdicts(compared(tmp_path, old, new)) == set()


def test_a_machine_twice_as_slow_changes_no_ratio(tmp_path: Path) -> None:
    slow = run(1)
    for row in slow.rows:
        row["rates"] = [rate / 2 for rate in row["rates"]]
    changes = compared(tmp_path, run(), slow)
    assert verdicts(changes) == {("generator", "slower")}
    assert not any(change.regression for change in changes.values())


def test_a_reference_of_this_package_counts_by_its_rate(tmp_path: Path) -> None:
    def peers(factor: float) -> RunFile:
        made = RunFile()
        made.comparison("peers", {"pipeline": 8 * factor, "torchvision": 3}, CENTRE)
        return made

    changes = compared(tmp_path, peers(1), peers(0.5))
    assert changes["pipeline", "images/s"].verdict == "slower"
    assert changes["pipeline", "images/s"].regression
    assert changes["torchvision", "÷ pipeline"].verdict == "faster"


def test_a_change_clear_but_small_is_noise_until_least_is_lowered(tmp_path: Path) -> None:
    old, new = run(noise=0), run(noise=0, pipeline=0.96)
    assert verdicts(compared(tmp_path, old, new)) == set()
    assert verdicts(compared(tmp_path, old, new, Noise(least=0.03))) == {("pipeline", "slower")}


def test_a_large_change_with_overlapping_intervals_is_noise(tmp_path: Path) -> None:
    old, new = run(noise=0), run(noise=0)
    for made, factors in ((old, (1.0, 0.5, 1.5)), (new, (0.8, 0.5, 1.5))):
        for row in made.rows:
            if row["arm"] == "pipeline":
                row["rates"] = [rate * factors[k % 3] for k, rate in enumerate(row["rates"])]
    change = compared(tmp_path, old, new)["pipeline", "÷ generator"]
    assert change.new.median < 0.9 * change.old.median
    assert change.verdict == "within noise"


def test_memory_and_single_figures_count(tmp_path: Path) -> None:
    old, new = realistic(), realistic(seed=1)
    for row in new.rows:
        if row.get("arm") == "pipeline" and "memory" in row:
            row["memory"]["high_water"] *= 1.2
        if row.get("figure") == "help":
            row["values"] = [2 * value for value in row["values"]]
        if row.get("figure") == "scan":
            row["values"] = [value / 2 for value in row["values"]]
    changes = compared(tmp_path, old, new)
    assert verdicts(changes) == {("pipeline", "larger"), ("help, s", "larger"), ("scan, s", "smaller")}
    assert changes["help, s", "median"].regression
    assert not changes["scan, s", "median"].regression
    assert verdicts(compared(tmp_path, old, new, Noise(least_single=0.25))) == {
        ("help, s", "larger"),
        ("scan, s", "smaller"),
    }


def test_one_round_has_no_interval_and_takes_the_wider_bound(tmp_path: Path) -> None:
    def single(factor: float) -> RunFile:
        made = run(noise=0, pipeline=factor)
        for row in made.rows:
            row["rates"] = row["rates"][:1]
        return made

    assert verdicts(compared(tmp_path, single(1), single(0.92))) == set()
    assert verdicts(compared(tmp_path, single(1), single(0.85))) == {("pipeline", "slower")}


def test_a_figure_that_was_nothing_has_no_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = run(), run()
    for made, value in ((old, 0.0), (new, 1.0)):
        made.rows.append({"kind": "figure", "figure": "growth", "unit": "", "values": [value] * 3})
    changes = compared(tmp_path, old, new)
    assert verdicts(changes) == {("growth", "larger")}
    assert main([str(tmp_path / "old.json"), str(tmp_path / "new.json")]) == 1
    assert "growth" in capsys.readouterr().out


def test_fits_are_compared(tmp_path: Path) -> None:
    new = realistic(seed=1)
    for row in new.rows:
        if row["kind"] == "fit" and row["arm"] == "pipeline":
            row["rates"] = [0.7 * rate for rate in row["rates"]]
    assert verdicts(compared(tmp_path, realistic(), new)) == {("pipeline", "slower")}


def test_the_reference_is_one_that_both_have(tmp_path: Path) -> None:
    new = run(1)
    new.rows = [row for row in new.rows if row["arm"] != "generator"]
    changes = compared(tmp_path, run(), new)
    assert ("pipeline", "images/s") in changes
    assert changes["drop-in", "÷ pipeline"].verdict == "within noise"


def test_numbers_of_workers_are_rows_of_their_own(tmp_path: Path) -> None:
    def workers(*rates: float) -> RunFile:
        made = RunFile(noise=0)
        for number, rate in enumerate(rates, 1):
            made.throughput("axis workers", "torchvision", rate, setting={"workers": number})
        return made

    changes = compared(tmp_path, workers(100, 190, 250), workers(100, 120, 250))
    assert verdicts(changes) == {("torchvision, workers 2", "slower")}
    assert ("torchvision, workers 3", "÷ torchvision, workers 1") in changes


def test_rows_of_one_run_alone_are_named(tmp_path: Path) -> None:
    new = run()
    new.rows = [row for row in new.rows if row["arm"] != "torchvision"]
    new.fit("fit light", "pipeline", 10.0, 0.0)
    assert only_in_one(*both(tmp_path, run(), new)) == [
        f"only in {tmp_path / 'old.json'}: files augmented (augmented): torchvision",
        f"only in {tmp_path / 'new.json'}: fit light (CPU): pipeline",
    ]


def test_environments_that_differ_are_said_but_not_load_or_commit(tmp_path: Path) -> None:
    old, new = run(), run()
    new.environment |= {"load": 9.0, "commit": "other", "cores": 64, "numpy": "3.0"}
    assert environment_differences(*both(tmp_path, old, new)) == ["cores 2 -> 64", "numpy unknown -> 3.0"]
    assert environment_differences(*both(tmp_path, old, old)) == []


def test_places_change_only_where_intervals_part(tmp_path: Path) -> None:
    steady: dict[str, Any] = {"noise": 0}
    old = run(**steady)
    for made in (old, swapped := run(**steady, drop_in=3)):
        made.drift[:] = 1
        made.rows = []
    old.comparison("comparison", {"generator": 1, "drop-in": 5, "pipeline": 7, "torchvision": 7}, CENTRE)
    swapped.comparison("comparison", {"generator": 1, "drop-in": 15, "pipeline": 7, "torchvision": 6.9}, CENTRE)
    assert reversed_pairs(*both(tmp_path, old, swapped)) == [
        "comparison (augmented): drop-in is now ahead of pipeline",
        "comparison (augmented): drop-in is now ahead of torchvision",
    ]
    assert reversed_pairs(*both(tmp_path, old, old)) == []


def test_exit_codes_and_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = str(run().write(tmp_path / "old.json")), str(run(1).write(tmp_path / "new.json"))
    assert main([old, new]) == 0
    said = capsys.readouterr().out
    assert "ranking: the same in each comparison" in said
    assert "0 of " in said
    slow = run(1, pipeline=0.8)
    slow.environment["processor"] = "Another"
    assert main([old, str(slow.write(tmp_path / "new.json"))]) == 1
    said = capsys.readouterr().out
    assert "warning: the environments differ: processor Model Processor 3000 -> Another" in said
    assert "regression: files augmented (augmented): pipeline (÷ generator) slower" in said


@pytest.mark.parametrize("share", ["-0.1", "nan", "many"])
def test_a_share_must_be_one(tmp_path: Path, share: str) -> None:
    with pytest.raises(InputError, match=r"--least: must be a share such as 0\.05"):
        main(["old.json", "new.json", f"--least={share}"])


def test_nothing_in_common_is_bad_input(tmp_path: Path) -> None:
    new = RunFile()
    new.comparison("another comparison", {"pipeline": 1}, CENTRE)
    with pytest.raises(InputError, match="must have a row in common"):
        main([str(run().write(tmp_path / "old.json")), str(new.write(tmp_path / "new.json"))])
