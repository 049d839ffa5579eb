"""Names of classes and the folders that have them: compared as people read them, however their bytes spell them.

Unicode spells "é" and "강" in one character (NFC) or in several (NFD, as old disks of macOS do). A class has its name
in NFC; a folder of either spelling is that class.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from pipeline.errors import InputError
from pipeline.text.plain_text import in_old_encoding

__all__ = ["by_class_name", "composed", "of_other_encoding"]


def composed(name: str) -> str:
    """Return the name in NFC, the spelling that a class is known by."""
    return unicodedata.normalize("NFC", name)


def by_class_name(root: str, folders: Iterable[str]) -> Mapping[str, str]:
    """Map class names in NFC to the folders' own names, in the order of the folders.

    Raises:
        InputError: two folders differ in their spelling alone; nobody could tell their classes apart.
    """
    found: dict[str, str] = {}
    for folder in folders:
        name = composed(folder)
        if name in found:
            raise InputError(
                f"two folders in {root!r} are called {name!r}, and differ in how Unicode spells it alone: "
                f"{found[name]!a} and {folder!a} (NFC and NFD). They look alike to everyone: move the photos "
                "of one into the other"
            )
        found[name] = folder
    return found


def of_other_encoding(name: str) -> tuple[str, str] | None:
    """Return how a name whose bytes are not UTF-8 reads in an encoding of old archives, and that; else `None`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return in_old_encoding(name.encode("utf-8", "surrogateescape"))
    return None
