"""Tests of finding runs and of reading them, complete or damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.compare.runs import find_runs, read
from pipeline.errors import InputError
from tests.support.run_folders import epochs_to, history, run_folder


def test_a_folder_of_runs_means_all_of_them_sorted_and_what_lies_in_a_run_is_none(tmp_path: Path) -> None:
    for name in ("b", "a/deep/run", "a/first", ".hidden/run"):
        run_folder(tmp_path / name, [])
    (tmp_path / "b" / "evaluate").mkdir()
    (tmp_path / "b" / "evaluate" / "run.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    found, twice = find_runs([str(tmp_path)])
    assert found == [str(tmp_path / name) for name in ("a/deep/run", "a/first", "b")]
    assert twice == []


def test_the_same_run_twice_is_one_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_folder(tmp_path / "runs" / "a", [])
    run_folder(tmp_path / "runs" / "b [1]", [])
    monkeypatch.chdir(tmp_path)
    found, twice = find_runs(["runs/b [1]", "runs/*", "./runs/a/"])
    assert found == ["runs/b [1]", "runs/a"]
    assert twice == ["runs/b [1]", "runs/a"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("none", "there is no folder 'none'"),
        ("empty", "'empty' holds no run"),
        ("no*thing", r"no run's folder is called 'no\*thing'"),
        ("file", "there is no folder 'file'"),
    ],
)
def test_what_is_no_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words):
        find_runs([given])


def test_the_figures_of_a_run(tmp_path: Path) -> None:
    epochs = [(0.6, 0.7, 0.55, 0.7), (0.8, 0.5, 0.7, 0.6), (0.95, 0.2, 0.7, 0.9), (0.97, 0.1, 0.65, 1.2)]
    run = read(str(run_folder(tmp_path / "a", epochs, "--seed", "7")))
    assert (run.finished, run.epochs, run.seed, run.problems) == (True, 4, 7, ())
    assert (run.best_epoch, run.val_accuracy) == (2, 0.7)  # the first of two equal epochs
    assert run.accuracy == 0.97
    assert run.gap == pytest.approx(0.32)
    assert (run.seconds, run.images_per_second, run.validation_examples) == (6.0, 900.0, 200)


def test_the_best_epoch_is_the_one_that_the_run_kept(tmp_path: Path) -> None:
    """Check a run of an earlier release, which saved the first of equal epochs."""
    epochs = [(0.6, 0.7, 0.7, 0.9), (0.8, 0.5, 0.7, 0.6)]
    run = read(str(run_folder(tmp_path / "a", epochs, best_epoch=1)))
    assert (run.best_epoch, run.val_accuracy) == (1, 0.7)


def test_without_validation_the_lowest_loss_is_the_best(tmp_path: Path) -> None:
    epochs = [(0.6, 0.7, 0.0, 0.0), (0.8, 0.5, 0.0, 0.0), (0.9, 0.6, 0.0, 0.0)]
    run = read(str(run_folder(tmp_path / "a", epochs, validation=False)))
    assert (run.best_epoch, run.val_accuracy, run.gap, run.accuracy) == (2, None, None, 0.9)
    assert run.problems == ()


def test_a_run_that_is_not_finished_and_one_without_an_epoch(tmp_path: Path) -> None:
    some = read(str(run_folder(tmp_path / "some", epochs_to(0.7)[:2], finished=False)))
    assert (some.finished, some.epochs, some.best_epoch, some.val_accuracy) == (False, 2, 2, 0.55)
    none = read(str(run_folder(tmp_path / "none", [], finished=False)))
    assert (none.finished, none.epochs, none.best_epoch, none.accuracy, none.problems) == (False, 0, None, None, ())


def test_epochs_that_diverged_count_and_are_never_the_best(tmp_path: Path) -> None:
    epochs = [(0.6, 0.7, 0.55, 0.7), (0.5, math.nan, math.nan, math.nan)]
    run = read(str(run_folder(tmp_path / "a", epochs, val_accuracy=0.55)))
    assert (run.epochs, run.best_epoch, run.val_accuracy) == (2, 1, 0.55)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda run: (run / "run.json").write_text("{"), "run.json is damaged"),
        (lambda run: (run / "run.json").write_text("[1]"), "run.json is damaged"),
        (lambda run: (run / "config.yaml").write_text("image: {sice: 3}"), "config.yaml cannot be used: image.sice"),
        (lambda run: (run / "config.yaml").unlink(), "config.yaml cannot be used"),
        (lambda run: (run / "history.csv").write_text("epoch,loss\n1,x\n"), "history.csv is damaged"),
        (lambda run: (run / "history.csv").write_text("a,b\n1,2\n"), "history.csv is damaged"),
        (lambda run: (run / "history.csv").write_text(history(epochs_to(0.7))[:-9]), "history.csv is damaged"),
        (lambda run: (run / "history.csv").write_bytes(b"\xff\xfe\x00"), "history.csv is damaged"),
        (lambda run: (run / "history.csv").write_text("hello, world"), "history.csv is damaged"),
        (lambda run: (run / "history.csv").write_text(history(epochs_to(0.7)[:2])), "history.csv is damaged"),
        (lambda run: (run / "history.csv").unlink(), "history.csv is missing"),
        (lambda run: (run / "model.keras").unlink(), "model.keras is missing"),
        (lambda run: (run / "model.keras").write_bytes(b"PK\3\4"), "model.keras is damaged"),
        (lambda run: (run / "classes.json").write_text("{}"), "classes.json is missing or damaged"),
    ],
)
def test_what_is_damaged_is_named_and_the_rest_is_read(
    tmp_path: Path, damage: Callable[[Path], object], words: str
) -> None:
    folder = run_folder(tmp_path / "a", epochs_to(0.7))
    damage(folder)
    run = read(str(folder))
    (problem,) = run.problems
    assert words in problem
    assert run.config is not None or run.rows
    assert run.val_accuracy == (0.7 if run.rows or run.record else None)


def test_paths_are_compared_where_they_lead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = read(str(run_folder(tmp_path / "a" / "run", [])))
    other = run_folder(tmp_path / "b" / "run", [])
    record = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**record, "directory": str(tmp_path / "a")}))
    assert one.config is not None
    assert one.config["data.train"] == "a/photos"
    assert read(str(other)).config == one.config
