"""Write files whole or not at all: write under another name in the same folder, then rename."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.files.shortage import disk_error

__all__ = [
    "is_leftover",
    "removed_on_error",
    "replace_bytes",
    "sync_folder",
    "write_bytes",
    "write_text",
    "written_aside",
]

_LEFTOVER = re.compile(r"\.\d+\.[\w.]+")


@contextlib.contextmanager
def written_aside(path: Path, aside: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path to write to; rename it to `path` at the end, or delete it after an error.

    Args:
        path: the file to write; it is replaced if it exists.
        aside: the temporary path, in the same folder. `None` makes a name that contains the process id.

    Raises:
        OSError: the disk is full, or the folder cannot be written to. The error names `path`, which is unchanged.
    """
    aside = path.with_name(f".{os.getpid()}.{path.name}") if aside is None else aside
    try:
        with removed_on_error(aside):
            yield aside
            aside.replace(path)
    except BaseException as error:
        failed = disk_error(error, path)
        if failed is None:
            raise
        raise failed from None


@contextlib.contextmanager
def removed_on_error(path: Path) -> Iterator[None]:
    """Delete the file at `path` if the context ends with an error; then raise that error again."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def is_leftover(name: str) -> bool:
    """Return whether a file has the name of a temporary file of `written_aside`, which a killed process leaves."""
    return _LEFTOVER.fullmatch(name) is not None


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, in UTF-8.

    Characters that UTF-8 cannot encode, such as the bytes of a file name that is not UTF-8, are escaped as in JSON and
    YAML: `\\udcff`.

    Raises:
        OSError: the disk is full, or the folder cannot be written to; the file is unchanged.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file whole or not at all; arguments and errors are those of `written_aside`."""
    with written_aside(path, aside) as temporary:
        temporary.write_bytes(data)


def replace_bytes(path: Path, data: bytes) -> None:
    """Replace the contents of an existing file; its permissions stay, and its owner where this process may set it.

    The data is on the disk before the file is renamed. A symbolic link stays, and the file that it points to is
    replaced.

    Raises:
        OSError: the file or its folder cannot be written to; the file is unchanged.
    """
    target = Path(os.path.realpath(path))
    before = target.stat()
    target.open("r+b").close()  # a rename would replace a write-protected file too
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    aside = Path(name)
    with removed_on_error(aside):
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):  # only the owner and root may set the owner
            os.chown(aside, before.st_uid, before.st_gid)
        aside.chmod(stat.S_IMODE(before.st_mode))
        aside.replace(target)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename in it survives a power loss; do nothing on file systems that cannot."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
