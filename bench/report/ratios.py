"""Compute the ratios of rows. Rows of one comparison are divided round by round, other rows by their medians.

A slow moment of the machine slows all rows of a comparison, so their ratio is more stable than their rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

from bench.arms.cells import Cell
from bench.measure.intervals import DRAWS, SHARE, Estimate, ratio_of
from bench.measure.rows import WORKERS, Limit, Results, Throughput

__all__ = [
    "REFERENCE",
    "Compared",
    "fastest_limit",
    "of_limit",
    "pair",
    "paired",
    "paired_rates",
    "peers_of",
    "reference",
    "row_limit",
    "unpaired_ratio",
]

REFERENCE = "generator"


class Compared(Protocol):
    """A row whose rounds are paired with those of the other rows of its comparison."""

    @property
    def arm(self) -> str:
        """The name of the arm."""
        ...

    @property
    def rates(self) -> tuple[float, ...]:
        """Images a second in each round."""
        ...


R = TypeVar("R", bound=Compared)


def paired(row: Compared, against: Compared) -> Estimate:
    """Return the ratio of two rows of one comparison."""
    return paired_rates(row.rates, against.rates)


def paired_rates(rates: Sequence[float], against: Sequence[float]) -> Estimate:
    """Return the ratio round by round, without the rounds that only one of them has."""
    rounds = min(len(rates), len(against))
    return ratio_of(rates[:rounds], against[:rounds])


def unpaired_ratio(values: Sequence[float], against: Sequence[float]) -> Estimate:
    """Return the ratio of two medians that were measured at different times. Each is resampled on its own."""
    random = np.random.default_rng(0)
    above, below = (
        np.median(side[random.integers(0, len(side), (DRAWS, len(side)))], axis=1)
        for side in (np.asarray(values, np.float64), np.asarray(against, np.float64))
    )
    low, high = np.quantile(above / below, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    median = float(np.median(values) / np.median(against))
    return Estimate(
        median, min(float(low), median), max(float(high), median), tuple(v / np.median(against) for v in values)
    )


def reference(rows: Sequence[R]) -> R:
    """Return the row by which the others of a comparison are divided: Keras' generator, or else the first."""
    return next((row for row in rows if row.arm == REFERENCE), rows[0])


def peers_of(row: Throughput, rows: Iterable[Throughput]) -> list[Throughput]:
    """Return the rows of the same comparison at the same point, including the row itself."""
    return [other for other in rows if other.comparison == row.comparison and other.cell == row.cell]


def pair(
    rows: Iterable[Throughput], arm: str, against: str, cell: Cell, comparison: str | None = None
) -> tuple[Throughput, Throughput] | None:
    """Return the rows of two arms from a comparison that has both at this point, or `None`.

    Of several comparisons, one that does not belong to an axis is preferred, then the one with the most rounds. Arms on
    the axis of workers do not have their best setting, so it is used only if it is the given `comparison`.
    """
    there = [
        row
        for row in rows
        if row.cell == cell and (row.comparison != WORKERS if comparison is None else row.comparison == comparison)
    ]
    pairs = [
        (mine, theirs)
        for mine in there
        if mine.arm == arm
        for theirs in there
        if theirs.arm == against and theirs.comparison == mine.comparison
    ]
    return max(pairs, key=_weight, default=None)


def _weight(rows: tuple[Throughput, Throughput]) -> tuple[bool, int]:
    return not rows[0].comparison.startswith("axis "), min(len(row.rates) for row in rows)


def fastest_limit(results: Results, name: str, cell: Cell) -> Limit | None:
    """Return the fastest measurement of a limit with the cell's cores, side and megapixels, or `None`.

    The cell's batch, count and pages do not change the work for an image.
    """
    cores = cell.cores or results.cores
    fits = [
        limit
        for limit in results.limits
        if limit.limit == name
        and (limit.cores or results.cores) == cores
        and (limit.cell.side, limit.cell.megapixels) == (cell.side, cell.megapixels)
    ]
    return max(fits, key=lambda limit: float(np.median(limit.rates)), default=None)


def row_limit(results: Results, row: Throughput) -> tuple[Limit, Estimate] | None:
    """Return the limit that bounds a row, and the fraction of it that the row reaches, or `None`."""
    limit = fastest_limit(results, row.limit, row.cell) if row.limit else None
    return None if limit is None else (limit, of_limit(row, limit))


def of_limit(row: Throughput, limit: Limit) -> Estimate:
    """Return the fraction of a limit that a row reaches, round by round if both belong to one comparison."""
    if row.comparison == limit.comparison:
        return paired_rates(row.rates, limit.rates)
    return unpaired_ratio(row.rates, limit.rates)
