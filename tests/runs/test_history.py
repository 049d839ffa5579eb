"""`history.csv`, its best epoch, and the first epoch of overfitting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.runs.history import History, best_row, overfitting_from, read_history

ROWS: list[dict[str, float]] = [
    {"epoch": 1, "accuracy": 0.5, "loss": 0.7, "val_accuracy": 0.5, "val_loss": 0.69, "seconds": 3},
    {"epoch": 2, "accuracy": 0.6, "loss": 0.6, "val_accuracy": 0.75, "val_loss": 0.5, "seconds": 2},
    {"epoch": 3, "accuracy": 0.8, "loss": 0.4, "val_accuracy": 0.625, "val_loss": 0.6, "seconds": 2},
]


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=5))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, losses: list[float]) -> None:
    path = tmp_path_factory.mktemp("history") / "history.csv"
    rows = [{"epoch": float(k), "loss": loss} for k, loss in enumerate(losses)]
    history = History(path)
    for row in rows:
        history.append(row)
    assert read_history(path) == rows
    assert path.read_text().count("epoch") == 1  # one header


def test_each_row_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    history = History(path)
    for count, row in enumerate(ROWS, 1):
        history.append(row)
        assert read_history(path) == ROWS[:count]
    assert path.read_bytes().startswith(b"epoch,accuracy,loss,val_accuracy,val_loss,seconds")


def test_it_is_set_back_to_what_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = History(tmp_path / "history.csv")
    history.set_back("")
    texts = [""]
    for row in ROWS:
        history.append(row)
        texts.append(history.text)
    again = History(history.path)  # of another process
    again.set_back(texts[2])
    assert read_history(again.path) == ROWS[:2]
    again.append(ROWS[2])
    assert again.path.read_bytes().decode() == texts[3]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", ["", "hello", "epoch;loss\n1;2\n", "cut", "no end"])
def test_what_was_damaged_is_put_back_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    history = History(tmp_path / "history.csv")
    for row in ROWS:
        history.append(row)
    text = history.text
    damaged = {"cut": text[:-9], "no end": text[:-2]}.get(damage, damage)
    history.path.write_text(damaged)
    again = History(history.path)
    again.set_back(text)
    assert history.path.read_bytes().decode() == text
    assert "was changed or damaged; the rows of the epochs that are done are put back" in capsys.readouterr().err
    history.path.unlink()
    again.set_back(text)
    assert read_history(history.path) == ROWS


@pytest.mark.parametrize(
    ("rows", "epoch"),
    [
        ([(0.5, 0.7, 0.9), (0.7, 0.6, 0.8), (0.7, 0.5, 0.7), (0.7, 0.5, 0.1)], 3),
        ([(float("nan"), 0.1, 0.9), (0.2, 0.6, 0.8)], 2),
        ([(None, 0.7, 0.1), (None, 0.6, 0.8)], 2),
        ([(None, None, 0.9), (None, None, 0.8), (None, None, 0.8)], 2),
        ([(None, None, float("nan"))], None),
        ([], None),
    ],
)
def test_the_best_row_is_that_of_the_model_that_is_kept(rows: list[tuple[Any, ...]], epoch: int | None) -> None:
    """Choose like `KeepBest`: of equal epochs the lowest validation loss, then the first."""
    names = ("val_accuracy", "val_loss", "loss")
    given = [
        {"epoch": k, **{name: value for name, value in zip(names, row, strict=True) if value is not None}}
        for k, row in enumerate(rows, 1)
    ]
    best = best_row(given)
    assert (None if best is None else best["epoch"]) == epoch


def losses(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"epoch": k, "loss": loss, "val_loss": val_loss} for k, (loss, val_loss) in enumerate(pairs, 1)]


@pytest.mark.parametrize(
    ("rows", "epoch"),
    [
        (losses((0.7, 0.7), (0.6, 0.6), (0.5, 0.65), (0.4, 0.7)), 3),
        (losses((0.7, 0.7), (0.6, 0.6), (0.5, 0.65), (0.4, 0.611), (0.3, 0.7), (0.2, 0.8)), 5),  # back within 2 %
        (losses((0.7, 0.7), (0.6, 0.6), (0.5, 0.65)), None),  # one epoch may be chance
        (losses((0.7, 0.7), (0.6, 0.6), (0.61, 0.65), (0.62, 0.7)), None),  # both get worse: not overfitting
        (losses((0.7, 0.7), (0.6, 0.6), (0.5, 0.605), (0.4, 0.61)), None),  # as good as the lowest
        (losses((0.7, 0.7), (0.6, 0.6), (0.5, 0.65), (0.4, 0.7), (float("nan"), float("nan"))), 3),
        (losses((float("nan"), 0.7)), None),
        ([{"epoch": 1, "loss": 0.5}], None),
        ([], None),
    ],
)
def test_overfitting_begins_where_validation_turns_and_training_goes_on(
    rows: list[dict[str, float]], epoch: int | None
) -> None:
    assert overfitting_from(rows) == epoch
