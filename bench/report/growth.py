"""Fit power laws to the growth of time and memory along an axis.

cost = factor · value ** exponent, by least squares on logarithms. If every point has several rounds, the exponent's
95 % interval is the percentile bootstrap's over the rounds. Otherwise, with at least three points, it is the interval
of the regression (Student's t).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bench.arms.cells import CENTRE, Cell
from bench.measure.intervals import SHARE, Estimate, median_of
from bench.measure.rows import Results, Throughput
from pipeline.config import checks

__all__ = ["AXES", "Curve", "PowerLaw", "curves", "fit_power"]

AXES = ("side", "batch", "megapixels", "count", "cores", "workers")
DRAWS = 2_000


@dataclasses.dataclass(frozen=True)
class PowerLaw:
    """A power law, cost = factor · value ** exponent.

    Args:
        exponent: the exponent.
        low: the lower end of its 95 % interval, or NaN if it cannot be computed.
        high: the upper end, or NaN.
        factor: the factor.
    """

    exponent: float
    low: float
    high: float
    factor: float

    def shown(self) -> str:
        """Return text such as `exponent 0.51 (0.50 to 0.52)`."""
        interval = "" if math.isnan(self.low) else f" ({self.low:z.2f} to {self.high:z.2f})"
        return f"exponent {self.exponent:z.2f}{interval}"


@dataclasses.dataclass(frozen=True)
class Curve:
    """A cost of one arm along an axis.

    Args:
        axis: the name of the axis.
        arm: the arm.
        rest: the name of the other coordinates if they are not those of the central point, else "".
        cost: the name of the cost, with its unit.
        values: the positions on the axis, ascending.
        costs: the cost at each position.
        law: the power law through them.
    """

    axis: str
    arm: str
    rest: str
    cost: str
    values: tuple[float, ...]
    costs: tuple[Estimate, ...]
    law: PowerLaw


def fit_power(values: Sequence[float], rounds: Sequence[Sequence[float]]) -> PowerLaw:
    """Fit a power law to the medians of the rounds at each value.

    Args:
        values: positive values, at least two of them different.
        rounds: the positive costs of all rounds at each value.

    Raises:
        ValueError: there are too few values, or a value or cost is not positive.
    """
    if len(set(values)) < 2 or min(values) <= 0 or min(min(costs) for costs in rounds) <= 0:
        raise ValueError("a power law needs two different positive values and positive costs")
    x = np.log(np.asarray(values, np.float64))
    x -= x.mean()
    y = np.log([np.median(costs) for costs in rounds])
    exponent = float(x @ y / (x @ x))
    factor = math.exp(float(y.mean()) - exponent * float(np.log(values).mean()))
    low, high = _interval(x, y, exponent, rounds)
    return PowerLaw(exponent, low, high, factor)


def _interval(x: np.ndarray, y: np.ndarray, exponent: float, rounds: Sequence[Sequence[float]]) -> tuple[float, float]:
    if all(len(costs) > 1 for costs in rounds):
        random = np.random.default_rng(0)
        drawn = np.stack([_drawn_medians(random, costs) for costs in rounds])
        low, high = np.quantile(x @ np.log(drawn) / (x @ x), [(1 - SHARE) / 2, (1 + SHARE) / 2])
        return min(float(low), exponent), max(float(high), exponent)
    if len(x) < 3:
        return math.nan, math.nan
    from scipy.special import stdtrit

    left = y - y.mean() - exponent * x
    error = math.sqrt(float(left @ left) / (len(x) - 2) / float(x @ x))
    half = float(stdtrit(len(x) - 2, (1 + SHARE) / 2)) * error
    return exponent - half, exponent + half


def _drawn_medians(random: np.random.Generator, costs: Sequence[float]) -> np.ndarray:
    array = np.asarray(costs, np.float64)
    return np.asarray(np.median(array[random.integers(0, len(array), (DRAWS, len(array)))], axis=1))


def curves(results: Results) -> list[Curve]:
    """Return every cost along every axis for which a run has at least two points."""
    return [
        curve for axis in AXES for cost, pick in _costs(axis).items() for curve in _along(results, axis, cost, pick)
    ]


Pick = Callable[[Throughput], Sequence[float]]


def _costs(axis: str) -> Mapping[str, Pick]:
    """Return the costs of an axis: the time an image, or for the count of photos the first batch and the memory."""
    if axis != "count":
        return {"seconds an image": lambda row: [1 / rate for rate in row.rates]}
    return {
        "seconds to the first batch": lambda row: _one(row.first_batch_seconds),
        "high-water memory, MB": lambda row: _one(row.memory.high_water and row.memory.high_water / 1e6),
    }


def _one(value: float | None) -> Sequence[float]:
    return [value] if value else []


def _along(results: Results, axis: str, cost: str, pick: Pick) -> Iterable[Curve]:
    """Yield the curves of one axis.

    They have the rows of the axis' own comparisons, and rows of the same arms at the central value from other ones.
    """
    own = [row for row in results.throughput if row.comparison == f"axis {axis}"]
    arms = {(row.arm, _rest(row, axis)) for row in own}
    shared = [
        row
        for row in sorted(results.throughput, key=lambda row: -len(row.rates))
        if not row.comparison.startswith("axis ") and row.cell == _rest(row, axis) and (row.arm, row.cell) in arms
    ]
    points: dict[tuple[str, Cell], dict[float, Sequence[float]]] = {}
    for row in [*own, *shared]:
        value, costs = _value(results, row, axis), pick(row)
        if value > 0 and costs:
            points.setdefault((row.arm, _rest(row, axis)), {}).setdefault(value, costs)
    for (arm, rest), found in points.items():
        if len(found) > 1:
            yield _curve(axis, arm, rest, cost, dict(sorted(found.items())))


def _curve(axis: str, arm: str, rest: Cell, cost: str, found: Mapping[float, Sequence[float]]) -> Curve:
    law = fit_power(list(found), list(found.values()))
    name = "" if rest == CENTRE else rest.name()
    return Curve(axis, arm, name, cost, tuple(found), tuple(median_of(costs) for costs in found.values()), law)


def _rest(row: Throughput, axis: str) -> Cell:
    """Return the row's point with the axis' own field at its central value."""
    return row.cell if axis == "workers" else row.cell.changed(**{axis: getattr(CENTRE, axis)})


def _value(results: Results, row: Throughput, axis: str) -> float:
    """Return a row's position on an axis, or 0 if it is not known."""
    if axis == "workers":
        return _number(row.setting.get("workers"))
    value = float(getattr(row.cell, axis))
    if value == 0 and axis == "cores":
        return float(results.cores)
    if value == 0 and axis == "count":
        return _number((results.suite.get("photos") or {}).get("count"))
    return value


def _number(value: Any) -> float:
    return float(value) if checks.is_finite(value) else 0.0
