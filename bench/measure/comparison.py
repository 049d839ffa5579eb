"""Compare arms in turn, round by round. Each has a process of its own, which is halted while another runs.

A slow moment of the machine therefore slows all arms of a round, and no arm fills its buffer in the time of another.
Batches that were ready when an arm was halted are drawn and discarded before its next round is timed.
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
from bench.measure.memory import MemoryUse, high_water, sampled
from bench.measure.photos import evict
from bench.measure.process import WorkerProcess, attempt

__all__ = ["Entry", "Pace", "Result", "as_row", "run"]


@dataclasses.dataclass(frozen=True)
class Pace:
    """The length of a measurement.

    Args:
        rounds: the number of timed rounds.
        seconds: about how long a round takes.
        warm_up: at least so many seconds are drawn and discarded first.
    """

    rounds: int
    seconds: float
    warm_up: float


@dataclasses.dataclass(frozen=True)
class Entry:
    """One participant of a comparison: an arm at a point, with a setting."""

    arm: str
    cell: Cell
    setting: Setting = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Result:
    """The measurements of an entry.

    Args:
        seconds: the seconds of each timed round.
        images: the number of images in each timed round.
        first: seconds from the builder's call to the first batch.
        high_water: the sum of the kernel's high-water marks of the arm's processes, in bytes.
        peak: the largest sampled memory.
        gpu: peak bytes on the first GPU, or `None`.
        failure: the output of its process if it failed; the other fields have no meaning then.
    """

    seconds: list[float] = dataclasses.field(default_factory=list)
    images: list[int] = dataclasses.field(default_factory=list)
    first: float = math.nan
    high_water: int = 0
    peak: MemoryUse = dataclasses.field(default_factory=MemoryUse)
    gpu: int | None = None
    failure: str = ""

    @property
    def rates(self) -> list[float]:
        """Images a second in each round."""
        return [images / seconds for images, seconds in zip(self.images, self.seconds, strict=True)]


class _Running:
    """The process of an entry, and its measurements so far."""

    def __init__(self, entry: Entry, folder: str) -> None:
        self.entry, self.folder, self.result = entry, folder, Result()
        self.arm: Arm = find_arm(entry.arm)
        self.batches, self.batch_seconds = 1, 0.0
        task = {"arm": entry.arm, "folder": folder, "cell": dataclasses.asdict(entry.cell), "setting": entry.setting}
        self.process = WorkerProcess("bench.measure.worker", task)

    def ready(self) -> None:
        """Wait for the process's imports, then halt it."""
        self.process.wait()
        self.process.stop()

    def begin(self, pace: Pace) -> None:
        """Time the first batch, warm up, sample the memory, and determine how many batches make a round."""
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
        if waits:  # draw until a batch has to be waited for, so that none is ready
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
        entries: the participants. Their processes all exist at once, and one runs at a time.
        folders: returns the folder of photos of a cell.
        pace: the length of the measurement.

    Returns:
        A result for each entry, in order. The nth rounds of all entries were measured one after the other.
    """
    running: list[_Running] = []
    try:
        for entry in entries:
            running.append(_Running(entry, folders(entry.cell)))
        for one in running:  # the imports run in parallel, since they are not timed
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
    """Return the row for the JSON; see README.md."""
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
