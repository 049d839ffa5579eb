"""Fits in turn, epoch by epoch, each in a process of its own: the comparison of `model.fit`."""

from __future__ import annotations

import dataclasses
from typing import Any

from bench.arms import Setting
from bench.arms.cells import Cell
from bench.measure.process import WorkerProcess, attempt

__all__ = ["ARMS", "WHOLE", "Fit", "FitResult", "run"]

# Keys of `bench.measure.fit.FEEDS`, and those of them that drop an epoch's partial batch.
WHOLE = ("constant", "pipeline", "pipeline-memory", "pipeline-memory-train", "pipeline-disk")
ARMS = (*WHOLE, "generator-adapter", "drop-in-adapter", "keras-layers")


@dataclasses.dataclass(frozen=True)
class Fit:
    """A fit.

    Args:
        arm: whose data, a key of `bench.measure.fit.FEEDS`.
        network: a key of `bench.measure.fit.NETWORKS`.
        device: `"CPU"`, or `"GPU"`, where Keras computes in mixed precision.
        cell: the pictures.
        setting: the arm's.
    """

    arm: str
    network: str
    device: str = "CPU"
    cell: Cell = dataclasses.field(default_factory=Cell)
    setting: Setting = dataclasses.field(default_factory=dict)

    def task(self, folder: str) -> dict[str, Any]:
        """What `bench.measure.fit` is told."""
        return {**dataclasses.asdict(self), "folder": folder, "seed": 0}


@dataclasses.dataclass
class FitResult:
    """Seconds of each timed epoch, to the end of the first step, and the share of an epoch that steps wait."""

    seconds: list[float] = dataclasses.field(default_factory=list)
    first: float = 0.0
    waiting: float = 0.0
    failure: str = ""


class _Running:
    def __init__(self, fit: Fit, folder: str) -> None:
        self.process = WorkerProcess("bench.measure.fit", fit.task(folder))
        self.result = FitResult()

    def ready(self) -> None:
        self.process.wait()
        self.process.stop()

    def begin(self) -> None:
        self.process.go()
        self.result.first = self.process.ask("first")["seconds"]
        self.process.ask("epoch")
        self.process.stop()

    def epoch(self) -> None:
        self.process.go()
        self.result.seconds.append(self.process.ask("epoch")["seconds"])
        self.process.stop()

    def waiting(self) -> None:
        """The second of two epochs: the first compiles the step anew."""
        self.process.go()
        self.process.ask("waiting")
        answer = self.process.ask("waiting")
        self.result.waiting = answer["waited"] / answer["seconds"]
        self.process.stop()


def run(fits: list[Fit], folder: str, rounds: int, *, waiting: bool = True) -> list[FitResult]:
    """Comparison the fits; the nth epochs of all are run one after the other.

    Args:
        fits: each in a process of its own.
        folder: of photos.
        rounds: epochs that are timed.
        waiting: whether the share of an epoch that steps wait is measured, too; on Keras' TensorFlow backend alone.
    """
    running: list[_Running] = []
    try:
        running += [_Running(fit, folder) for fit in fits]
        steps = ["ready", "begin", *["epoch"] * rounds, *["waiting"] * waiting]
        for step in steps:
            for one in running:
                attempt(one, getattr(one, step))
    finally:
        for one in running:
            if not one.result.failure:
                one.process.close()
    return [one.result for one in running]
