"""Arms in turn, round by round, each in a process of its own that is halted while another runs.

A drift of the machine's speed falls on all of a round, and nobody fills buffers in another's time. What an arm had made
ahead when it was halted is drawn and thrown away before its next round is timed.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any

from bench.arms import Arm, Setting, find_arm
from bench.arms.cells import Cell
from bench.arms.listing import listed
from bench.measure.memory import Held, high_water, sampled
from bench.measure.photos import evict
from bench.measure.process import WorkerProcess, attempt

__all__ = ["Entry", "Pace", "Result", "as_row", "run"]


@dataclasses.dataclass(frozen=True)
class Pace:
    """How long each is watched.

    Args:
        rounds: timed rounds.
        seconds: of a round, about.
        warm_up: seconds drawn and thrown away first, at the least.
    """

    rounds: int
    seconds: float
    warm_up: float


@dataclasses.dataclass(frozen=True)
class Entry:
    """An arm at a point: a line of a comparison."""

    arm: str
    cell: Cell
    setting: Setting = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Result:
    """What became of an entry.

    Args:
        seconds: of each timed round.
        images: of each.
        first: seconds from the builder's call to the first batch.
        high_water: the kernel's mark over the arm's processes, bytes.
        peak: the most that was sampled.
        gpu: bytes on the first GPU at the most, or `None`.
        failure: what its process said when it failed; nothing else holds then.
    """

    seconds: list[float] = dataclasses.field(default_factory=list)
    images: list[int] = dataclasses.field(default_factory=list)
    first: float = math.nan
    high_water: int = 0
    peak: Held = dataclasses.field(default_factory=Held)
    gpu: int | None = None
    failure: str = ""

    @property
    def rates(self) -> list[float]:
        """Images a second, one a round."""
        return [images / seconds for images, seconds in zip(self.images, self.seconds, strict=True)]


class _Running:
    """An entry's process and what it has shown so far."""

    def __init__(self, entry: Entry, folder: str) -> None:
        self.entry, self.folder, self.result = entry, folder, Result()
        self.arm: Arm = find_arm(entry.arm)
        self.batches, self.batch_seconds = 1, 0.0
        task = {"arm": entry.arm, "folder": folder, "cell": dataclasses.asdict(entry.cell), "setting": entry.setting}
        self.process = WorkerProcess("bench.measure.worker", task)

    def ready(self) -> None:
        """Wait for its imports, then halt it."""
        self.process.wait()
        self.process.stop()

    def begin(self, pace: Pace) -> None:
        """First batch, warm-up, memory, and how many batches make a round."""
        self.process.go()
        self.result.first = self.process.ask("first")["seconds"]
        with sampled(self.process.process.pid) as sampler:
            self._warm_up(pace)
        self.result.peak = sampler.peak
        self.process.stop()

    def _warm_up(self, pace: Pace) -> None:
        batch = self.entry.cell.batch
        photos = len(listed(self.folder)) if self.arm.fills else 0
        least = max(1, self.arm.buffer, math.ceil(photos / batch))
        seconds = self.process.ask("draw", batches=least)["seconds"]
        rate = least / max(seconds, 1e-6)
        while seconds < pace.warm_up:
            count = max(1, math.ceil(rate * min(1.0, pace.warm_up - seconds)))
            took = self.process.ask("draw", batches=count)["seconds"]
            seconds, rate = seconds + took, count / max(took, 1e-6)
        self.batches, self.batch_seconds = max(self.arm.least, round(rate * pace.seconds)), 1 / rate

    def round(self) -> None:
        """Time a round."""
        if self.entry.cell.pages == "cold":
            evict(self.folder)
        self.process.go()
        waits = self.batch_seconds if self.arm.buffer else 0
        if waits:  # until a batch has to be waited for: nothing lies ready then
            self.process.ask("draw", batches=1, seconds=waits)
        answer = self.process.ask("draw", batches=self.batches, seconds=waits)
        self.result.seconds.append(answer["seconds"])
        self.result.images.append(answer["images"])
        self.result.gpu = answer["gpu"]
        self.result.high_water = max(self.result.high_water, high_water(self.process.process.pid))
        self.process.stop()


def run(entries: list[Entry], folders: Callable[[Cell], str], pace: Pace) -> list[Result]:
    """Compare the entries.

    Args:
        entries: all of them run at once, one at a time.
        folders: a cell's photos.
        pace: how long.

    Returns:
        One result an entry, in their order; the nth rounds of all were taken one after the other.
    """
    running: list[_Running] = []
    try:
        for entry in entries:
            running.append(_Running(entry, folders(entry.cell)))
        for one in running:  # imports run side by side, as nothing of them is timed
            attempt(one, one.ready)
        for one in running:
            attempt(one, functools.partial(one.begin, pace))
        for _ in range(pace.rounds):
            for one in running:
                attempt(one, one.round)
    finally:
        for one in running:
            if not one.result.failure:
                one.process.close()
    return [one.result for one in running]


def as_row(
    comparison: str, entry: Entry, setting: Setting, result: Result, searched: list[tuple[Setting, float]]
) -> dict[str, Any]:
    """The row that the JSON holds; see README.md."""
    arm = find_arm(entry.arm)
    if entry.arm.startswith("limit-"):
        name, by = arm.limit.split("/")
        cores = entry.cell.cores
        return {"kind": "limit", "race": comparison, "limit": name, "by": by, "cores": cores, "rates": result.rates}
    return {
        "kind": "throughput",
        "race": comparison,
        "arm": entry.arm,
        "cell": dataclasses.asdict(entry.cell),
        "limit": arm.limit,
        "setting": setting,
        "searched": [[setting, rate] for setting, rate in searched],
        "rates": result.rates,
        "first_batch_seconds": result.first,
        "memory": {
            "high_water": max(result.high_water, result.peak.rss),
            "rss": result.peak.rss,
            "pss": result.peak.pss,
            "gpu": result.gpu,
            "processes": result.peak.processes,
        },
    }
