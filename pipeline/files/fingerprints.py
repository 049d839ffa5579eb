"""Fingerprints of files: bytes that change when a file does."""

from __future__ import annotations

import hashlib
import os

__all__ = ["content_fingerprint", "status_fingerprint"]


def status_fingerprint(path: bytes) -> bytes | None:
    """Return a fingerprint of a file's absolute path, size and times; the file is not read.

    Two changes that keep the size, within one tick of the file system's clock, are not told apart.

    Returns:
        The fingerprint, or `None` if the file cannot be found.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    # The inode's time changes where size and mtime may not: in a copy that kept the old times, in a swap of two names.
    marks = (os.path.abspath(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return repr(marks).encode()


def content_fingerprint(path: bytes) -> bytes | None:
    """Return a hash of a file's bytes, 64 bytes of BLAKE2b; `None` if the file cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "blake2b").digest()
    except OSError:
        return None
