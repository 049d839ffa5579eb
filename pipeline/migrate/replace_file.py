"""Replace a file's content atomically: a reader sees either the old or the new content."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to a new file with the old one's permissions, and rename it over the old one.

    If `path` is a symbolic link, the link stays, and the file that it points to is replaced.

    Raises:
        InputError: the file or its folder cannot be written; the file is unchanged then.
    """
    target = Path(os.path.realpath(path))
    try:
        status = target.stat()
        target.open("r+b").close()  # a write-protected file must not be replaced either
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):  # keep the owner, if this process may set it
            os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
