"""Which rows may be divided by which: those of one comparison, round by round; a limit, median by median.

What slows the machine in a round slows both rows of a comparison, so their ratio holds where their rates do not.
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
    "apart",
    "fastest_limit",
    "of_limit",
    "pair",
    "paired",
    "paired_rates",
    "peers_of",
    "reference",
    "row_limit",
]

REFERENCE = "generator"


class Compared(Protocol):
    """A row with figures of rounds that other rows of its comparison share."""

    @property
    def arm(self) -> str:
        """Whose."""
        ...

    @property
    def rates(self) -> tuple[float, ...]:
        """Images a second, one a round."""
        ...


R = TypeVar("R", bound=Compared)


def paired(row: Compared, against: Compared) -> Estimate:
    """The ratio of two rows of one comparison."""
    return paired_rates(row.rates, against.rates)


def paired_rates(rates: Sequence[float], against: Sequence[float]) -> Estimate:
    """The ratio round by round; rounds that only one of them has are left out."""
    rounds = min(len(rates), len(against))
    return ratio_of(rates[:rounds], against[:rounds])


def apart(values: Sequence[float], against: Sequence[float]) -> Estimate:
    """The ratio of two medians that were measured at different times; each is drawn anew on its own."""
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
    """What a comparison's rows are divided by: Keras' generator where it runs, else the first."""
    return next((row for row in rows if row.arm == REFERENCE), rows[0])


def peers_of(row: Throughput, rows: Iterable[Throughput]) -> list[Throughput]:
    """The rows of the same comparison at the same point, itself among them."""
    return [other for other in rows if other.comparison == row.comparison and other.cell == row.cell]


def pair(
    rows: Iterable[Throughput], arm: str, against: str, cell: Cell, comparison: str | None = None
) -> tuple[Throughput, Throughput] | None:
    """The two arms in a comparison that both run at this point; of several, one that is no axis', with the most rounds.

    On the axis of workers arms do not run at their best; it is taken only where it is the `comparison` asked for.
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
    """The fastest way to do what bounds an arm, on as many cores and with such photos; None where none was measured.

    A limit of other photos or sizes bounds nothing here. Batch, count and pages do not change the work of an image.
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
    """What bounds this row, and the fraction of it that the row reaches."""
    limit = fastest_limit(results, row.limit, row.cell) if row.limit else None
    return None if limit is None else (limit, of_limit(row, limit))


def of_limit(row: Throughput, limit: Limit) -> Estimate:
    """The fraction of a limit that a row reaches: round by round where the two ran in one comparison."""
    if row.comparison == limit.comparison:
        return paired_rates(row.rates, limit.rates)
    return apart(row.rates, limit.rates)
