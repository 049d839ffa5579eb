"""A file's new contents put in its place at once: whoever reads it sees the old or the new, never a half."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` beside the file that `path` names, with its permissions, and rename it over the file.

    A symbolic link stays one: what it points to is replaced.

    Raises:
        InputError: the file or its folder cannot be written; the file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        before = target.stat()
        target.open("r+b").close()  # a file that its owner protected is not to be replaced either
        handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):  # another's file stays theirs where we may say so
            os.chown(aside, before.st_uid, before.st_gid)
        os.chmod(aside, stat.S_IMODE(before.st_mode))
        os.replace(aside, target)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)
