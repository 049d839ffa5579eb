"""Make the sections on comparisons of arms: images a second, settings, limits and memory."""

from __future__ import annotations

from collections.abc import Iterable

from bench.measure.intervals import median_of
from bench.measure.rows import Results, Throughput
from bench.report.page import NOTHING, Column, Section, Table, interval, number
from bench.report.ratios import REFERENCE, paired, peers_of, reference, row_limit

__all__ = [
    "ARM",
    "FIRST",
    "RATE",
    "RATE_95",
    "RATIO_95",
    "limits_section",
    "memory_section",
    "settings_section",
    "throughput_section",
    "throughput_tables",
]

ARM = Column("arm", "what is compared", words=True)
RATE = Column("images/s", "median of the rounds")
RATE_95 = Column(
    "95 % of images/s", "where that median lies, by bootstrap over the rounds; it contains the machine's drift"
)
RATIO_95 = Column("95 % of the ratio", "where the ratio's median lies; narrower, since drift slows both")
FIRST = Column("first batch, s", "from the start of the arm to its first batch, imports left out")
HIGH_WATER = Column("peak, MB", "sum of the kernel's high-water marks of the process and its children")


def throughput_tables(results: Results, axes: bool = False) -> list[Table]:
    """Return a table for each comparison, point by point, the fastest arm first.

    Args:
        results: the run.
        axes: whether to return the comparisons that belong to an axis, or the others.
    """
    comparisons = dict.fromkeys(
        row.comparison for row in results.throughput if row.comparison.startswith("axis ") == axes
    )
    return [
        _comparison(results, comparison, [row for row in results.throughput if row.comparison == comparison])
        for comparison in comparisons
    ]


def _comparison(results: Results, comparison: str, rows: list[Throughput]) -> Table:
    points = list(dict.fromkeys(row.cell for row in rows))
    references = {reference(peers_of(row, rows)).arm for row in rows}
    rows = sorted(rows, key=lambda row: (points.index(row.cell), -median_of(row.rates).median))
    against = references.pop() if len(references) == 1 else f"{REFERENCE}, or else the first"
    columns = (
        Column(
            "point", "what differs from the central one: 150 pixels, batches of 100, photos as they are", words=True
        ),
        ARM,
        RATE,
        RATE_95,
        Column(f"÷ {against}", f"ratio to {against} at the same point, round by round: the machine's drift cancels"),
        RATIO_95,
        Column("of its limit", "share of what bounds the arm, done alone on as many cores"),
        Column("limit", "what bounds it", words=True),
        FIRST,
        HIGH_WATER,
    )
    return Table(comparison, columns, [_throughput_row(results, row) for row in rows])


def _throughput_row(results: Results, row: Throughput) -> list[str]:
    rate = median_of(row.rates)
    ratio = paired(row, reference(peers_of(row, results.throughput)))
    bound = row_limit(results, row)
    return [
        row.point,
        row.arm,
        number(rate.median),
        interval(rate),
        number(ratio.median),
        interval(ratio),
        number(bound[1].median) if bound else NOTHING,
        bound[0].limit if bound else NOTHING,
        number(row.first_batch_seconds),
        _mb(row.memory.high_water),
    ]


def _mb(size: float | None) -> str:
    return NOTHING if size is None else number(size / 1e6)


def throughput_section(results: Results) -> Section | None:
    """Return the section with a table for each comparison that belongs to no axis."""
    tables = throughput_tables(results)
    text = (
        "Arms of a comparison take turns, round by round, each in a process of its own. "
        "Arms that lose stay in the table."
    )
    return Section("Images a second", text, tables, "throughput") if tables else None


def _setting(setting: object) -> str:
    pairs = setting.items() if hasattr(setting, "items") else ()
    return ", ".join(f"{name} {value}" for name, value in pairs) or "as it comes"


def settings_section(results: Results) -> Section | None:
    """Return the section on the settings that were tried."""
    rows = [
        [row.comparison, row.point, row.arm, _setting(row.setting), "; ".join(_tries(row))]
        for row in results.throughput
        if row.searched or row.setting
    ]
    columns = (
        Column("comparison", "", words=True),
        Column("point", "", words=True),
        ARM,
        Column("chosen", "the fastest setting, with which the arm was measured", words=True),
        Column("tried", "each setting with its images a second in the search", words=True),
    )
    text = "Every arm ran with the fastest of the settings that it may choose from."
    return Section("Settings searched", text, [Table("", columns, rows)]) if rows else None


def _tries(row: Throughput) -> Iterable[str]:
    return (f"{_setting(setting)}: {number(rate)}" for setting, rate in row.searched)


def limits_section(results: Results) -> Section | None:
    """Return the section on the limits of the machine."""
    if not results.limits:
        return None
    columns = (
        Column("limit", "a step that arms cannot do without, done alone", words=True),
        Column("by", "who did it; the fastest counts", words=True),
        Column("cores", "processors that it had"),
        Column("point", "", words=True),
        RATE,
        RATE_95,
    )
    rows = [
        [row.limit, row.by, str(row.cores or "all"), row.cell.name(), number(rate.median), interval(rate)]
        for row, rate in ((row, median_of(row.rates)) for row in results.limits)
    ]
    text = "How close an arm comes to its limit stands in the tables of its comparisons, as “of its limit”."
    return Section("Limits", text, [Table("", columns, rows)])


def memory_section(results: Results) -> Section | None:
    """Return the section on the peak memory of the arms."""
    columns = (
        Column("comparison", "", words=True),
        Column("point", "", words=True),
        ARM,
        HIGH_WATER,
        Column("÷ reference", "ratio of the peaks; the reference is the one of the images a second"),
        Column("RSS, MB", "highest sum of resident memory; shared pages count once a process"),
        Column("PSS, MB", "the same, with shared pages divided among those that share them"),
        Column("GPU, MB", "highest memory on the GPU"),
        Column("processes", "the arm's process and its children"),
    )
    rows = [_memory_row(results, row) for row in results.throughput if row.memory.high_water]
    text = "Peaks are of the whole process: the interpreter and the framework are in them."
    return Section("Memory", text, [Table("", columns, rows)], "memory") if rows else None


def _memory_row(results: Results, row: Throughput) -> list[str]:
    memory, theirs = row.memory, reference(peers_of(row, results.throughput)).memory.high_water
    ratio = memory.high_water / theirs if memory.high_water and theirs else None
    sizes = [_mb(size) for size in (memory.rss, memory.pss, memory.gpu)]
    processes = NOTHING if memory.processes is None else str(memory.processes)
    return [row.comparison, row.point, row.arm, _mb(memory.high_water), number(ratio), *sizes, processes]
