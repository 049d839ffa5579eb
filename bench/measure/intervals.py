"""Compute medians with a bootstrap interval, and ratios of rounds that ran one after the other.

The interval is the percentile bootstrap's (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
the rounds are drawn with replacement 10,000 times, and the interval holds the middle 95 % of the medians.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

__all__ = ["Estimate", "median_of", "ratio_of"]

DRAWS = 10_000
SHARE = 0.95


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A median with its interval.

    Args:
        median: the median of the rounds.
        low: the lower end of the 95 % interval.
        high: its upper end.
        rounds: the figures of all rounds, in order.
    """

    median: float
    low: float
    high: float
    rounds: tuple[float, ...]

    def shown(self, places: int = 2) -> str:
        """Return text with this number of decimal places: `3.14 (3.01–3.20), 7 rounds of 2.98–3.31`."""
        ends = f"{min(self.rounds):,.{places}f}–{max(self.rounds):,.{places}f}"
        interval = f"{self.low:,.{places}f}–{self.high:,.{places}f}"
        return f"{self.median:,.{places}f} ({interval}), {len(self.rounds)} rounds of {ends}"


def median_of(values: Sequence[float]) -> Estimate:
    """Return the median of some rounds. The same rounds always give the same interval.

    Raises:
        ValueError: there is no round.
    """
    if not values:
        raise ValueError("a median needs at least one round")
    array = np.asarray(values, np.float64)
    draws = np.random.default_rng(0).integers(0, len(array), (DRAWS, len(array)))
    low, high = np.quantile(np.median(array[draws], axis=1), [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return Estimate(float(np.median(array)), float(low), float(high), tuple(array.tolist()))


def ratio_of(values: Sequence[float], against: Sequence[float]) -> Estimate:
    """Return the median of the ratios within each round, in which a slow moment of the machine cancels.

    Args:
        values: a figure for each round.
        against: a figure for each of the same rounds, in the same order.

    Raises:
        ValueError: there is no round, or the numbers of rounds differ.
    """
    return median_of([mine / theirs for mine, theirs in zip(values, against, strict=True)])
