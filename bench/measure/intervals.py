"""Medians with a bootstrap interval, and ratios of rounds that ran side by side.

The interval is the percentile bootstrap's (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
the median of as many rounds drawn with replacement, 10,000 times, the middle 95 % of them.
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
    """A median and what it may be.

    Args:
        median: of the rounds.
        low: lower end of the 95 % interval.
        high: upper end.
        rounds: all of them, as they came.
    """

    median: float
    low: float
    high: float
    rounds: tuple[float, ...]

    def shown(self, places: int = 2) -> str:
        """`3.14 (3.01–3.20), 7 rounds of 2.98–3.31`."""
        ends = f"{min(self.rounds):,.{places}f}–{max(self.rounds):,.{places}f}"
        interval = f"{self.low:,.{places}f}–{self.high:,.{places}f}"
        return f"{self.median:,.{places}f} ({interval}), {len(self.rounds)} rounds of {ends}"


def median_of(values: Sequence[float]) -> Estimate:
    """The median of some rounds; the same rounds give the same interval.

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
    """The median of the ratios within each round: what slows both in a round cancels.

    Args:
        values: one a round.
        against: of the same rounds, in their order.

    Raises:
        ValueError: there is no round, or the rounds are not the same.
    """
    return median_of([mine / theirs for mine, theirs in zip(values, against, strict=True)])
