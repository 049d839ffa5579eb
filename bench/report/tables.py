"""Turn the rows of a run into pandas tables, one for each kind, and into one table for CSV."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Fit, Results, Throughput
from bench.report.ratios import paired, peers_of, reference, row_limit

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "accuracy_table",
    "everything",
    "figure_table",
    "fit_table",
    "limit_table",
    "other_table",
    "throughput_table",
]

MB = 1e6


def throughput_table(results: Results) -> pd.DataFrame:
    """Return a row for each arm and point: its rate, its ratio to the reference, its share of the limit, its memory."""
    return _frame("throughput", (_throughput(results, row) for row in results.throughput))


def fit_table(results: Results) -> pd.DataFrame:
    """Return a row for each fit."""
    return _frame("fit", (_fit(results, row) for row in results.fits))


def limit_table(results: Results) -> pd.DataFrame:
    """Return a row for each limit and library."""
    return _frame(
        "limit",
        (
            {"limit": row.limit, "arm": row.by, "cores": row.cores, "point": row.cell.name()}
            | _estimate("rate", median_of(row.rates))
            for row in results.limits
        ),
    )


def accuracy_table(results: Results) -> pd.DataFrame:
    """Return a row for each arm and seed."""
    return _frame(
        "accuracy",
        (
            {"arm": row.arm, "epochs": row.epochs, "seed": seed, "accuracy": accuracy}
            for row in results.accuracies
            for seed, accuracy in enumerate(row.accuracies)
        ),
    )


def figure_table(results: Results) -> pd.DataFrame:
    """Return a row for each figure."""
    return _frame(
        "figure",
        (
            {"figure": row.figure, "unit": row.unit} | _estimate("value", median_of(row.values))
            for row in results.figures
        ),
    )


def other_table(results: Results) -> pd.DataFrame:
    """Return a row for each record that is not of this suite."""
    return _frame(
        "other",
        (
            {"figure": row.name, "unit": "s"} | (_estimate("value", median_of(row.seconds)) if row.seconds else {})
            for row in results.others
        ),
    )


def everything(results: Results) -> pd.DataFrame:
    """Return all tables as one. A cell is empty if the row's kind does not have the column."""
    import pandas as pd

    makers = (throughput_table, limit_table, fit_table, accuracy_table, figure_table, other_table)
    tables = [table for table in (make(results) for make in makers) if len(table)]
    return pd.concat(tables, ignore_index=True)


def _frame(kind: str, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    empty = ({name: math.nan if value is None else value for name, value in row.items()} for row in rows)
    return pd.DataFrame([{"kind": kind, **row} for row in empty])


def _throughput(results: Results, row: Throughput) -> dict[str, Any]:
    against = reference(peers_of(row, results.throughput))
    bound = row_limit(results, row)
    memory = row.memory
    return {
        "race": row.comparison,
        "arm": row.arm,
        "point": row.point,
        **dataclasses.asdict(row.cell),
        **_estimate("rate", median_of(row.rates)),
        "rounds": len(row.rates),
        "against": against.arm,
        **_estimate("ratio", paired(row, against)),
        "limit": row.limit,
        "limit_by": bound[0].by if bound else None,
        **(_estimate("of_limit", bound[1]) if bound else {}),
        "first_batch_seconds": row.first_batch_seconds,
        **{f"{name}_mb": _mb(getattr(memory, name)) for name in ("high_water", "rss", "pss", "gpu")},
        "processes": memory.processes,
        "setting": json.dumps(dict(row.setting), sort_keys=True),
    }


def _fit(results: Results, row: Fit) -> dict[str, Any]:
    against = reference([other for other in results.fits if other.comparison == row.comparison])
    return {
        "race": row.comparison,
        "arm": row.arm,
        "network": row.network,
        "device": row.device,
        **_estimate("rate", median_of(row.rates)),
        "rounds": len(row.rates),
        "against": against.arm,
        **_estimate("ratio", paired(row, against)),
        "waiting": row.waiting,
        "epoch_seconds": median_of(row.seconds).median if row.seconds else None,
        "first_batch_seconds": row.first_batch_seconds,
        "setting": json.dumps(dict(row.setting), sort_keys=True),
    }


def _estimate(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.median, f"{name}_low": found.low, f"{name}_high": found.high}


def _mb(size: float | None) -> float | None:
    return None if size is None else size / MB
