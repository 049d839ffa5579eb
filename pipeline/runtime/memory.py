"""Find how much memory is free within the limits of the machine, the container and this process."""

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
    """Return the control group that the file `own` names for a controller, and every group above it."""
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
    """Return the bytes of file pages that count as used but that the kernel drops when memory runs short."""
    try:
        lines = (group / "memory.stat").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(name + " "))
    except (OSError, ValueError, IndexError):
        return 0


def _cgroup_free(root: Path, own: Path) -> int | None:
    """Return the bytes that control groups (versions 2 and 1) still allow; `None` without a limit."""
    free = []
    version_2 = _groups(root, own, "", "")
    for groups, limit_name, usage_name, droppable in (
        (version_2, "memory.max", "memory.current", "inactive_file"),
        (version_2, "memory.high", "memory.current", "inactive_file"),  # above it, the kernel slows a process down
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
    """Return the bytes that the limits of this process still allow; `None` without a limit.

    Args:
        *limits: `"AS"` for all addresses (`ulimit -v`), `"DATA"` for private writable memory (`ulimit -d`).
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
    """Return the bytes of memory that can be used without swapping.

    The limits of a container or batch system (control groups) and of the process (`ulimit -v`, `-d`) are respected.

    Args:
        cgroup: the folder of the control groups.
        own: the file that names this process's control groups.
    """
    free = (int(psutil.virtual_memory().available), _cgroup_free(cgroup, own), process_limit("AS", "DATA"))
    return min(one for one in free if one is not None)
