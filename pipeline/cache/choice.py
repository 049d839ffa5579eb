"""Where decoded pictures are kept: what was asked for, or what fits."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import psutil

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

from pipeline.errors import InputError

__all__ = ["MEMORY_SHARE", "Choice", "available_memory", "choose_cache", "disk_room"]

# Share of the free memory that a cache may take without being asked; the model needs the rest.
MEMORY_SHARE = 0.5
# Share of the free disk, likewise; others fill it too.
DISK_SHARE = 0.5
CGROUP = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


@dataclasses.dataclass(frozen=True)
class Choice:
    """The cache that is used, and why, in one line."""

    cache: str  # "memory", "disk" or "none"
    reason: str


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # absent, or the word "max"
        return None


def _groups(root: Path, own: Path, controller: str, below: str) -> list[Path]:
    """The control group that `own` names for `controller`, and every one above it to the root."""
    top = root / below
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return [top]
    for line in lines:
        if len(line) == 3 and controller in line[1].split(",") and ".." not in line[2]:
            group = top / line[2].lstrip("/")
            return [group, *(above for above in group.parents if above.is_relative_to(top))]
    return [top]


def _droppable(group: Path, name: str) -> int:
    """Bytes of file pages that the kernel drops when memory runs short; they count as used until then."""
    try:
        lines = (group / "memory.stat").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(name + " "))
    except (OSError, ValueError, IndexError):
        return 0


def _cgroup_free(root: Path, own: Path) -> int | None:
    """Bytes that control groups of versions 2 and 1 still allow; `None` where there is no limit."""
    free = []
    version_2 = _groups(root, own, "", "")
    for groups, limit_name, usage_name, droppable in (
        (version_2, "memory.max", "memory.current", "inactive_file"),
        (version_2, "memory.high", "memory.current", "inactive_file"),  # above it, a process is slowed to a crawl
        (
            _groups(root, own, "memory", "memory"),
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ):
        for group in groups:
            limit, usage = _number(group / limit_name), _number(group / usage_name)
            if limit is not None and usage is not None:
                free.append(max(limit - usage + min(_droppable(group, droppable), usage), 0))
    return min(free, default=None)


def _process_free(*limits: str) -> int | None:
    """Bytes that this process's own limits still allow; `None` where there is none.

    Args:
        *limits: `"AS"`: all addresses (`ulimit -v`); `"DATA"`: private memory that can be written (`ulimit -d`).
    """
    free = []
    if resource is not None:
        used = psutil.Process().memory_info()
        for name, taken in (("AS", used.vms), ("DATA", getattr(used, "data", used.vms))):
            allowed = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] if name in limits else -1
            if allowed not in (-1, resource.RLIM_INFINITY):
                free.append(max(0, allowed - taken))
    return min(free, default=None)


def available_memory(cgroup: Path = CGROUP, own: Path = OWN_GROUP) -> int:
    """Return how many bytes of memory can be taken without swapping.

    The limits of a container or a batch system count (control groups), and those of the process (`ulimit -v`, `-d`).
    """
    free = (int(psutil.virtual_memory().available), _cgroup_free(cgroup, own), _process_free("AS", "DATA"))
    return min(one for one in free if one is not None)


def shown_size(count: float) -> str:
    """Bytes for people: 66 MB, 1.2 GB (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def choose_cache(asked: str, needed: int, available: int, disk: int = 0, folder: Path | None = None) -> Choice:
    """Decide on a cache.

    Args:
        asked: `"none"`, `"memory"`, `"disk"` or `"auto"`.
        needed: bytes that all pictures take.
        available: bytes of free memory.
        disk: bytes that a disk cache finds, see `disk_room`.
        folder: where it lies; `None`: there is none.

    Raises:
        InputError: `"memory"` was asked for and cannot fit.
    """
    room = f"{shown_size(needed)} of {shown_size(available)} free"
    if asked == "none":
        return Choice("none", "none, as asked: every photo is decoded each epoch")
    if asked == "memory":
        if needed > available:
            raise InputError(f"cache='memory' needs {room}; use cache='disk', cache='none' or a smaller image_size")
        return Choice("memory", f"memory, as asked: {room}")
    if asked == "disk":
        return Choice("disk", f"disk, as asked: {shown_size(needed)} in {folder}")
    if needed <= available * MEMORY_SHARE:
        return Choice("memory", f"memory (auto): {room}, within the half that it may take")
    if folder is not None and needed <= disk * DISK_SHARE:
        beyond = f"more than half of the {shown_size(available)} of free memory"
        within = f"within half of the {shown_size(disk)} of free disk"
        return Choice("disk", f"disk (auto): {shown_size(needed)} in {folder}, {beyond}, {within}")
    also = "" if folder is None else f"; nor within half of the {shown_size(disk)} of free disk"
    return Choice("none", f"none (auto): {room}, more than the half that it may take{also}")


def disk_room(folder: Path, kept: int, limit: int | None) -> int:
    """Bytes that pictures in `folder` may take: what is free, what they take already, no more than the limits.

    The whole file is mapped, so the addresses that this process may have (`ulimit -v`) are one of the limits.

    Args:
        folder: where they lie or will lie.
        kept: bytes that they take already.
        limit: the most that they may take; `None`: no limit.
    """
    there = next((one for one in (folder.absolute(), *folder.absolute().parents) if os.path.isdir(one)), None)
    try:
        free = 0 if there is None else int(psutil.disk_usage(str(there)).free)
    except OSError:
        free = 0
    room = free + kept
    if (addresses := _process_free("AS")) is not None:
        room = min(room, addresses)
    return room if limit is None else min(room, int(limit / DISK_SHARE))
