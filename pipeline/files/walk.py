"""The entries of a folder: which are photos, which folders are entered, and what a walk passes over, with its words.

Training, inspection and prediction walk folders each in their own way; they ask here, so that they agree.
"""

from __future__ import annotations

import collections
import os
import stat
from collections.abc import Sequence

from pipeline.files.archives import ARCHIVE_EXTENSIONS
from pipeline.text.plurals import counted

__all__ = [
    "AGAIN",
    "ARCHIVES",
    "EXTENSIONS",
    "FOREIGN_EXTENSIONS",
    "FOREIGN_FILES",
    "HEIC_FILES",
    "HIDDEN",
    "LOOP",
    "PHONE_HINT",
    "SPECIAL",
    "SYSTEM",
    "FoldersEntered",
    "Passed",
    "image_names",
    "is_special",
    "kind_of_other",
    "leads_to_folder",
    "passed_by_name",
    "passed_file",
]

# Of pictures that Pillow reads, less those that are rarely photos (icons, cursors, drawings of programs).
EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".gif", ".webp", ".avif"),
    *(".tif", ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".qoi", ".pcx"),
)
# Of photos and pictures that neither Pillow nor TensorFlow reads: a phone's, cameras' raw data, drawings.
_HEIC_EXTENSIONS = (".heic", ".heif", ".hif")
FOREIGN_EXTENSIONS = (
    *(*_HEIC_EXTENSIONS, ".raw", ".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".sr2", ".orf", ".rw2"),
    *(".raf", ".pef", ".srw", ".psd", ".psb", ".xcf", ".svg", ".eps", ".jxl"),
)
# Folders that no person made, in lower case: thumbnails, recycle bins and snapshots of disk stations (Synology, QNAP),
# of Windows, macOS and Linux. Thumbnails in them have the names of photos.
SYSTEM_FOLDERS = frozenset(
    {
        *("@eadir", "@tmp", "@recycle", "@recently-snapshot", "@__thumb", "#recycle", "#snapshot"),
        *("$recycle.bin", "system volume information", "__macosx", "lost+found"),
    }
)

# What a walk passes over: one, and several of them.
HIDDEN = "hidden file or folder", "hidden files or folders"
SYSTEM = (
    "folder that a disk station or an operating system made",
    "folders that a disk station or an operating system made",
)
LOOP = "link that leads back to a folder above it", "links that lead back to a folder above them"
AGAIN = "linked folder whose photos are read already", "linked folders whose photos are read already"
SPECIAL = "thing that is no file and no folder", "things that are no files and no folders"
PHONE_HINT = "an iPhone takes JPEG from now on with Settings > Camera > Formats > Most Compatible"
_KINDS = " ".join(extension[1:] for extension in EXTENSIONS)
_CONVERT = "in a format that is not read (HEIC, raw, …): convert to JPEG first"
FOREIGN_FILES = f"photo {_CONVERT}", f"photos {_CONVERT}"
HEIC_FILES = f"photo {_CONVERT}; {PHONE_HINT}", f"photos {_CONVERT}; {PHONE_HINT}"
ARCHIVES = "archive, which is not opened: unpack it first", "archives, which are not opened: unpack them first"
OTHER_FILES = f"file that is not {_KINDS}", f"files that are not {_KINDS}"


class Passed:
    """Counts what a walk passes over, with one example of each kind."""

    def __init__(self) -> None:
        self.count: collections.Counter[tuple[str, str]] = collections.Counter()
        self.first: dict[tuple[str, str], str] = {}

    def add(self, kind: tuple[str, str], path: str) -> None:
        """Count one more of a kind, which is named in singular and plural."""
        self.count[kind] += 1
        self.first.setdefault(kind, path)

    def notes(self) -> tuple[str, ...]:
        """One line a kind."""
        return tuple(
            f"passed over {counted(n, *kind)} (the first: {self.first[kind]})" for kind, n in self.count.items()
        )


class FoldersEntered:
    """The folders that a walk has entered, by their real paths; a walk enters none twice, whatever links there are."""

    def __init__(self) -> None:
        self._entered: set[str] = set()

    def clear(self) -> None:
        """Forget all folders."""
        self._entered.clear()

    def enter(self, folder: str, above: Sequence[str]) -> tuple[str, tuple[str, str] | None]:
        """Note that the walk enters a folder, unless it did so before.

        Args:
            folder: its path.
            above: the real paths of the folders that contain this one on the walk's way.

        Returns:
            The folder's real path, and the kind under which it is passed over: `LOOP` or `AGAIN`; `None` to enter it.
        """
        real = os.path.realpath(folder)
        if real in above:
            return real, LOOP
        if real in self._entered:
            return real, AGAIN
        self._entered.add(real)
        return real, None


def image_names() -> str:
    """Return the extensions that are read, for a message: "jpg jpeg …"."""
    return _KINDS


def passed_by_name(name: str) -> tuple[str, str] | None:
    """Return the kind of what is passed over for its name alone; `None` for an entry that counts."""
    if name.startswith("."):
        return HIDDEN
    return SYSTEM if name.lower() in SYSTEM_FOLDERS else None


def kind_of_other(name: str) -> tuple[str, str]:
    """Return what `Passed` calls a file that does not have the name of a picture."""
    kinds = (_HEIC_EXTENSIONS, HEIC_FILES), (FOREIGN_EXTENSIONS, FOREIGN_FILES), (ARCHIVE_EXTENSIONS, ARCHIVES)
    return next((kind for ends, kind in kinds if name.lower().endswith(ends)), OTHER_FILES)


def passed_file(entry: os.DirEntry[str]) -> tuple[str, str] | None:
    """Return the kind under which an entry that is not a folder is passed over; `None` for an image."""
    if is_special(entry):
        return SPECIAL
    return None if entry.name.lower().endswith(EXTENSIONS) else kind_of_other(entry.name)


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a folder or a link to one; a link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_special(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a pipe, a socket or a device, which may keep its reader waiting for ever."""
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        return not stat.S_ISREG(entry.stat().st_mode)
    except OSError:  # a link that leads nowhere: it is listed, and reading it names it
        return False
