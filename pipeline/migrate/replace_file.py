"""Replace a user's source file, and name it in the error if that fails."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import InputError
from pipeline.files.atomic import replace_bytes

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to an existing file, whole or not at all; see `pipeline.files.atomic.replace_bytes`.

    Raises:
        InputError: the file or its folder cannot be written to; the file is unchanged.
    """
    try:
        replace_bytes(path, data)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
