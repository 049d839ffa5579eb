"""The folder that a command writes its answer to."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["check_outside", "output_folder"]


def check_outside(option: str, folder: str | Path, photos: Iterable[str | None]) -> None:
    """Refuse a folder within one of photos, where it would become a class.

    Args:
        option: what named it, for the message.
        folder: which is to be written to; it need not be there.
        photos: folders of photos; `None`s are passed over.

    Raises:
        InputError: it lies there.
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
    """Make the folder of `--output`; what is in it already stays.

    Where the context ends by an exception, the folder is taken away again if it was made here.

    Args:
        output: where.
        photos: folders of photos, which it must not lie in.

    Raises:
        InputError: it lies within one of those, has no name, or cannot be made or written to.
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
        with contextlib.suppress(OSError):  # others have put something beside it
            if folder in made:
                shutil.rmtree(folder)
            for one in made[1:]:
                one.rmdir()
        raise
