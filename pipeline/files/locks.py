"""Locks between processes; the kernel releases a lock when its process ends, even after a kill."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["is_file_at", "locked", "try_lock", "wait_for_lock"]


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone; return False if another process holds the lock.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int) -> None:
    """Lock an open file for this process alone; wait while another process holds the lock.

    Raises:
        OSError: the file system has no locks.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def locked(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock of an existing file or folder in this context; without a lock on file systems that have none.

    Args:
        path: the file or folder.
        doing: what the lock is for, such as "training in"; the error message contains it.

    Raises:
        InputError: another process holds the lock.
        OSError: the file or folder cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            free = try_lock(descriptor)
        except OSError:  # a file system without locks
            free = True
        if not free:
            raise InputError(f"another process is {doing} {str(path)!r}; wait for it or end it")
        yield
    finally:
        os.close(descriptor)


def is_file_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one at `path`: it may have been deleted or replaced since."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
