"""Tests of the differences between runs, of their groups, and of the conclusions."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from pipeline.compare.groups import conclusions, differences, grouped
from pipeline.compare.runs import Run, read
from tests.support.run_folders import epochs_to, run_folder


def runs(tmp_path: Path, *asked: tuple[float, str]) -> list[Run]:
    """Make and read runs with these validation accuracies and options."""
    return [
        read(str(run_folder(tmp_path / f"run{k}", epochs_to(accuracy), *options.split())))
        for k, (accuracy, options) in enumerate(asked)
    ]


def test_only_what_differs_and_matters_is_named(tmp_path: Path) -> None:
    found = runs(
        tmp_path,
        (0.7, "--seed 1 --output x --train.checkpoints 3 --image.size 64"),
        (0.7, "--seed 2 --output y --loader.cache_folder z --image.size [64,64]"),
    )
    assert differences(found) == ["seed"]
    found = runs(tmp_path / "b", (0.7, ""), (0.7, "--image.resize pad --augment.rotation_range 40"))
    assert differences(found) == ["image.resize", "augment.rotation_range"]
    assert differences([]) == []


def test_runs_that_differ_in_the_seed_alone_are_taken_together(tmp_path: Path) -> None:
    accuracies = [0.7, 0.72, 0.76]
    found = runs(
        tmp_path,
        *((accuracy, f"--seed {k} --image.resize pad") for k, accuracy in enumerate(accuracies)),
        (0.6, "--seed 1"),
    )
    together, alone = grouped(found)
    assert (together.name, len(together.runs), len(together.counted)) == ("image.resize=pad", 3, 3)
    assert together.mean(lambda run: run.val_accuracy) == pytest.approx(statistics.mean(accuracies))
    assert together.deviation(lambda run: run.val_accuracy) == pytest.approx(statistics.stdev(accuracies))
    assert (alone.name, alone.deviation(lambda run: run.val_accuracy)) == (found[3].name, None)


def test_what_is_not_finished_or_repeats_a_seed_is_not_counted(tmp_path: Path) -> None:
    found = runs(tmp_path, (0.7, "--seed 1"), (0.7, "--seed 1"), (0.74, "--seed 2"))
    found.append(read(str(run_folder(tmp_path / "cut", epochs_to(0.3), "--seed", "3", finished=False))))
    (group,) = grouped(found)
    assert (len(group.runs), [run.seed for run in group.counted]) == (4, [1, 2])
    lines = conclusions([group])
    assert "all runs: validation accuracy 0.720 ± 0.028 (n = 2 seeds)" in lines
    assert f"{found[1].name} has the configuration and the seed of {found[0].name}: the two count as one" in lines


def test_a_difference_within_the_spread_is_said_to_be_chance(tmp_path: Path) -> None:
    pad = [(0.70, "--seed 1 --image.resize pad"), (0.76, "--seed 2 --image.resize pad")]
    crop = [(0.71, "--seed 1 --image.resize crop"), (0.71, "--seed 2 --image.resize crop")]
    (line,) = [line for line in conclusions(grouped(runs(tmp_path, *pad, *crop))) if "better" in line]
    assert line == (
        "image.resize=pad: 0.020 better than image.resize=crop, which is within the spread of the seeds: chance may "
        "explain it"
    )
    crop = [(0.51, "--seed 1 --image.resize crop"), (0.52, "--seed 2 --image.resize crop")]
    (line,) = [line for line in conclusions(grouped(runs(tmp_path / "b", *pad, *crop))) if "better" in line]
    assert line.endswith("which is more than the spread of the seeds")


def test_one_seed_each_says_little(tmp_path: Path) -> None:
    found = runs(tmp_path, (0.7, ""), (0.75, "--image.resize pad"))
    lines = conclusions(grouped(found))
    assert any("with one seed each that may be chance" in line for line in lines)
    # Wilson's interval of 150 of 200.
    assert f"{found[1].name}: on 200 validation photos 0.750 means 0.686 to 0.805 (95 %, Wilson)" in lines


def test_other_validation_photos_are_not_comparable(tmp_path: Path) -> None:
    found = runs(tmp_path, (0.7, "--data.validation a"), (0.8, "--data.validation b"))
    lines = conclusions(grouped(found))
    assert not [line for line in lines if " better than " in line]
    why = "not compared with each other, since they were measured on other validation photos"
    assert f"{why}: {found[1].name}; {found[0].name}" in lines
    split = "--data.validation_split 0.2"
    lines = conclusions(grouped(runs(tmp_path / "b", (0.7, f"{split} --seed 1"), (0.7, f"{split} --seed 2"))))
    assert any("the seed also draws which photos" in line for line in lines)


def test_a_run_whose_configuration_is_damaged_stands_alone(tmp_path: Path) -> None:
    found = runs(tmp_path, (0.7, "--seed 1"), (0.7, "--seed 2"))
    (Path(found[1].name) / "config.yaml").write_text("no: yaml: here")
    found[1] = read(found[1].name)
    groups = grouped(found)
    assert [len(group.runs) for group in groups] == [1, 1]
    assert conclusions(groups)


def test_runs_that_tell_other_classes_apart_are_compared_among_themselves_alone(tmp_path: Path) -> None:
    options = ["--image.resize stretch", "--image.resize pad", "--image.size 28", "--image.size 32"]
    found = runs(tmp_path, *zip([0.7, 0.6, 0.9, 0.8], options, strict=True))
    for run, classes in zip(found, (["cats", "dogs"], ["cats", "dogs"], ["0", "1"], ["0", "1"]), strict=True):
        run.record["classes"] = classes
    pairs = [line for line in conclusions(grouped(found)) if " better than " in line]
    assert [line.split(";")[0] for line in pairs] == [
        f"{found[2].name}: 0.100 better than {found[3].name}",
        f"{found[0].name}: 0.100 better than {found[1].name}",
    ]
    (line,) = [line for line in conclusions(grouped(found)) if line.startswith("not compared with each other")]
    assert line.endswith(f": {found[2].name}, {found[3].name}; {found[0].name}, {found[1].name}")
