"""The folder that a command writes its answer to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["make_output"]


def make_output(output: str | Path, photos: Iterable[str]) -> Path:
    """Make the folder; what is in it already stays.

    Args:
        output: where.
        photos: folders of photos: within one of them `output` would become a class.

    Raises:
        InputError: it lies within one of those, or cannot be made or written to.
    """
    folder, named = Path(output), str(output)
    real = Path(os.path.realpath(folder))
    for root in photos:
        if real.is_relative_to(os.path.realpath(root)):
            raise InputError(f"--output must lie outside the photos: {named!r} is inside {root!r}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(0, "permission denied")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"--output must be a folder that can be written to: {named!r}: {why}") from None
    return folder
