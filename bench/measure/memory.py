"""What a process and its children hold: the kernel's high-water marks, and RSS and PSS sampled while they work."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["Held", "family", "held", "high_water", "sampled"]

SECONDS = 0.1  # between two samples


@dataclasses.dataclass(frozen=True)
class Held:
    """Memory of a family of processes, bytes.

    Args:
        rss: sum of resident memory; what several map counts several times.
        pss: what several share counts once. The kernel's PSS shares out a library's pages among all that map it,
            other arms that wait their turn included; so this is the PSS of anonymous and shared memory, and of files
            the most that one of the family has mapped.
        processes: how many.
    """

    rss: int = 0
    pss: int = 0
    processes: int = 0

    def most(self, other: Held) -> Held:
        """The larger of each."""
        return Held(
            *(
                max(mine, theirs)
                for mine, theirs in zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
            )
        )


def family(pid: int) -> list[int]:
    """A process and all its children, those that live."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    return []


def _fields(pid: int, name: str) -> dict[str, int]:
    """Lines `Name: N kB` of a file in `/proc/PID`, in bytes; nothing for a process that has ended."""
    found = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[2] == "kB":
                found[parts[0].rstrip(":")] = int(parts[1]) * 1024
    return found


def high_water(pid: int) -> int:
    """Sum of the kernel's high-water marks (`VmHWM`) over a process and its children that live, bytes."""
    return sum(_fields(one, "status").get("VmHWM", 0) for one in family(pid))


def held(pid: int) -> Held:
    """What a process and its children hold now."""
    rss, pss, files, members = 0, 0, 0, family(pid)
    for one in members:
        status, maps = _fields(one, "status"), _fields(one, "smaps_rollup")
        rss += status.get("VmRSS", 0)
        files = max(files, status.get("RssFile", 0))
        pss += maps.get("Pss_Anon", status.get("RssAnon", 0)) + maps.get("Pss_Shmem", status.get("RssShmem", 0))
    return Held(rss, pss + files, len(members))


class Sampler:
    """The most that was seen so far; a thread looks again and again."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = Held()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while True:
            self.peak = self.peak.most(held(self.pid))
            if self._ended.wait(SECONDS):
                return

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look once more, and end."""
        self._ended.set()
        self._thread.join()
        self.peak = self.peak.most(held(self.pid))


@contextlib.contextmanager
def sampled(pid: int) -> Iterator[Sampler]:
    """Watch a process and its children while the block runs; `peak` holds the most of each."""
    sampler = Sampler(pid)
    sampler.start()
    try:
        yield sampler
    finally:
        sampler.stop()
