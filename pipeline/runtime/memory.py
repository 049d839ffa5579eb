"""Free memory, as the machine, its containers and this process's limits allow it."""

from __future__ import annotations

from pathlib import Path

import psutil

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

__all__ = ["available_memory", "process_limit"]

CGROUP = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


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


def process_limit(*limits: str) -> int | None:
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
    free = (int(psutil.virtual_memory().available), _cgroup_free(cgroup, own), process_limit("AS", "DATA"))
    return min(one for one in free if one is not None)
