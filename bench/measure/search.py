"""Search for an arm's fastest setting. The settings are tried in one process, before the arm runs in another."""

from __future__ import annotations

import dataclasses
import os

from bench.arms import Setting, find_arm
from bench.measure.comparison import Entry
from bench.measure.process import WorkerError, WorkerProcess

__all__ = ["SEARCH_SECONDS", "Searched", "search"]

SEARCH_SECONDS = 1.0  # the time that each setting is measured

Searched = list[tuple[Setting, float]]


def _cores(entry: Entry) -> int:
    usable = len(os.sched_getaffinity(0))
    return min(entry.cell.cores or usable, usable)


def search(entry: Entry, folder: str, seconds: float) -> Searched:
    """Measure images a second under each setting of an arm.

    Args:
        entry: the arm and its cell.
        folder: the folder of the cell's photos.
        seconds: the time that each setting is measured.

    Returns:
        (setting, images a second), the fastest first; the rate is 0 if the process failed. The list is empty if the arm
        has a single setting.
    """
    settings = find_arm(entry.arm).settings(_cores(entry))
    if len(settings) < 2:
        return []
    task = {"arm": entry.arm, "folder": folder, "cell": dataclasses.asdict(entry.cell), "setting": {}}
    rates: list[float] = []
    process = None
    for setting in settings:
        try:
            if process is None:
                process = WorkerProcess("bench.measure.worker", task)
                process.wait()
            rates.append(process.ask("try", setting=setting, seconds=seconds)["rate"])
        except WorkerError:
            rates.append(0.0)
            if process is not None:
                process.close()
            process = None
    if process is not None:
        process.close()
    return sorted(zip(settings, rates, strict=True), key=lambda pair: -pair[1])
