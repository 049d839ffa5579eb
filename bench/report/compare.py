"""The command `python -m bench.report.compare OLD NEW`, which reports what became slower, faster or larger.

Rows are compared by their ratio to the reference of their comparison, in which a drift of the machine cancels. A
reference is compared by its own rate, in which it does not. A change is beyond noise if the two 95 % intervals do not
overlap and it is larger than `--least`, or `--least-single` for a figure of one round, which has no interval.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Results, Throughput, read
from bench.report.page import NOTHING, Column, Table, interval, number, text_table
from bench.report.plots import family
from bench.report.ratios import Compared, paired, reference
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError

__all__ = ["Change", "Noise", "compare", "main"]

DESCRIPTION = (
    "Compares two JSON files of pytest bench/: each arm's ratio to its comparison's reference, in which the machine's "
    "drift cancels; a reference by its own rate, which counts where it is an arm of this package; memory; single "
    "figures. Exit codes: 0 no regression; 1 something is slower or larger beyond noise; 2 bad input."
)
UNSTEADY = ("load", "commit")  # facts of the environment that are expected to differ

Key = tuple[str, str]  # (comparison and point, arm)
K = TypeVar("K", str, Key)


@dataclasses.dataclass(frozen=True)
class Change:
    """A figure that both runs have.

    Args:
        comparison: the comparison and its point.
        arm: the arm, or the name of a single figure.
        what: the unit of the figure.
        old: the figure in the first run.
        new: the figure in the second run.
        verdict: "slower", "faster", "larger", "smaller" or "within noise".
        counts: whether a change for the worse is a regression. That of a reference arm of another library is not.
    """

    comparison: str
    arm: str
    what: str
    old: Estimate
    new: Estimate
    verdict: str
    counts: bool = True

    @property
    def regression(self) -> bool:
        """True if the change makes the command fail."""
        return self.counts and self.verdict in ("slower", "larger")


@dataclasses.dataclass(frozen=True)
class Noise:
    """The largest changes that are taken for noise.

    Args:
        least: the share for figures with several rounds.
        least_single: the share for figures with one round.
    """

    least: float = 0.05
    least_single: float = 0.1

    def direction(self, old: Estimate, new: Estimate) -> int:
        """Return 1 or -1 if a figure rose or fell beyond noise, else 0."""
        apart = new.low > old.high or new.high < old.low
        single = min(len(old.rounds), len(new.rounds)) < 2
        if not apart or abs(new.median - old.median) <= (self.least_single if single else self.least) * abs(old.median):
            return 0
        return 1 if new.median > old.median else -1


def compare(old: Results, new: Results, noise: Noise) -> list[Change]:
    """Compare everything that both runs measured: comparisons, then memory, then single figures."""
    before, after = _comparisons(old), _comparisons(new)
    changes = [
        change
        for comparison in _both(before, after)
        for change in _comparison(comparison, before[comparison], after[comparison], noise)
    ]
    changes += _alike(_peaks(old), _peaks(new), "peak, MB", noise)
    return changes + _alike(_figures(old), _figures(new), "median", noise)


def _comparisons(results: Results) -> dict[str, dict[str, Compared]]:
    """Return the rows of all arms, by comparison and point, and by arm."""
    comparisons: dict[str, dict[str, Compared]] = {}
    for row in results.throughput:
        comparisons.setdefault(f"{row.comparison} ({row.cell.name()})", {})[_name(row)] = row
    for fit in results.fits:
        comparisons.setdefault(f"{fit.comparison} ({fit.device})", {})[fit.arm] = fit
    return comparisons


def _name(row: Throughput) -> str:
    """Return the arm, with its number of workers if it runs with several."""
    return row.arm + row.point.removeprefix(row.cell.name())


def _both(old: Mapping[K, object], new: Mapping[K, object]) -> list[K]:
    return [name for name in old if name in new]


def _comparison(
    comparison: str, old: Mapping[str, Compared], new: Mapping[str, Compared], noise: Noise
) -> Iterable[Change]:
    """Yield the changes of a comparison's arms.

    The reference is an arm that both runs have, since ratios to different references cannot be compared.
    """
    arms = _both(old, new)
    rows = [old[arm] for arm in arms]
    against = arms[rows.index(reference(rows))] if arms else ""
    for arm in arms:
        if arm == against:
            pair, what = (median_of(old[arm].rates), median_of(new[arm].rates)), "images/s"
        else:
            pair, what = (paired(old[arm], old[against]), paired(new[arm], new[against])), f"÷ {against}"
        verdict = ("slower", "within noise", "faster")[noise.direction(*pair) + 1]
        yield Change(comparison, arm, what, *pair, verdict, arm != against or family(arm) == "this package")


def _peaks(results: Results) -> dict[Key, Estimate]:
    return {
        (f"{row.comparison} ({row.cell.name()})", _name(row)): median_of([row.memory.high_water / 1e6])
        for row in results.throughput
        if row.memory.high_water
    }


def _figures(results: Results) -> dict[Key, Estimate]:
    return {("figures", row.figure + (row.unit and f", {row.unit}")): median_of(row.values) for row in results.figures}


def _alike(old: Mapping[Key, Estimate], new: Mapping[Key, Estimate], what: str, noise: Noise) -> list[Change]:
    """Return the changes of figures for which less is better."""
    pairs = [(key, old[key], new[key]) for key in _both(old, new)]
    verdicts = ("smaller", "within noise", "larger")
    return [Change(*key, what, one, other, verdicts[noise.direction(one, other) + 1]) for key, one, other in pairs]


def reversed_pairs(old: Results, new: Results) -> list[str]:
    """Return a line for each pair of arms that changed places. Arms with overlapping intervals are equal."""
    before, after = _comparisons(old), _comparisons(new)
    said: list[str] = []
    for comparison in _both(before, after):
        rates = [{arm: median_of(row.rates) for arm, row in side[comparison].items()} for side in (before, after)]
        for one, other in itertools.combinations(_both(*rates), 2):
            was, now = (_ahead(side[one], side[other]) for side in rates)
            if was * now < 0:
                fast, slow = (one, other) if now > 0 else (other, one)
                said.append(f"{comparison}: {fast} is now ahead of {slow}")
    return said


def _ahead(one: Estimate, other: Estimate) -> int:
    return int(one.low > other.high) - int(other.low > one.high)


def environment_differences(old: Results, new: Results) -> list[str]:
    """Return the facts about the machine and the installed packages that differ."""
    names = [name for name in {**old.environment, **new.environment} if name not in UNSTEADY]
    pairs = {name: (old.environment.get(name, "unknown"), new.environment.get(name, "unknown")) for name in names}
    return [f"{name} {one} -> {other}" for name, (one, other) in pairs.items() if one != other]


def only_in_one(old: Results, new: Results) -> list[str]:
    """Return a line for each row that only one of the runs has."""
    sides = [_names(results) for results in (old, new)]
    return [
        f"only in {results.path}: {name}"
        for results, mine, theirs in ((old, sides[0], sides[1]), (new, sides[1], sides[0]))
        for name in mine
        if name not in theirs
    ]


def _names(results: Results) -> list[str]:
    arms = [f"{comparison}: {arm}" for comparison, arms in _comparisons(results).items() for arm in arms]
    return arms + [f"{comparison}: {figure}" for comparison, figure in _figures(results)]


def _table(changes: Sequence[Change]) -> Table:
    columns = (
        Column("comparison", "", words=True),
        Column("arm", "", words=True),
        Column("of", "", words=True),
        Column("old", ""),
        Column("95 %", ""),
        Column("new", ""),
        Column("95 %", ""),
        Column("change", ""),
        Column("verdict", "", words=True),
    )
    return Table("", columns, [_row(change) for change in changes])


def _row(change: Change) -> list[str]:
    old, new = change.old, change.new
    verdict = change.verdict
    if verdict == "slower" and not change.counts:
        verdict = "slower (the reference: not counted)"
    figures = [number(old.median), interval(old), number(new.median), interval(new)]
    share = f"{100 * (new.median / old.median - 1):+.1f} %" if old.median > 0 else NOTHING
    return [change.comparison, change.arm, change.what, *figures, share, verdict]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Raises:
        InputError: a file cannot be used, or the two have no row in common.
    """
    parser = Parser(prog="python -m bench.report.compare", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("old", metavar="OLD", type=Path, help="JSON of the run before")
    parser.add_argument("new", metavar="NEW", type=Path, help="JSON of the run after")
    for name, share, figures in (
        ("--least", 0.05, "of several rounds"),
        ("--least-single", 0.1, "of one, as memory is"),
    ):
        parser.add_argument(name, type=_share, default=share, help=f"up to it, a change is noise, in figures {figures}")
    given = parser.parse_args(argv)
    old, new = read(given.old), read(given.new)
    changes = compare(old, new, Noise(given.least, given.least_single))
    if not changes:
        raise InputError(
            f"{given.old} and {given.new} must have a row in common (of arms: limits are not compared). Received: none"
        )
    _say(old, new, changes)
    return int(any(change.regression for change in changes))


def _share(text: str) -> float:
    """Parse a share such as 0.05. argparse adds the option's name to the error."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 10:
        raise argparse.ArgumentTypeError(f"must be a share such as 0.05. Received: {text}")
    return value


def _say(old: Results, new: Results, changes: Sequence[Change]) -> None:
    warnings = [f"warning: the environments differ: {fact}" for fact in environment_differences(old, new)]
    worse = [change for change in changes if change.regression]
    lines = [
        *warnings,
        text_table(_table(changes)),
        *only_in_one(old, new),
        *(reversed_pairs(old, new) or ["ranking: the same in each comparison"]),
        *(f"regression: {change.comparison}: {change.arm} ({change.what}) {change.verdict}" for change in worse),
        f"{len(worse)} of {len(changes)} figures became worse beyond noise",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    run_command(main)
