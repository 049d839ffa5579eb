"""Check and make the folder that a command writes its files to."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["check_outside", "output_folder"]


def check_outside(option: str, folder: str | Path, photos: Iterable[str | None]) -> None:
    """Refuse an output folder inside a folder of photos, where it would be taken for a class.

    Args:
        option: the option that names the folder, for the message.
        folder: the output folder; it may not exist yet.
        photos: folders of photos; `None` is ignored.

    Raises:
        InputError: the output folder is inside a folder of photos.
    """
    real = Path(os.path.realpath(folder))
    for root in photos:
        if root is not None and real.is_relative_to(os.path.realpath(root)):
            raise InputError(
                f"{option} must lie outside the photos, where it would be taken for a class: {str(folder)!r} is inside "
                f"{root!r}; name another folder"
            )


@contextlib.contextmanager
def output_folder(output: str | Path, photos: Iterable[str | None]) -> Iterator[Path]:
    """Make the folder of `--output` and yield it. Files that are in it already stay.

    If the context ends with an exception, the folder is deleted if it was made here.

    Args:
        output: the folder's path.
        photos: folders of photos; the output folder must not be inside one of them.

    Raises:
        InputError: the folder is inside one of those, has no name, or cannot be made or written to.
    """
    if output == "":
        raise InputError("--output must name a folder ('.' is the one you are in). Received: ''")
    check_outside("--output", output, photos)
    folder = Path(output)
    made = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(0, "permission denied")
        except OSError as error:
            words = (error.strerror or str(error)).lower()
            raise InputError(f"--output must be a folder that can be written to: {str(output)!r}: {words}") from None
        yield folder
    except BaseException:
        with contextlib.suppress(OSError):  # a parent folder is not empty if another process has used it
            if folder in made:
                shutil.rmtree(folder)
            for one in made[1:]:
                one.rmdir()
        raise
