"""Tell photos, folders and other entries apart for all walks through folders, and count what a walk passes over.

Training, inspection and prediction walk folders in different ways. They share these rules, so that they agree on what
is a photo.
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

# Extensions of images that Pillow reads, without those that are rarely photos (icons, cursors, vector drawings).
EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".gif", ".webp", ".avif"),
    *(".tif", ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".qoi", ".pcx"),
)
# Extensions of images that neither Pillow nor TensorFlow reads: HEIC photos of phones, raw data of cameras, drawings.
_HEIC_EXTENSIONS = (".heic", ".heif", ".hif")
FOREIGN_EXTENSIONS = (
    *(*_HEIC_EXTENSIONS, ".raw", ".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".sr2", ".orf", ".rw2"),
    *(".raf", ".pef", ".srw", ".psd", ".psb", ".xcf", ".svg", ".eps", ".jxl"),
)
# Folders that disk stations (Synology, QNAP), Windows, macOS and Linux make: thumbnails, recycle bins, snapshots. The
# thumbnails in them have the names of photos. Names are in lower case.
SYSTEM_FOLDERS = frozenset(
    {
        *("@eadir", "@tmp", "@recycle", "@recently-snapshot", "@__thumb", "#recycle", "#snapshot"),
        *("$recycle.bin", "system volume information", "__macosx", "lost+found"),
    }
)

# The kinds of entries that a walk passes over, in singular and plural.
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
    """The number of entries of each kind that a walk passed over, and the first entry of each kind."""

    def __init__(self) -> None:
        self.count: collections.Counter[tuple[str, str]] = collections.Counter()
        self.first: dict[tuple[str, str], str] = {}

    def add(self, kind: tuple[str, str], path: str) -> None:
        """Count one more entry.

        Args:
            kind: its kind, in singular and plural.
            path: its path.
        """
        self.count[kind] += 1
        self.first.setdefault(kind, path)

    def notes(self) -> tuple[str, ...]:
        """Return one line for each kind."""
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
    """Return the extensions of files that are read, for a message: "jpg jpeg …"."""
    return _KINDS


def passed_by_name(name: str) -> tuple[str, str] | None:
    """Return the kind of an entry that is passed over because of its name, hidden or of a system; `None` for others."""
    if name.startswith("."):
        return HIDDEN
    return SYSTEM if name.lower() in SYSTEM_FOLDERS else None


def kind_of_other(name: str) -> tuple[str, str]:
    """Return the kind under which `Passed` counts a file whose extension is not that of an image that is read."""
    kinds = (_HEIC_EXTENSIONS, HEIC_FILES), (FOREIGN_EXTENSIONS, FOREIGN_FILES), (ARCHIVE_EXTENSIONS, ARCHIVES)
    return next((kind for ends, kind in kinds if name.lower().endswith(ends)), OTHER_FILES)


def passed_file(entry: os.DirEntry[str]) -> tuple[str, str] | None:
    """Return the kind under which an entry that is not a folder is passed over; `None` for an image."""
    if is_special(entry):
        return SPECIAL
    return None if entry.name.lower().endswith(EXTENSIONS) else kind_of_other(entry.name)


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one; False for a link that leads to itself."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_special(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a pipe, a socket or a device; reading one may never end."""
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        return not stat.S_ISREG(entry.stat().st_mode)
    except OSError:  # a broken link is listed, so that reading it reports it
        return False
