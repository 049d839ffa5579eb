"""Compare calls of `model.fit` in turn, epoch by epoch, each in a process of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

from bench.arms import Setting
from bench.arms.cells import Cell
from bench.measure.process import WorkerProcess, attempt

__all__ = ["ARMS", "WHOLE", "Fit", "FitResult", "run"]

# The keys of `bench.measure.fit.FEEDS`; those in WHOLE drop the partial batch of an epoch.
WHOLE = ("constant", "pipeline", "pipeline-memory", "pipeline-memory-train", "pipeline-disk")
ARMS = (*WHOLE, "generator-adapter", "drop-in-adapter", "keras-layers")


@dataclasses.dataclass(frozen=True)
class Fit:
    """A call of `model.fit`.

    Args:
        arm: the arm that makes the data, a key of `bench.measure.fit.FEEDS`.
        network: a key of `bench.measure.fit.NETWORKS`.
        device: `"CPU"`, or `"GPU"` with mixed precision.
        cell: the images to train on.
        setting: the arm's setting.
    """

    arm: str
    network: str
    device: str = "CPU"
    cell: Cell = dataclasses.field(default_factory=Cell)
    setting: Setting = dataclasses.field(default_factory=dict)

    def task(self, folder: str) -> dict[str, Any]:
        """Return the task for `bench.measure.fit`."""
        return {**dataclasses.asdict(self), "folder": folder, "seed": 0}


@dataclasses.dataclass
class FitResult:
    """The measurements of a fit.

    Args:
        seconds: the seconds of each timed epoch.
        first: the seconds to the end of the first step.
        waiting: the share of an epoch for which steps wait for their batches.
        failure: the output of its process if it failed.
    """

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
        """Measure the waiting in the second of two epochs, since the first compiles the step again."""
        self.process.go()
        self.process.ask("waiting")
        answer = self.process.ask("waiting")
        self.result.waiting = answer["waited"] / answer["seconds"]
        self.process.stop()


def run(fits: list[Fit], folder: str, rounds: int, *, waiting: bool = True) -> list[FitResult]:
    """Compare the fits. The nth epochs of all fits run one after the other.

    Args:
        fits: the fits; each has a process of its own.
        folder: the folder of photos.
        rounds: the number of timed epochs.
        waiting: whether to measure how long steps wait for their batches. This needs Keras' TensorFlow backend.
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
