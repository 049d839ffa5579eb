"""List, measure, lock and delete the sets of images in a disk cache's folder. No TensorFlow.

A set is a folder whose name follows from the shape and dtype of its images and from how they are read. See
`pipeline.cache.disk` for its content.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError
from pipeline.files.home import cache_home
from pipeline.files.locks import is_file_at, try_lock, wait_for_lock
from pipeline.runtime.progress import say

__all__ = [
    "ABOUT",
    "INDEX",
    "PIXELS",
    "cache_folder",
    "clear",
    "disk_left",
    "drop",
    "file_size",
    "last_use",
    "locked",
    "set_size",
    "sets_in",
]

ABOUT, INDEX, LOCK, PIXELS = "about.json", "index", "lock", "pixels"
# An index is written under this name and then renamed.
ASIDE = f".{INDEX}"
FILES = (PIXELS, INDEX, ASIDE, ABOUT, LOCK)
# A set's name: 150x150x3-uint8-0123456789ab. With a dot before it and a process id after it, it is the name of a set
# that is being deleted, or whose deletion was interrupted.
SET = re.compile(r"\d+x\d+x\d+-[a-z]+[0-9]*-[0-9a-f]{12}")
DROPPED = re.compile(rf"\.{SET.pattern}\.\d+")
# The reserve on a disk that a cache fills, for the files of training runs: a share of the disk, at most so many bytes.
SPARE_SHARE, SPARE_BYTES = 0.01, 10**9


def cache_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Return the folder of the disk cache: `folder`, or by default `pictures` in the user's cache folder."""
    if folder is not None:
        return Path(folder)
    return cache_home() / "pictures"


def file_size(path: Path) -> int:
    """Return the size of a file in bytes; 0 if it does not exist or cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def set_size(one: Path) -> int:
    """Return the bytes of a set's images and index."""
    return file_size(one / PIXELS) + file_size(one / INDEX)


def sets_in(folder: Path) -> list[Path]:
    """Return the sets in a folder, including those whose deletion was interrupted. Other files are ignored."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    named = (folder / name for name in names if SET.fullmatch(name) or DROPPED.fullmatch(name))
    return [one for one in named if os.path.isdir(one)]


def last_use(one: Path) -> float:
    """Return the time at which a set was last used, in seconds since 1970; 0 if it is unknown."""
    try:
        return (one / ABOUT).stat().st_mtime
    except OSError:
        return 0.0


def disk_left(folder: Path) -> int:
    """Return the bytes that may be written to the disk of an existing folder: the free space less a reserve."""
    total, _, free = shutil.disk_usage(folder)
    if total == 0:  # some file systems do not report their size
        return 1 << 62
    return max(0, free - int(min(total * SPARE_SHARE, SPARE_BYTES)))


@contextlib.contextmanager
def locked(one: Path) -> Iterator[None]:
    """Hold the lock for adding rows to a set; wait while another process holds it. The set is made if necessary.

    Raises:
        OSError: the set cannot be made or locked.
    """
    while True:
        one.mkdir(parents=True, exist_ok=True)
        try:
            lock = (one / LOCK).open("ab")
        except FileNotFoundError:  # deleted in between
            continue
        with lock:
            if not try_lock(lock.fileno()):
                say(f"disk cache: waiting for another process that fills {one}")
                wait_for_lock(lock.fileno())
            if is_file_at(lock.fileno(), one / LOCK):  # else it was deleted while this one waited
                yield
                return


def drop(one: Path) -> None:
    """Delete a set. A process that has mapped it keeps its images until it ends, and the disk space until then.

    Raises:
        InputError: another process is filling the set.
        OSError: the set cannot be deleted.
    """
    if DROPPED.fullmatch(one.name):
        _delete(one)
        return
    with (one / LOCK).open("ab") as lock:
        if not try_lock(lock.fileno()):
            raise InputError(f"disk cache: another process is filling {str(one)!r}; wait for it or end it")
        # The set is renamed first, so that another process makes a new set and does not find half of this one.
        aside = one.with_name(f".{one.name}.{os.getpid()}")
        one.rename(aside)
        _delete(aside)


def _delete(one: Path) -> None:
    """Delete the cache's files in a set's folder, and the folder if it is then empty."""
    for name in FILES:
        (one / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        one.rmdir()


def clear(folder: Path) -> int:
    """Delete every set in a folder and nothing else; processes that read from a set are not disturbed.

    Returns:
        The number of freed bytes.

    Raises:
        InputError: a process is filling a set, or a set cannot be deleted.
    """
    freed = 0
    for one in sets_in(folder):
        size = set_size(one)
        try:
            drop(one)
        except OSError as error:
            raise InputError(f"disk cache: {str(one)!r} cannot be deleted: {error.strerror or error}") from None
        freed += size
    return freed
