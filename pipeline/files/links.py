"""Check symbolic links in a folder of photos. Linked class folders are read, but none twice and none in a loop."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pipeline.errors import InputError

__all__ = ["check_read_once", "lead_nowhere", "leads_up"]


def leads_up(entry: os.DirEntry[str], root: str) -> bool:
    """Return whether an entry is a link to the folder that contains it or to one above.

    Args:
        entry: an entry of the folder.
        root: the real path of the folder.
    """
    if not entry.is_symlink():
        return False
    return os.path.commonpath([real := os.path.realpath(entry.path), root]) == real


def lead_nowhere(entries: Iterable[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Return the links whose target does not exist."""
    return [entry for entry in entries if entry.is_symlink() and not os.path.exists(entry.path)]


def check_read_once(folders: Mapping[str, str]) -> None:
    """Refuse two classes whose folders are links to the same folder, since each photo would have two labels.

    Args:
        folders: the path of each class folder, by class name.

    Raises:
        InputError: two classes have the same folder.
    """
    if not any(map(os.path.islink, folders.values())):
        return
    seen: dict[str, str] = {}
    for name, path in folders.items():
        real = os.path.realpath(path)
        if real in seen:
            raise InputError(
                f"the class folders {seen[real]!r} and {name!r} are links to one folder, {real!r}, so that each photo "
                "would be of two classes: remove one of the links, or name the classes that count with class_names"
            )
        seen[real] = name
