"""One run of the suite: its comparisons, run when their first test asks, and what came of them."""

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

SHOWN = 5  # photos at fault


class Clock:
    """A clock that stands still but for what was measured elsewhere: pytest-benchmark reads rounds off it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    def replay(self, benchmark: Any, seconds: list[float]) -> None:
        """Have `benchmark`, whose timer this is, take the rounds as its own.

        Args:
            benchmark: pytest-benchmark's fixture.
            seconds: one a round. For a rate, of 1,000 images, so that its own table compares arms.
        """
        rounds = iter(seconds)

        def advance() -> None:
            self.now += next(rounds, 0.0)

        benchmark.pedantic(advance, rounds=len(seconds))


class Session:
    """What a run measures.

    Args:
        suite: which comparisons.
        data: `--data`, or `None`.
        validation: `--validation`, or `None`.
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
        """Settle the photos and which rows are asked for; of a comparison, only those run."""
        self.folder, self.work, self.chosen = folder, work, chosen
        self.photos = Photos(folder, work)

    def why(self, failure: str) -> str:
        """What a process said when it failed, and after it the photos that nothing can read, where there are some."""
        if self._unreadable is None:
            self._unreadable = unreadable(self.folder)
        if not self._unreadable:
            return failure
        named = "\n  ".join(self._unreadable[:SHOWN])
        more = f"\n  and {len(self._unreadable) - SHOWN} more" if len(self._unreadable) > SHOWN else ""
        return f"{failure}\nPhotos that cannot be decoded; move them away and run again:\n  {named}{more}"

    @property
    def validation(self) -> str | None:
        """Photos to measure accuracy on, or `None`."""
        beside = Path(self.folder).parent / "validation"
        return self._validation or (str(beside) if beside.is_dir() else None)

    def searched(self, entry: Entry) -> Searched:
        """The arm's settings, the fastest first; searched once, at the central point, unless the entry has its own."""
        if entry.setting:
            return []
        key = entry.arm, entry.cell.augmented
        if key not in self.settings:
            centre = dataclasses.replace(entry, cell=Cell(augmented=entry.cell.augmented))
            self.settings[key] = search(centre, self.folder, SEARCH_SECONDS)
        return self.settings[key]

    def setting(self, entry: Entry) -> dict[str, Any]:
        """The entry's own, or the best of them."""
        searched = self.searched(entry)
        return searched[0][0] if searched else entry.setting

    def result(self, comparison: int, entry: int) -> Result:
        """What became of an entry of a comparison; the comparison is run when this is first asked."""
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
        """What became of a fit."""
        if comparison not in self._fitted:
            asked = [
                (at, self.settled(fit)) for at, fit in enumerate(self.fits[comparison]) if fit_id(fit) in self.chosen
            ]
            results = run_fits([fit for _, fit in asked], self.folder, PACES[self.suite].rounds)
            self._fitted[comparison] = {at: result for (at, _), result in zip(asked, results, strict=True)}
        return self._fitted[comparison][entry]

    def settled(self, fit: Fit) -> Fit:
        """With the setting that is best for its data."""
        return dataclasses.replace(fit, setting=self.setting_of(fit))

    def setting_of(self, fit: Fit) -> dict[str, Any]:
        """That setting."""
        return {} if fit.arm == "constant" else self.setting(Entry(fit.arm, fit.cell))


def row_id(comparison: Comparison, entry: Entry) -> str:
    """A row's name in pytest: `files augmented: pipeline, augmented`."""
    own = "".join(f", {name} {value}" for name, value in entry.setting.items())
    return f"{comparison.name}: {entry.arm}, {entry.cell.name()}{own}"


def fit_id(fit: Fit) -> str:
    """A fit's."""
    return f"fit {fit.network} on a {fit.device}: {fit.arm}"
