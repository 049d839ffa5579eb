"""List the charts for which a run has figures, each with its title and its sentence, and draw them to files."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Container, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure.intervals import median_of
from bench.measure.rows import Fit, Results, Throughput
from bench.report import plots
from bench.report.growth import Curve, curves
from bench.report.page import DrawnChart
from bench.report.takeaways import (
    accuracy_sentence,
    growth_sentence,
    memory_sentence,
    throughput_sentence,
    waiting_sentence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart", "charts", "draw_all"]

AXIS_WORDS = {
    "side": "side",
    "batch": "batch size",
    "megapixels": "megapixels",
    "count": "photos",
    "cores": "cores",
    "workers": "workers",
}


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart to be drawn.

    Args:
        kind: "throughput", "memory", "growth", "waiting" or "accuracy".
        title: a short title.
        says: the conclusion in one sentence.
        draw: makes the figure.
    """

    kind: str
    title: str
    says: str
    draw: Callable[[], Figure]


def draw_all(results: Results, folder: Path) -> list[DrawnChart]:
    """Draw every chart for which the run has figures, each to a file in `folder`, and return them."""
    import matplotlib as mpl

    drawn: dict[str, DrawnChart] = {}
    with mpl.rc_context(plots.STYLE):
        for chart in charts(results):
            file = _file_name(chart, drawn)
            chart.draw().savefig(folder / file)
            drawn[file] = DrawnChart(chart.kind, file, chart.title, chart.says)
    return list(drawn.values())


def _file_name(chart: Chart, taken: Container[str]) -> str:
    """Return a new file name of small letters, digits and hyphens."""
    words = re.sub("[^a-z0-9]+", "-", f"{chart.kind} {chart.title.lower()}").strip("-")[:60].strip("-")
    names = (f"{words}{'' if k == 1 else f'-{k}'}.png" for k in itertools.count(1))
    return next(name for name in names if name not in taken)


def charts(results: Results) -> list[Chart]:
    """Return all charts of a run: one for each comparison at each point, and one for each cost along each axis."""
    return [*_throughputs(results), *_memories(results), *_growths(results), *_waits(results), *_accuracies(results)]


def _throughputs(results: Results) -> Iterator[Chart]:
    for rows in _comparisons_of(results):
        yield Chart(
            "throughput", plots.titled(rows[0]), throughput_sentence(rows), partial(plots.throughput, results, rows)
        )


def _memories(results: Results) -> Iterator[Chart]:
    for every in _comparisons_of(results):
        rows = sorted((row for row in every if row.memory.high_water), key=lambda row: row.memory.high_water or 0)
        if rows:
            yield Chart(
                "memory", f"peak memory, {plots.titled(rows[0])}", memory_sentence(rows), partial(plots.memory, rows)
            )


def _growths(results: Results) -> Iterator[Chart]:
    panels: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves(results):
        panels.setdefault((curve.axis, curve.cost), []).append(curve)
    for (axis, cost), found in panels.items():
        title = f"{cost}, by {AXIS_WORDS[axis]}"
        yield Chart("growth", title, growth_sentence(found, AXIS_WORDS[axis]), partial(plots.growth, found))


def _waits(results: Results) -> Iterator[Chart]:
    comparisons: dict[str, list[Fit]] = {}
    for row in sorted(results.fits, key=lambda row: row.waiting or 0):
        if row.waiting is not None:
            comparisons.setdefault(f"{row.comparison}, {row.device}", []).append(row)
    for comparison, rows in comparisons.items():
        yield Chart("waiting", comparison, waiting_sentence(rows), partial(plots.waiting, rows))


def _accuracies(results: Results) -> Iterator[Chart]:
    rows = results.accuracies
    if rows:
        yield Chart(
            "accuracy", "validation accuracy, seed by seed", accuracy_sentence(rows), partial(plots.accuracy, rows)
        )


def _comparisons_of(results: Results) -> list[list[Throughput]]:
    """Return the comparisons that do not belong to an axis, one list for each point, the fastest arm first."""
    groups: dict[Any, list[Throughput]] = {}
    for row in results.throughput:
        if not row.comparison.startswith("axis "):
            groups.setdefault((row.comparison, row.cell), []).append(row)
    return [sorted(rows, key=lambda row: -median_of(row.rates).median) for rows in groups.values()]
