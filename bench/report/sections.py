"""Make the sections of a report. Each function returns a section, or `None` if nothing was measured for it."""

from __future__ import annotations

import dataclasses
import math
import shlex
from collections.abc import Callable, Sequence

from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Fit, Results
from bench.report.comparison_sections import (
    ARM,
    FIRST,
    RATE,
    RATE_95,
    RATIO_95,
    limits_section,
    memory_section,
    settings_section,
    throughput_section,
    throughput_tables,
)
from bench.report.growth import Curve, curves
from bench.report.names import plain
from bench.report.page import NOTHING, Column, DrawnChart, Section, Table, interval, number
from bench.report.ratios import paired, reference
from bench.report.targets import Outcome, outcomes

__all__ = ["sections", "target_table"]


def sections(results: Results, charts: Sequence[DrawnChart]) -> list[Section]:
    """Return all sections for which something was measured, in the order of reading.

    Args:
        results: the run.
        charts: the charts that were drawn.
    """
    makers: tuple[Callable[[Results], Section | None], ...] = (
        _environment,
        _targets,
        _arms,
        throughput_section,
        settings_section,
        limits_section,
        memory_section,
        _fits,
        _accuracy,
        _growth,
        _figures,
        _others,
        _not_measured,
        _repeat,
    )
    made = [section for section in (make(results) for make in makers) if section is not None]
    return [dataclasses.replace(one, charts=[chart for chart in charts if chart.kind == one.kind]) for one in made]


def _environment(results: Results) -> Section:
    suite = {key: value for key, value in results.suite.items() if key != "photos"}
    photos = {f"photos: {key}": value for key, value in (results.suite.get("photos") or {}).items()}
    facts = {**{f"suite: {key}": value for key, value in suite.items()}, **photos, **results.environment}
    rows = [[str(name), str(value)] for name, value in {"measured": results.date or NOTHING, **facts}.items()]
    columns = (Column("fact", "", words=True), Column("value", "", words=True))
    text = "Ratios carry over to other machines; images a second do not."
    return Section("What it ran on", text, [Table("", columns, rows)])


def target_table(found: Sequence[Outcome]) -> Table:
    """Return the table of the project's targets, with those that were missed or not measured."""
    columns = (
        Column("target", "a ratio of images a second unless it names a unit", words=True),
        Column("verdict", "whether the median reaches the bound", words=True),
        Column("measured", "the median"),
        Column("95 %", "where that median lies, by bootstrap over the rounds"),
        Column("bound", "what is asked for at least (≥) or at most (≤)"),
        Column("aim", "what would be good"),
    )
    return Table("", columns, [_target(outcome) for outcome in found])


def _target(outcome: Outcome) -> list[str]:
    target, value = outcome.target, outcome.value
    unit = f" {target.unit}" if target.unit else ""
    bound = f"{'≤' if target.most else '≥'} {target.bound:g}{unit}"
    measured = NOTHING if value is None else number(value.median) + unit
    return [target.what, outcome.verdict, measured, interval(value), bound, target.aim]


def _targets(results: Results) -> Section:
    found = outcomes(results)
    missing = sum(outcome.value is None for outcome in found)
    met = sum(outcome.met for outcome in found)
    text = f"{met} met, {len(found) - met - missing} missed, {missing} not measured."
    return Section("Targets", text, [target_table(found)])


def _arms(results: Results) -> Section | None:
    measured = (results.throughput, results.fits, results.accuracies)
    arms = dict.fromkeys(row.arm for rows in measured for row in rows)
    rows = [[arm, plain(arm)] for arm in arms if plain(arm) != arm]
    table = Table("", (ARM, Column("in charts", "", words=True)), rows)
    return Section("The arms", "Tables name arms as the code does, charts in plain words.", [table]) if rows else None


def _fits(results: Results) -> Section | None:
    comparisons = dict.fromkeys((row.comparison, row.device) for row in results.fits)
    tables = [
        _fit_table([row for row in results.fits if (row.comparison, row.device) == comparison])
        for comparison in comparisons
    ]
    text = "The same network trained on the same photos; only the input differs."
    return Section("Training", text, tables, "waiting") if tables else None


def _fit_table(rows: list[Fit]) -> Table:
    against = reference(rows)
    columns = (
        ARM,
        RATE,
        RATE_95,
        Column(f"÷ {against.arm}", f"ratio to {against.arm}, epoch by epoch"),
        RATIO_95,
        Column("waiting, %", "share of the fit's time that the model waits for its input"),
        Column("epoch, s", "median of the epochs"),
        FIRST,
    )
    ordered = sorted(rows, key=lambda row: -median_of(row.rates).median)
    return Table(f"{rows[0].comparison}, {rows[0].device}", columns, [_fit_row(row, against) for row in ordered])


def _fit_row(row: Fit, against: Fit) -> list[str]:
    rate, ratio = median_of(row.rates), paired(row, against)
    waiting = None if row.waiting is None else 100 * row.waiting
    epoch = median_of(row.seconds).median if row.seconds else None
    figures = [number(rate.median), interval(rate), number(ratio.median), interval(ratio)]
    return [row.arm, *figures, number(waiting), number(epoch), number(row.first_batch_seconds)]


def _accuracy(results: Results) -> Section | None:
    columns = (
        ARM,
        Column("epochs", "trained from the same start"),
        Column("median", "validation accuracy"),
        Column("seeds", "each seed's validation accuracy"),
        Column("seconds", "median time of the fit"),
    )
    rows = [
        [
            row.arm,
            str(row.epochs),
            f"{median_of(row.accuracies).median:.3f}",
            ", ".join(f"{one:.3f}" for one in row.accuracies),
            number(median_of(row.seconds).median) if row.seconds else NOTHING,
        ]
        for row in results.accuracies
    ]
    text = "Faster input must not train worse; seeds show how much is chance."
    return Section("Accuracy", text, [Table("", columns, rows)], "accuracy") if rows else None


def _growth(results: Results) -> Section | None:
    columns = (
        Column("axis", "what is varied, all else at the central point", words=True),
        ARM,
        Column("cost", "what is counted", words=True),
        Column("exponent", "2 means four times the cost at twice the value; 0 means that it does not grow"),
        Column("95 %", "by bootstrap over the rounds; by the fit where there is one round"),
        Column("at", "each value with its cost", words=True),
    )
    rows = [_curve(curve) for curve in curves(results)]
    text = "Least squares on logarithms: cost = factor · value ^ exponent."
    tables = [Table("", columns, rows)] * bool(rows) + throughput_tables(results, axes=True)
    return Section("What an axis costs", text, tables, "growth") if tables else None


def _curve(curve: Curve) -> list[str]:
    law = curve.law
    ends = NOTHING if math.isnan(law.low) else f"{law.low:z.2f} to {law.high:z.2f}"
    at = "; ".join(f"{value:g}: {number(cost.median)}" for value, cost in zip(curve.values, curve.costs, strict=True))
    return [curve.axis, f"{curve.arm} {curve.rest}".strip(), curve.cost, f"{law.exponent:z.2f}", ends, at]


def _figures(results: Results) -> Section | None:
    rows = [[row.figure, *_figure_cells(median_of(row.values)), row.unit] for row in results.figures]
    return Section("Single figures", "", [Table("", _FIGURE, rows)]) if rows else None


_FIGURE = (
    Column("figure", "", words=True),
    Column("median", "of the rounds"),
    Column("95 %", "where that median lies"),
    Column("unit", "", words=True),
)


def _figure_cells(found: Estimate) -> list[str]:
    return [number(found.median), interval(found)]


def _others(results: Results) -> Section | None:
    rows = [
        [row.name, *(_figure_cells(median_of(row.seconds)) if row.seconds else [NOTHING, NOTHING]), "s"]
        for row in results.others
    ]
    text = "Records of pytest-benchmark that are no rows of this suite."
    return Section("Other records", text, [Table("", _FIGURE, rows)]) if rows else None


def _not_measured(results: Results) -> Section | None:
    columns = (Column("row", "", words=True), Column("why", "", words=True))
    rows = [[entry.row, entry.why] for entry in results.not_measured]
    return Section("What was not measured", "", [Table("", columns, rows)]) if rows else None


def _repeat(results: Results) -> Section:
    suite = {"quick": " --quick", "full": " --full"}.get(str(results.suite.get("name")), "")
    file = shlex.quote(results.path.name)
    commands = (
        "pip install -e '.[bench]'",
        f"pytest bench/ --benchmark-only{suite} --benchmark-json={file}",
        f"python -m bench.report {file} --output report",
        f"python -m bench.report.compare OLD.json {file}",
        f"python -m bench.report.floors {file}",
    )
    commit = str(results.environment.get("commit", "unknown")).rstrip("+")
    return Section("How to repeat it", f"At commit {commit}:", code="\n".join(commands))
