"""Choose where decoded images are kept: as asked for, or where they fit."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import psutil

from pipeline.errors import InputError
from pipeline.runtime.memory import process_limit
from pipeline.text.plain_text import shown_size

__all__ = ["MEMORY_SHARE", "Choice", "choose_cache", "disk_room"]

# Share of the free memory that a cache may take without being asked; the model needs the rest.
MEMORY_SHARE = 0.5
# Share of the free disk, likewise; others fill it too.
DISK_SHARE = 0.5


@dataclasses.dataclass(frozen=True)
class Choice:
    """The cache that is used, and why, in one line."""

    cache: str  # "memory", "disk" or "none"
    reason: str


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
    """Return the bytes that images in `folder` may take: free bytes plus those that they take, within the limits.

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
    if (addresses := process_limit("AS")) is not None:
        room = min(room, addresses)
    return room if limit is None else min(room, int(limit / DISK_SHARE))
