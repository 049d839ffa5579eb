"""One run of a suite. It runs a comparison when a test first asks for its result, and keeps the results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from bench.arms import find_arm
from bench.arms.cells import Cell
from bench.arms.listing import unreadable
from bench.measure.comparison import Entry, Result, run
from bench.measure.fits import Fit, FitResult
from bench.measure.fits import run as run_fits
from bench.measure.photos import Photos
from bench.measure.plan import PACES, Comparison, Suite, comparisons, fits
from bench.measure.search import SEARCH_SECONDS, Searched, search

__all__ = ["Clock", "Session"]

SHOWN = 5  # unreadable photos that a message names


class Clock:
    """A clock that pytest-benchmark reads, and that advances only by times that were measured elsewhere."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now

    def replay(self, benchmark: Any, seconds: list[float]) -> None:
        """Give pytest-benchmark the rounds as if it had measured them.

        Args:
            benchmark: pytest-benchmark's fixture, which uses this clock as its timer.
            seconds: the seconds of each round. A rate is given as the seconds of 1,000 images, so that the plugin's own
                table compares arms.
        """
        rounds = iter(seconds)

        def advance() -> None:
            self.now += next(rounds, 0.0)

        benchmark.pedantic(advance, rounds=len(seconds))


class Session:
    """The measurements of one run.

    Args:
        suite: the name of the suite.
        data: the value of `--data`, or `None`.
        validation: the value of `--validation`, or `None`.
    """

    def __init__(self, suite: Suite, data: str | None, validation: str | None) -> None:
        self.suite, self.data, self._validation = suite, data, validation
        self.not_measured: list[dict[str, str]] = []
        self.comparisons = comparisons(suite)
        self.fits = fits(suite)
        self.settings: dict[tuple[str, bool], Searched] = {}
        self._unreadable: list[str] | None = None
        self._results: dict[int, dict[int, Result]] = {}
        self._fitted: dict[int, dict[int, FitResult]] = {}

    def open(self, folder: str, work: Path, chosen: set[str]) -> None:
        """Set the folders, and the rows that tests ask for. A comparison runs only these of its entries.

        Args:
            folder: the folder of photos.
            work: the folder in which others are made.
            chosen: the names of the rows.
        """
        self.folder, self.work, self.chosen = folder, work, chosen
        self.photos = Photos(folder, work)

    def why(self, failure: str) -> str:
        """Return the output of a failed process, followed by the unreadable photos if there are some."""
        if self._unreadable is None:
            self._unreadable = unreadable(self.folder)
        if not self._unreadable:
            return failure
        named = "\n  ".join(self._unreadable[:SHOWN])
        more = f"\n  and {len(self._unreadable) - SHOWN} more" if len(self._unreadable) > SHOWN else ""
        return f"{failure}\nPhotos that cannot be decoded; move them away and run again:\n  {named}{more}"

    @property
    def validation(self) -> str | None:
        """The folder of photos on which accuracy is measured, or `None`."""
        beside = Path(self.folder).parent / "validation"
        return self._validation or (str(beside) if beside.is_dir() else None)

    def searched(self, entry: Entry) -> Searched:
        """Return the arm's settings with their rates, the fastest first.

        They are measured once, at the central point. An entry with a setting of its own has none.
        """
        if entry.setting:
            return []
        key = entry.arm, entry.cell.augmented
        if key not in self.settings:
            centre = dataclasses.replace(entry, cell=Cell(augmented=entry.cell.augmented))
            self.settings[key] = search(centre, self.folder, SEARCH_SECONDS)
        return self.settings[key]

    def setting(self, entry: Entry) -> dict[str, Any]:
        """Return the entry's own setting, or else the fastest one."""
        searched = self.searched(entry)
        return searched[0][0] if searched else entry.setting

    def result(self, comparison: int, entry: int) -> Result:
        """Return the result of an entry. The comparison runs when one of its results is first asked for."""
        if comparison not in self._results:
            self._results[comparison] = self._run(comparison)
        return self._results[comparison][entry]

    def _run(self, number: int) -> dict[int, Result]:
        comparison = self.comparisons[number]
        asked = [
            (at, dataclasses.replace(entry, setting=self.setting(entry)))
            for at, entry in enumerate(comparison.entries)
            if row_id(comparison, entry) in self.chosen and not find_arm(entry.arm).missing()
        ]
        results = run([entry for _, entry in asked], self.photos, PACES[self.suite])
        return {at: result for (at, _), result in zip(asked, results, strict=True)}

    def fitted(self, comparison: int, entry: int) -> FitResult:
        """Return the result of a fit. The comparison runs when one of its results is first asked for."""
        if comparison not in self._fitted:
            asked = [
                (at, self.with_best_setting(fit))
                for at, fit in enumerate(self.fits[comparison])
                if fit_id(fit) in self.chosen
            ]
            results = run_fits([fit for _, fit in asked], self.folder, PACES[self.suite].rounds)
            self._fitted[comparison] = {at: result for (at, _), result in zip(asked, results, strict=True)}
        return self._fitted[comparison][entry]

    def with_best_setting(self, fit: Fit) -> Fit:
        """Return the fit with the fastest setting of its arm."""
        return dataclasses.replace(fit, setting=self.setting_of(fit))

    def setting_of(self, fit: Fit) -> dict[str, Any]:
        """Return the fastest setting of a fit's arm."""
        return {} if fit.arm == "constant" else self.setting(Entry(fit.arm, fit.cell))


def row_id(comparison: Comparison, entry: Entry) -> str:
    """Return the name of an entry's test: `files augmented: pipeline, augmented`."""
    own = "".join(f", {name} {value}" for name, value in entry.setting.items())
    return f"{comparison.name}: {entry.arm}, {entry.cell.name()}{own}"


def fit_id(fit: Fit) -> str:
    """Return the name of a fit's test: `fit notebook on a CPU: pipeline`."""
    return f"fit {fit.network} on a {fit.device}: {fit.arm}"
