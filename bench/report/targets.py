"""Compute from a run whether the project's targets are met, by how much they are missed, or why they are unknown."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from bench.arms.cells import CENTRE, Cell
from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Fit, Limit, Results
from bench.report.ratios import fastest_limit, of_limit, pair, paired, paired_rates, unpaired_ratio

__all__ = ["TARGETS", "Outcome", "Target", "outcomes"]

PLAIN = CENTRE.changed(augmented=False)


@dataclasses.dataclass(frozen=True)
class Missing:
    """The reason that a figure cannot be computed.

    Args:
        needs: names to look for in the rows that the run left out. The reason of such a row is the answer.
        why: the reason if there is no such row.
        beside: names that a row must not contain to be the right one.
    """

    needs: tuple[str, ...]
    why: str
    beside: tuple[str, ...] = ("fit", "accuracy")


Found = Estimate | Missing


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure that the project wants to reach.

    Args:
        what: the figure in words.
        measure: finds the figure in a run, or the reason that it is missing.
        bound: the least acceptable value, or the greatest with `most`.
        aim: a good value, in words.
        most: whether smaller values are better.
        unit: the unit of the figure, or "" for a ratio.
    """

    what: str
    measure: Callable[[Results], Found]
    bound: float
    aim: str
    most: bool = False
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The outcome of a target in a run. If it was not measured, `value` is `None` and `verdict` has the reason."""

    target: Target
    value: Estimate | None
    verdict: str

    @property
    def met(self) -> bool:
        """True if the target is reached. A target that was not measured is not."""
        return self.verdict == "met"


def outcomes(results: Results) -> list[Outcome]:
    """Judge every target in the order of `TARGETS`."""
    return [_outcome(target, results) for target in TARGETS]


def _outcome(target: Target, results: Results) -> Outcome:
    found = target.measure(results)
    if isinstance(found, Missing):
        return Outcome(target, None, f"not measured: {_why(found, results)}")
    short = (found.median - target.bound) * (1 if target.most else -1)
    return Outcome(
        target, found, "met" if short <= 0 else f"missed by {_shown(short)}{target.unit and ' '}{target.unit}"
    )


def _shown(number: float) -> str:
    """Return a number with two significant digits, so that a miss by 0.004 is not printed as 0.00."""
    return f"{number:.2f}" if number >= 0.1 else f"{number:.2g}"


def _why(missing: Missing, results: Results) -> str:
    """Return the run's own reason if it names one of the rows, or else `missing.why`."""
    for name in missing.needs:
        for entry in results.not_measured:
            if _names(entry.row, name) and not any(_names(entry.row, other) for other in missing.beside):
                return entry.why
    return missing.why


def _names(row: str, name: str) -> bool:
    """Return whether a row has this name. A row may be named like its test (`test_scan_memory`)."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", row.replace("_", " ")) is not None


def rate_ratio(arm: str, against: str, cell: Cell = CENTRE) -> Callable[[Results], Found]:
    """Return a measure: images a second of one arm ÷ those of another in one comparison."""

    def measure(results: Results) -> Found:
        rows = pair(results.throughput, arm, against, cell)
        return paired(*rows) if rows else _absent(results, arm, against, cell)

    return measure


def _absent(results: Results, arm: str, against: str, cell: Cell) -> Missing:
    lacking = tuple(
        name for name in (arm, against) if not any(row.arm == name and row.cell == cell for row in results.throughput)
    )
    if lacking:
        return Missing(lacking, f"no row of {' and '.join(lacking)} at {cell.name()}")
    return Missing((), f"{arm} and {against} are in no comparison together at {cell.name()}")


def bounded(arm: str, limit: str, cell: Cell = CENTRE) -> Callable[[Results], Found]:
    """Return a measure: images a second of an arm ÷ those of the limit that bounds it."""

    def measure(results: Results) -> Found:
        bound = fastest_limit(results, limit, cell)
        if bound is None:
            return Missing((limit, f"limit-{limit}"), f"no limit {limit} on {results.cores} cores")
        beside = pair(results.throughput, arm, arm, cell, bound.comparison) if bound.comparison else None
        row = beside or pair(results.throughput, arm, arm, cell)
        return of_limit(row[0], bound) if row else Missing((arm,), f"no row of {arm} at {cell.name()}")

    return measure


def limits(limit: str, by: str, against: str) -> Callable[[Results], Found]:
    """Return a measure: a limit with one library ÷ the same limit with another, on the same number of cores."""

    def measure(results: Results) -> Found:
        ours, theirs = (_limit(results, limit, name) for name in (by, against))
        if ours is None or theirs is None:
            lacking = by if ours is None else against
            return Missing((limit, f"limit-{limit}-{lacking}", f"limit-{limit}"), f"no limit {limit} by {lacking}")
        return _limits_ratio(ours, theirs)

    return measure


def _limit(results: Results, limit: str, by: str) -> Limit | None:
    return next((row for row in results.limits if row.limit == limit and row.by == by), None)


def _limits_ratio(ours: Limit, theirs: Limit) -> Estimate:
    """Return the ratio of two limits: round by round if they share a comparison, else median by median."""
    together = ours.comparison is not None and ours.comparison == theirs.comparison
    return paired_rates(ours.rates, theirs.rates) if together else unpaired_ratio(ours.rates, theirs.rates)


def fitted(arm: str, against: str, comparison: str = "fit notebook", device: str = "CPU") -> Callable[[Results], Found]:
    """Return a measure: images a second of a fit ÷ those of the same fit with other input."""

    def measure(results: Results) -> Found:
        rows: dict[str, Fit] = {
            row.arm: row for row in results.fits if row.comparison == comparison and row.device == device
        }
        lacking = tuple(name for name in (arm, against) if name not in rows)
        if lacking:
            other = "GPU" if device == "CPU" else "CPU"
            return Missing((comparison,), f"no {comparison} on {device} with {' and '.join(lacking)}", beside=(other,))
        return paired(rows[arm], rows[against])

    return measure


def first_batch(arm: str) -> Callable[[Results], Found]:
    """Return a measure: seconds from an arm's start to its first batch without imports, at the central point."""

    def measure(results: Results) -> Found:
        rows = [row for row in results.throughput if row.arm == arm and row.cell == CENTRE]
        seconds = [row.first_batch_seconds for row in rows if row.first_batch_seconds is not None]
        return median_of(seconds) if seconds else Missing((arm,), f"no first batch of {arm} at {CENTRE.name()}")

    return measure


def high_water(arm: str, against: str) -> Callable[[Results], Found]:
    """Return a measure: peak memory of one arm ÷ that of another. It has no interval, since each has one figure."""

    def measure(results: Results) -> Found:
        rows = pair(results.throughput, arm, against, CENTRE)
        if rows is None:
            return _absent(results, arm, against, CENTRE)
        mine, theirs = (row.memory.high_water for row in rows)
        return median_of([mine / theirs]) if mine and theirs else Missing(("memory",), "no high-water mark of memory")

    return measure


def figure(name: str) -> Callable[[Results], Found]:
    """Return a measure: a single figure."""

    def measure(results: Results) -> Found:
        rows = [row for row in results.figures if row.figure == name]
        return median_of(rows[0].values) if rows else Missing((name,), f"no figure {name}")

    return measure


TARGETS = (
    Target("uncached + augmentation ÷ ImageDataGenerator, next()", rate_ratio("pipeline", "generator"), 7, "10"),
    Target(
        "uncached + augmentation ÷ ImageDataGenerator through model.fit's adapter, its best workers",
        rate_ratio("pipeline", "generator-adapter"),
        5,
        "7",
    ),
    Target(
        "uncached + augmentation ÷ image_dataset_from_directory + five Keras layers",
        rate_ratio("pipeline", "keras-layers"),
        4.5,
        "6",
    ),
    Target(
        "uncached + augmentation ÷ torchvision's DataLoader at its best",
        rate_ratio("pipeline", "torchvision"),
        2.5,
        "3",
    ),
    Target("uncached + augmentation ÷ DALI on CPU at its best", rate_ratio("pipeline", "dali"), 2.5, "3"),
    Target("uncached + augmentation ÷ Grain + OpenCV at its best", rate_ratio("pipeline", "grain-opencv"), 1.0, "1.1"),
    Target("uncached + augmentation ÷ the fastest decode alone, all cores", bounded("pipeline", "decode"), 0.6, "0.75"),
    Target(
        "memory cache + augmentation ÷ ImageDataGenerator, same augmentation",
        rate_ratio("pipeline-memory", "generator"),
        35,
        "45",
    ),
    Target(
        "memory cache, no augmentation ÷ ImageDataGenerator(rescale=1/255)",
        rate_ratio("pipeline-memory", "generator", PLAIN),
        35,
        "memory bandwidth",
    ),
    Target("disk cache, no augmentation ÷ uncached", rate_ratio("pipeline-disk", "pipeline", PLAIN), 10, "14"),
    Target(
        "model.fit, notebook's network, memory cache ÷ on one constant batch",
        fitted("pipeline-memory", "constant"),
        0.95,
        "1.0",
    ),
    Target(
        "model.fit(data.train), an iterator anew each epoch ÷ one stream for all epochs",
        fitted("pipeline-memory-train", "pipeline-memory"),
        0.9,
        "0.98",
    ),
    Target(
        "model.fit, notebook's network, uncached ÷ with ImageDataGenerator",
        fitted("pipeline", "generator-adapter"),
        3,
        "4",
    ),
    Target("warp alone ÷ cv2.warpAffine, a core", limits("warp-core", "pipeline", "opencv"), 1.15, "1.5"),
    Target("drop-in, next(), exact decode ÷ ImageDataGenerator", rate_ratio("drop-in", "generator"), 5.5, "7"),
    Target("first batch, uncached + augmentation", first_batch("pipeline"), 0.7, "0.5", most=True, unit="s"),
    Target("peak memory, uncached ÷ ImageDataGenerator", high_water("pipeline", "generator"), 1.15, "1.0", most=True),
    Target("memory cache's growth ÷ its images' bytes", figure("cache growth"), 1.1, "1.02", most=True),
    Target("--help", figure("help"), 0.5, "0.2", most=True, unit="s"),
    Target("scan of 1,000,000 files", figure("scan"), 5, "2", most=True, unit="s"),
    Target("scan of 1,000,000 files, extra memory", figure("scan memory"), 300, "100", most=True, unit="MB"),
)
