"""Files that are there whole or not at all: written aside, then renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.files.shortage import disk_error

__all__ = ["write_bytes", "write_text", "written_aside"]


@contextlib.contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` to write to; the file there takes the place of `path`, or is deleted on an error.

    Raises:
        OSError: the disk is full, or the folder may not be written to; it names `path`, which is as it was.
    """
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield aside
        aside.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        failed = disk_error(error, path)
        if failed is None:
            raise
        raise failed from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole.

    What UTF-8 cannot hold, a byte of a file's name that is none, is escaped as in JSON and YAML: `\\udcff`.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Likewise of bytes."""
    with written_aside(path) as aside:
        aside.write_bytes(data)
