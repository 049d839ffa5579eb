"""Which files of a folder are pictures, in Keras' order and by Keras' extensions."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator as Iteration
from collections.abc import Sequence

from pipeline.legacy.iterator import EXTENSIONS

__all__ = ["files_of_class", "list_pictures", "portion", "validate_filename"]


def validate_filename(filename: str, white_list_formats: Sequence[str] = EXTENSIONS) -> bool:
    """Whether `filename` is an existing file with one of the extensions `white_list_formats`."""
    return filename.lower().endswith(tuple(white_list_formats)) and os.path.isfile(filename)


def list_pictures(directory: str | os.PathLike[str], ext: str | Sequence[str] = EXTENSIONS) -> list[str]:
    """Paths of all pictures in `directory` and below it.

    Args:
        directory: where to look.
        ext: one extension or several, without the dot.
    """
    endings = tuple(f".{one}" for one in ((ext,) if isinstance(ext, str) else ext))
    return [
        os.path.join(root, name)
        for root, _, names in os.walk(directory)
        for name in names
        if name.lower().endswith(endings)
    ]


def _walk(directory: str, follow_links: bool) -> Iteration[tuple[str, str]]:
    """(folder, name) of each picture, folders and names sorted."""
    for root, _, names in sorted(os.walk(directory, followlinks=follow_links), key=lambda entry: entry[0]):
        for name in sorted(names):
            if name.lower().endswith(EXTENSIONS):
                yield root, name


def portion(count: int, share: tuple[float, float] | None) -> slice:
    """From which to which of `count` a share goes, `(0.2, 1)` being all but the first fifth; `None`: all."""
    return slice(None) if share is None else slice(int(share[0] * count), int(share[1] * count))


def files_of_class(directory: str, share: tuple[float, float] | None, follow_links: bool) -> list[str]:
    """A class' pictures, as paths that begin with the class' folder.

    Args:
        directory: the class' folder.
        share: as `portion` takes it.
        follow_links: enter folders that are links.
    """
    found = list(_walk(directory, follow_links))
    if any(name.lower().endswith(".tiff") for _, name in found):
        warnings.warn(
            'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.', stacklevel=2
        )
    found = found[portion(len(found), share)]
    folder = os.path.basename(directory)
    return [os.path.join(folder, os.path.relpath(os.path.join(root, name), directory)) for root, name in found]
