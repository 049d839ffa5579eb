"""Format the compared runs as a table for people and as a record for programs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from pipeline.compare.groups import SEED, Group, conclusions, described, differences, written
from pipeline.compare.runs import Run
from pipeline.text.plain_text import aligned, shown

__all__ = ["record", "table"]

HEAD = ("run", "epochs", "best", "val acc.", "train acc.", "gap", "seconds", "images/s", "parameters")
TAIL = 60  # if the differences of a run take more characters than this, they are printed below the table
WIDTH = 120  # characters of a line below the table
FIGURES = ("epochs", "best_epoch", "val_accuracy", "accuracy", "gap", "seconds", "images_per_second", "parameters")


def table(runs: Sequence[Run], groups: Sequence[Group]) -> str:
    """Return the table: a row for each run, then the conclusions.

    A row ends with the fields that differ and the run's problems. If they are too long, they are printed below the
    table.
    """
    fields = differences(runs)
    rows = aligned([HEAD, *([shown(run.name), *_cells(run)] for run in runs)])
    below = any(len(described(run, fields)) > TAIL for run in runs)
    lines = _joined(rows, [_tail(run, () if below else fields) for run in runs])
    lines += ["", "what differs:", *_apart(runs, fields)] if below else []
    lines += ["", "best: the epoch that was kept; val acc. is its validation accuracy. train acc. and gap (train less"]
    lines += ["validation accuracy: a large one is overfitting) are the last epoch's."]
    said = [*(["the runs have the same configuration"] if len(runs) > 1 and not fields else []), *conclusions(groups)]
    return "\n".join([*lines, *([""] if said else []), *map(shown, said)]) + "\n"


def _joined(rows: Sequence[str], tails: Sequence[str]) -> list[str]:
    """Append the tails to the rows. The first row is the head, which has no tail."""
    return [f"{row}  {tail}".rstrip() for row, tail in zip(rows, ["", *tails], strict=True)]


def _apart(runs: Sequence[Run], fields: Sequence[str]) -> list[str]:
    """Return the differing fields: a table with a column for each run or, if it is too wide, lines for each run."""
    cells = [[shown(written(None if run.config is None else run.config.get(name))) for run in runs] for name in fields]
    columns = aligned(
        [["", *(shown(run.name) for run in runs)]] + [[name, *row] for name, row in zip(fields, cells, strict=True)]
    )
    if max(map(len, columns)) <= WIDTH:
        return columns
    each = (f"{shown(run.name)}: {shown(described(run, fields))}" for run in runs)
    wrapped = (
        textwrap.wrap(one, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for one in each
    )
    return [line for lines in wrapped for line in lines]


def _tail(run: Run, fields: Sequence[str]) -> str:
    parts = [described(run, fields) if fields else "", "" if run.finished else _unfinished(run), *run.problems]
    return shown("; ".join(part for part in parts if part))


def _unfinished(run: Run) -> str:
    if not run.epochs:
        return "not finished: no epoch yet"
    asked = [] if run.config is None else [run.config[f"train.{name}"] for name in ("epochs", "fine_tune_epochs")]
    of = f" of {sum(asked)}" if asked else ""
    return f"not finished: {run.epochs}{of} epochs"


def _cells(run: Run) -> list[str]:
    seconds, rate = run.seconds, run.images_per_second
    return [
        f"{run.epochs:,}",
        "–" if run.best_epoch is None else f"{run.best_epoch:,}",
        *(_share(value) for value in (run.val_accuracy, run.accuracy, run.gap)),
        "–" if seconds is None else f"{seconds:,.1f}",
        "–" if not rate else f"{rate:,.0f}",
        "–" if run.parameters is None else f"{run.parameters:,}",
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def record(runs: Sequence[Run], groups: Sequence[Group]) -> dict[str, Any]:
    """Return everything in the table as JSON values."""
    fields = differences(runs)
    return {
        "runs": [_run(run, fields) for run in runs],
        "differs": fields,
        "groups": [_group(group) for group in groups if len(group.runs) > 1],
        "conclusions": conclusions(groups),
    }


def _run(run: Run, fields: Sequence[str]) -> dict[str, Any]:
    return {
        "run": run.name,
        "finished": run.finished,
        **{name: _plain(getattr(run, name)) for name in FIGURES},
        "validation_examples": run.validation_examples,
        SEED: run.seed,
        "differs": None if run.config is None else {name: _plain(run.config.get(name)) for name in fields},
        "problems": list(run.problems),
    }


def _group(group: Group) -> dict[str, Any]:
    figures = ("val_accuracy", "accuracy", "gap", "seconds", "images_per_second")
    values: dict[str, Any] = {}
    for name in figures:
        values[name] = _plain(group.mean(lambda run, name=name: getattr(run, name)))  # type: ignore[misc]
        values[f"{name}_deviation"] = _plain(group.deviation(lambda run, name=name: getattr(run, name)))  # type: ignore[misc]
    return {"name": group.name, "runs": [run.name for run in group.runs], "n": len(group.counted), **values}


def _plain(value: Any) -> Any:
    """Return a value for JSON: a list for a tuple, `None` for NaN and infinity, and numbers with six decimals."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
