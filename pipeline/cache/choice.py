"""Where decoded pictures are kept: what was asked for, or what fits (D5)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import psutil

from pipeline.errors import InputError

__all__ = ["MEMORY_SHARE", "Choice", "available_memory", "choose_cache"]

# Share of the free memory that a cache may take without being asked; the model needs the rest.
MEMORY_SHARE = 0.5
CGROUP = Path("/sys/fs/cgroup")


@dataclasses.dataclass(frozen=True)
class Choice:
    """The cache that is used, and why, in one line."""

    cache: str  # "memory" or "none"
    reason: str


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # absent, or the word "max"
        return None


def _cgroup_free(root: Path) -> int | None:
    """Bytes that a control group still allows this process; `None` where there is no limit (versions 2 and 1)."""
    for limit_name, usage_name in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        limit, usage = _number(root / limit_name), _number(root / usage_name)
        if limit is not None and usage is not None:
            return max(limit - usage, 0)
    return None


def available_memory(cgroup: Path = CGROUP) -> int:
    """Bytes of memory that can be taken without swapping, a container's limit included."""
    free = int(psutil.virtual_memory().available)
    limit = _cgroup_free(cgroup)
    return free if limit is None else min(free, limit)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def choose_cache(asked: str, needed: int, available: int) -> Choice:
    """Decide on a cache.

    Args:
        asked: `"none"`, `"memory"` or `"auto"`.
        needed: bytes that all pictures take as uint8.
        available: bytes of free memory.

    Raises:
        InputError: `"memory"` was asked for and cannot fit.
    """
    room = f"{_size(needed)} of {_size(available)} free"
    if asked == "none":
        return Choice("none", "none, as asked: every photo is decoded each epoch")
    if asked == "memory":
        if needed > available:
            raise InputError(f"cache='memory' needs {room}; use cache='none' or a smaller image_size")
        return Choice("memory", f"memory, as asked: {room}")
    if needed <= available * MEMORY_SHARE:
        return Choice("memory", f"memory (auto): {room}, within the half that it may take")
    return Choice("none", f"none (auto): {room}, more than the half that it may take")
