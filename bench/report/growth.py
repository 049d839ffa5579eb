"""What an axis costs: seconds and bytes against size or count, with the exponent of the power law through them.

cost = factor · value ** exponent, by least squares on logarithms. Where rounds are known, the exponent's 95 % interval
is the percentile bootstrap's over the rounds of every point; else, from three points on, the fit's own (Student's t).
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
    """cost = factor · value ** exponent; `low` and `high` are NaN where nothing says how sure the exponent is."""

    exponent: float
    low: float
    high: float
    factor: float

    def shown(self) -> str:
        """`exponent 0.51 (0.50 to 0.52)`."""
        interval = "" if math.isnan(self.low) else f" ({self.low:z.2f} to {self.high:z.2f})"
        return f"exponent {self.exponent:z.2f}{interval}"


@dataclasses.dataclass(frozen=True)
class Curve:
    """A cost of one arm along an axis.

    Args:
        axis: its name.
        arm: whose.
        rest: the other coordinates' name where they are not the central point's, else empty.
        cost: what is counted, with its unit.
        values: along the axis, ascending.
        costs: at each of them.
        law: through them.
    """

    axis: str
    arm: str
    rest: str
    cost: str
    values: tuple[float, ...]
    costs: tuple[Estimate, ...]
    law: PowerLaw


def fit_power(values: Sequence[float], rounds: Sequence[Sequence[float]]) -> PowerLaw:
    """The power law through the medians of the rounds at each value.

    Args:
        values: positive, at least two different ones.
        rounds: positive costs at each value.

    Raises:
        ValueError: there are too few values, or one is not positive.
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
    """Every cost along every axis that a run has at two points at least."""
    return [
        curve for axis in AXES for cost, pick in _costs(axis).items() for curve in _along(results, axis, cost, pick)
    ]


Pick = Callable[[Throughput], Sequence[float]]


def _costs(axis: str) -> Mapping[str, Pick]:
    """What an axis costs: an image's time; for the count of photos, what comes before the first image, and memory."""
    if axis != "count":
        return {"seconds an image": lambda row: [1 / rate for rate in row.rates]}
    return {
        "seconds to the first batch": lambda row: _one(row.first_batch_seconds),
        "high-water memory, MB": lambda row: _one(row.memory.high_water and row.memory.high_water / 1e6),
    }


def _one(value: float | None) -> Sequence[float]:
    return [value] if value else []


def _along(results: Results, axis: str, cost: str, pick: Pick) -> Iterable[Curve]:
    """The curves of one axis: the axis' own comparison, and the same arms' rows of other comparisons at the axis' central value."""
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
    """The other coordinates: the point with the axis' own field at its central value."""
    return row.cell if axis == "workers" else row.cell.changed(**{axis: getattr(CENTRE, axis)})


def _value(results: Results, row: Throughput, axis: str) -> float:
    """Where a row stands on an axis; 0 where that is not known."""
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
