"""Measure the memory of a process and its children: the kernel's high-water marks, and samples of RSS and PSS."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["MemoryUse", "high_water", "memory_use", "process_tree", "sampled"]

SECONDS = 0.1  # between two samples


@dataclasses.dataclass(frozen=True)
class MemoryUse:
    """The memory of a process and its children, in bytes.

    Args:
        rss: sum of resident memory. Memory that several processes share is counted once for each.
        pss: memory in which shared pages are counted once. The kernel's PSS divides the pages of a library among all
            processes that map it, also those of other arms. This is therefore the PSS of anonymous and shared memory,
            plus the largest amount of mapped files of any one of the processes.
        processes: the number of processes.
    """

    rss: int = 0
    pss: int = 0
    processes: int = 0

    def most(self, other: MemoryUse) -> MemoryUse:
        """Return the larger value of each field."""
        return MemoryUse(
            *(
                max(mine, theirs)
                for mine, theirs in zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
            )
        )


def process_tree(pid: int) -> list[int]:
    """Return the ids of a process and all its living children."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    return []


def _fields(pid: int, name: str) -> dict[str, int]:
    """Return the values of lines `Name: N kB` in a file of `/proc/PID`, in bytes; none if the process has ended."""
    found = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[2] == "kB":
                found[parts[0].rstrip(":")] = int(parts[1]) * 1024
    return found


def high_water(pid: int) -> int:
    """Return the sum of the kernel's high-water marks (`VmHWM`) of a process and its living children, in bytes."""
    return sum(_fields(one, "status").get("VmHWM", 0) for one in process_tree(pid))


def memory_use(pid: int) -> MemoryUse:
    """Return the memory that a process and its children hold now."""
    rss, pss, files, members = 0, 0, 0, process_tree(pid)
    for one in members:
        status, maps = _fields(one, "status"), _fields(one, "smaps_rollup")
        rss += status.get("VmRSS", 0)
        files = max(files, status.get("RssFile", 0))
        pss += maps.get("Pss_Anon", status.get("RssAnon", 0)) + maps.get("Pss_Shmem", status.get("RssShmem", 0))
    return MemoryUse(rss, pss + files, len(members))


class Sampler:
    """A thread that samples the memory of a process and its children. `peak` holds the largest values so far."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = MemoryUse()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while True:
            self.peak = self.peak.most(memory_use(self.pid))
            if self._ended.wait(SECONDS):
                return

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Take a last sample and end the thread."""
        self._ended.set()
        self._thread.join()
        self.peak = self.peak.most(memory_use(self.pid))


@contextlib.contextmanager
def sampled(pid: int) -> Iterator[Sampler]:
    """Sample a process and its children while the block runs."""
    sampler = Sampler(pid)
    sampler.start()
    try:
        yield sampler
    finally:
        sampler.stop()
