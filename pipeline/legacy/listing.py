"""List the image files of a folder in Keras' order and by Keras' extensions."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator as Iteration
from collections.abc import Sequence

from pipeline.legacy.iterator import EXTENSIONS

__all__ = ["files_of_class", "list_pictures", "portion", "validate_filename"]


def validate_filename(filename: str, white_list_formats: Sequence[str] = EXTENSIONS) -> bool:
    """Return whether `filename` is an existing file that ends with one of `white_list_formats`."""
    return filename.lower().endswith(tuple(white_list_formats)) and os.path.isfile(filename)


def list_pictures(directory: str | os.PathLike[str], ext: str | Sequence[str] = EXTENSIONS) -> list[str]:
    """Return the paths of all images in `directory` and in the folders below it.

    Args:
        directory: the folder to search.
        ext: one extension or several, without the dot.
    """
    endings = tuple(f".{extension}" for extension in ((ext,) if isinstance(ext, str) else ext))
    return [
        os.path.join(root, name)
        for root, _, names in os.walk(directory)
        for name in names
        if name.lower().endswith(endings)
    ]


def _walk(directory: str, follow_links: bool) -> Iteration[tuple[str, str]]:
    """Yield `(folder, name)` of each image, sorted by folder and then by name."""
    for root, _, names in sorted(os.walk(directory, followlinks=follow_links), key=lambda entry: entry[0]):
        for name in sorted(names):
            if name.lower().endswith(EXTENSIONS):
                yield root, name


def portion(count: int, share: tuple[float, float] | None) -> slice:
    """Return the slice of `count` examples between two fractions.

    `(0.2, 1)` is all but the first fifth, and `None` is all.
    """
    return slice(None) if share is None else slice(int(share[0] * count), int(share[1] * count))


def files_of_class(directory: str, share: tuple[float, float] | None, follow_links: bool) -> list[str]:
    """Return the paths of a class's images, relative to the parent of the class folder.

    Args:
        directory: the class folder.
        share: two fractions for `portion`, or `None`.
        follow_links: whether to enter folders that are symbolic links.
    """
    found = list(_walk(directory, follow_links))
    if any(name.lower().endswith(".tiff") for _, name in found):
        warnings.warn(
            'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.', stacklevel=2
        )
    found = found[portion(len(found), share)]
    folder = os.path.basename(directory)
    return [os.path.join(folder, os.path.relpath(os.path.join(root, name), directory)) for root, name in found]
