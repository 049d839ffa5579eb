"""Compute the sentence above each chart from the figures in it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Accuracy, Fit, Throughput
from bench.report.growth import Curve
from bench.report.names import plain
from bench.report.page import number
from bench.report.ratios import reference

__all__ = ["accuracy_sentence", "growth_sentence", "memory_sentence", "throughput_sentence", "waiting_sentence"]

COSTS = {
    "seconds an image": "time an image",
    "seconds to the first batch": "time to the first batch",
    "high-water memory, MB": "memory",
}


def throughput_sentence(rows: Sequence[Throughput]) -> str:
    """Return a sentence that names the fastest arm and compares it with the reference.

    Args:
        rows: the rows of one comparison at one point, the fastest first.
    """
    first, base = rows[0], reference(rows)
    fastest = median_of(first.rates)
    level = [row for row in rows[1:] if median_of(row.rates).high >= fastest.low]
    if len(rows) == 1:
        return f"{_begin(first.arm)} delivers {number(fastest.median)} images a second."
    if level:
        others = _listed([row.arm for row in level])
        said = f"{_begin(first.arm)} and {others} are level, at about {number(fastest.median)} images a second"
    else:
        said = f"{_begin(first.arm)} is the fastest, with {number(fastest.median)} images a second"
    if base is first or base in level:
        return f"{said}."
    ratio = fastest.median / median_of(base.rates).median
    return f"{said}: {number(ratio)} times as many as {plain(base.arm)}."


def memory_sentence(rows: Sequence[Throughput]) -> str:
    """Return a sentence that names the arms with the least and the most memory.

    Args:
        rows: the rows of one comparison at one point that have a high-water mark, the least first.
    """
    least, most = rows[0], rows[-1]
    low, high = (row.memory.high_water or 0 for row in (least, most))
    if len(rows) == 1:
        return f"{_begin(least.arm)} takes {number(low / 1e6)} MB at its peak."
    return (
        f"{_begin(least.arm)} takes the least memory at its peak, {number(low / 1e6)} MB; {plain(most.arm)} takes the "
        f"most, {number(high / low)} times as much."
    )


def growth_sentence(found: Sequence[Curve], axis: str) -> str:
    """Return a sentence on how much the costs grow from one end of the axis to the other.

    Args:
        found: the curves of one cost along one axis.
        axis: the name of the axis in words.
    """
    curve = next((one for one in found if one.arm == "pipeline"), found[0])
    said = f"At {number(curve.values[-1] / curve.values[0])} times the {axis}, {_grown(curve)}"
    others = [one for one in found if one.arm != curve.arm and (one.values[0], one.values[-1]) == _ends(curve)]
    if not others:
        return f"{said}."
    return f"{said}; {_grown(max(others, key=lambda one: one.law.exponent))}."


def waiting_sentence(rows: Sequence[Fit]) -> str:
    """Return a sentence that names the arms with which the model waits least and most for its input.

    Args:
        rows: the rows of one comparison of fits that have a share of waiting, the least first.
    """
    fed = [row for row in rows if row.arm != "constant"] or list(rows)
    least, most = fed[0], fed[-1]
    said = f"With {plain(least.arm)} the model waits {100 * (least.waiting or 0):.0f} % of the time for its input"
    return f"{said}." if least is most else f"{said}, with {plain(most.arm)} {100 * (most.waiting or 0):.0f} %."


def accuracy_sentence(rows: Sequence[Accuracy]) -> str:
    """Return a sentence that compares the differences between arms with those between seeds of one arm."""
    if len(rows) == 1:
        return f"{_begin(rows[0].arm)} reaches a median accuracy of {median_of(rows[0].accuracies).median:.3f}."
    ordered = sorted(rows, key=lambda row: median_of(row.accuracies).median)
    low, high = (median_of(row.accuracies) for row in (ordered[0], ordered[-1]))
    between, within = high.median - low.median, max(_spread(median_of(row.accuracies)) for row in rows)
    verdict = "no more than" if between <= within else "more than"
    return (
        f"Between the arms the median accuracy differs by {between:.3f}, {verdict} between the seeds of one arm "
        f"({within:.3f})."
    )


def _spread(found: Estimate) -> float:
    return max(found.rounds) - min(found.rounds)


def _ends(curve: Curve) -> tuple[float, float]:
    return curve.values[0], curve.values[-1]


def _grown(curve: Curve) -> str:
    factor = curve.costs[-1].median / curve.costs[0].median
    return f"{plain(curve.arm)} takes {number(factor)} times the {COSTS.get(curve.cost, curve.cost)}"


def _listed(arms: Sequence[str]) -> str:
    names = [plain(arm) for arm in arms]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _begin(arm: str) -> str:
    """Return an arm's plain name with a capital letter."""
    name = plain(arm)
    return name[:1].upper() + name[1:]
