"""A folder of photos: each first-level folder is a class, its pictures lie anywhere below it.

This is the contract of `keras.utils.image_dataset_from_directory`; classes are numbered in the order of their
sorted names. What is passed over (hidden names, linked folders, other files) is counted and said.
"""

from __future__ import annotations

import collections
import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline.counted import counted
from pipeline.errors import InputError, MissingPathError
from pipeline.sources.examples import Examples

__all__ = [
    "EXTENSIONS",
    "FOREIGN_EXTENSIONS",
    "HIDDEN",
    "SPECIAL",
    "SPLIT_NAMES",
    "Passed",
    "check_same_classes",
    "class_folders",
    "is_special",
    "kind_of_other",
    "leads_to_folder",
    "scan_directory",
    "shared_files",
]

# Of pictures that Pillow reads, less those that are rarely photos (icons, cursors, drawings of programs).
EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".gif", ".webp", ".avif"),
    *(".tif", ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".qoi", ".pcx"),
)
# Of photos and pictures that neither Pillow nor TensorFlow reads: a phone's, cameras' raw data, drawings.
FOREIGN_EXTENSIONS = (
    *(".heic", ".heif", ".hif", ".raw", ".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".sr2", ".orf", ".rw2"),
    *(".raf", ".pef", ".srw", ".psd", ".psb", ".xcf", ".svg", ".eps", ".jxl"),
)
# Folder names that hold a split, not a class: meeting them means that the folder above was meant.
SPLIT_NAMES = frozenset({"train", "training", "validation", "valid", "val", "test", "testing"})


# What a scan passes over: one, and several of them.
HIDDEN = "hidden file or folder", "hidden files or folders"
LINKED = "linked folder; follow_links=True reads it", "linked folders; follow_links=True reads them"
SPECIAL = "thing that is no file and no folder", "things that are no files and no folders"
_KINDS = " ".join(extension[1:] for extension in EXTENSIONS)
_CONVERT = "in a format that is not read (HEIC, raw, …): convert to JPEG first"
FOREIGN_FILES = f"photo {_CONVERT}", f"photos {_CONVERT}"
OTHER_FILES = f"file that is not {_KINDS}", f"files that are not {_KINDS}"


class Passed:
    """Counts what a scan passes over, with one example of each kind."""

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


def _listed(folder: str, passed: Passed) -> list[os.DirEntry[str]]:
    """A folder's entries by name, without the hidden ones."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        raise InputError(f"cannot open the folder {folder!r}: permission denied; make it readable") from None
    visible = [entry for entry in found if not entry.name.startswith(".")]
    for entry in found:
        if entry.name.startswith("."):
            passed.add(HIDDEN, entry.path)
    return visible


def kind_of_other(name: str) -> tuple[str, str]:
    """What `Passed` calls a file of this name, which is none of a picture that is read."""
    return FOREIGN_FILES if name.lower().endswith(FOREIGN_EXTENSIONS) else OTHER_FILES


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; a link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_special(entry: os.DirEntry[str]) -> bool:
    """Whether it is a pipe, a socket or a device, which may keep its reader waiting for ever."""
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        return not stat.S_ISREG(entry.stat().st_mode)
    except OSError:  # a link that leads nowhere: it is listed, and reading it names it
        return False


def _is_folder(entry: os.DirEntry[str], follow_links: bool, passed: Passed) -> bool:
    folder = leads_to_folder(entry)
    if folder and entry.is_symlink() and not follow_links:
        passed.add(LINKED, entry.path)
        return False
    return folder


def _pictures(folder: str, follow_links: bool, passed: Passed, above: tuple[str, ...]) -> Iterator[str]:
    """Paths of the pictures below `folder`: files by name first, then folder by folder.

    `above` are the folders that lead here, by their real paths: a link back to one of them is not entered.
    """
    here = os.path.realpath(folder)
    if here in above:
        passed.add(("link that leads back to a folder above it", "links that lead back to a folder above them"), folder)
        return
    folders = []
    for entry in _listed(folder, passed):
        if leads_to_folder(entry):
            folders.append(entry)
        elif is_special(entry):
            passed.add(SPECIAL, entry.path)
        elif entry.name.lower().endswith(EXTENSIONS):
            yield entry.path
        else:
            passed.add(kind_of_other(entry.name), entry.path)
    for entry in folders:
        if _is_folder(entry, follow_links, passed):
            yield from _pictures(entry.path, follow_links, passed, (*above, here))


def _root(directory: str | os.PathLike[str]) -> str:
    root = os.fspath(directory)
    if not os.path.exists(root):
        around = Path(root).resolve().parent
        hint = f"; {str(around)!r} exists" if around.is_dir() else ""
        raise MissingPathError(f"no such folder of photos. Received: {root!r}{hint}")
    if not os.path.isdir(root):
        raise InputError(f"a folder of photos is wanted, with one folder a class in it. Received a file: {root!r}")
    return root


def _class_folders(root: str, class_names: Sequence[str] | None, follow_links: bool, passed: Passed) -> list[str]:
    """Names of the class folders in the order of their labels."""
    entries = _listed(root, passed)
    found = [entry.name for entry in entries if _is_folder(entry, follow_links, passed)]
    for entry in entries:
        if not leads_to_folder(entry):
            is_picture = entry.name.lower().endswith(EXTENSIONS)
            names = ("picture in no class folder", "pictures in no class folder") if is_picture else ("file", "files")
            one, more = (f"{name}, directly in the folder" for name in names)
            passed.add((one, more), entry.path)
    if not found:
        raise InputError(
            f"{root!r} holds no class folders: put the photos of each class into a folder of its own, "
            f"such as {os.path.join(root, 'cats')} and {os.path.join(root, 'dogs')}{_if_class(root, entries)}"
        )
    if class_names is None:
        return found
    missing = [name for name in class_names if name not in found]
    if missing:
        raise InputError(f"class_names names folders that {root!r} does not hold: {missing}. It holds: {found}")
    for name in found:
        if name not in class_names:
            kind = "that class_names does not name"
            passed.add((f"folder {kind}", f"folders {kind}"), os.path.join(root, name))
    return list(class_names)


def _if_class(root: str, entries: Sequence[os.DirEntry[str]]) -> str:
    """What to do where the folder that was named is itself a class's."""
    if not any(entry.name.lower().endswith(EXTENSIONS) for entry in entries):
        return ""
    here, named = os.path.realpath(root), os.path.normpath(os.path.join(root, ".."))
    beside: list[str] = []
    with contextlib.suppress(OSError):
        beside = [one.name for one in os.scandir(os.path.dirname(here)) if leads_to_folder(one)]
    return f". If {os.path.basename(here)!r} is itself a class, name {named!r}" if len(beside) > 1 else ""


def class_folders(directory: str | os.PathLike[str], follow_links: bool = False) -> tuple[str, ...]:
    """The names of a folder's class folders, sorted; what is in them is not looked at.

    Raises:
        MissingPathError: there is no such folder.
        InputError: it holds no folder, or splits.
    """
    root = _root(directory)
    names = _class_folders(root, None, follow_links, Passed())
    _refuse_splits(root, names)
    return tuple(names)


def _refuse_splits(root: str, names: list[str]) -> None:
    splits = [name for name in names if name.lower() in SPLIT_NAMES]
    if splits and len(splits) == len(names):
        raise InputError(
            f"{root!r} holds {names}, which are splits, not classes: name {os.path.join(root, splits[0])!r} itself"
        )


def _check_classes(
    root: str, names: list[str], groups: list[list[str]], passed: Passed, one_class: bool, all_classes: bool
) -> None:
    _refuse_splits(root, names)
    foreign = passed.count[FOREIGN_FILES]
    convert = f"; there are {counted(foreign, *FOREIGN_FILES)}" if foreign else ""
    if not any(groups):
        raise InputError(f"no photos below {root!r} (looked for {_KINDS}, in the folders {names}){convert}")
    empty = [name for name, paths in zip(names, groups, strict=True) if not paths]
    if empty and all_classes:
        raise InputError(
            f"class folders without a photo in {root!r}: {empty}. Put photos into them, remove them, "
            f"or name the classes that count with class_names{convert}"
        )
    if len(names) == 1 and not one_class:
        raise InputError(
            f"{root!r} holds one class only, {names[0]!r}; a classifier needs two or more. "
            f"{_other_level(root, names[0])}, or set label_mode to none to read photos without labels"
        )


def _other_level(root: str, only: str) -> str:
    """Which folder was most likely meant where there is one class alone: the one above, or the one within."""
    inner = os.path.join(root, only)
    with contextlib.suppress(OSError):
        below = sorted(entry.name for entry in os.scandir(inner) if entry.is_dir() and not entry.name.startswith("."))
        if len(below) > 1:
            splits = [name for name in below if name.lower() in SPLIT_NAMES]
            return f"Name {os.path.join(inner, splits[0]) if splits else inner!r}, which holds {below[:5]}"
    return "Name the folder above it"


def _nesting_notes(root: str, names: list[str], groups: list[list[str]]) -> Iterator[str]:
    """Says where a class folder holds its pictures in folders of its own alone."""
    for name, paths in zip(names, groups, strict=True):
        prefix = os.path.join(root, name) + os.sep
        below = {path[len(prefix) :].split(os.sep, 1)[0] for path in paths if os.sep in path[len(prefix) :]}
        if len(below) > 1 and all(os.sep in path[len(prefix) :] for path in paths):
            shown = ", ".join(sorted(below)[:3])
            where = f"{len(below)} folders ({shown} …)"
            yield f"class {name!r} holds its photos in {where}; all of them count as {name!r}"


def scan_directory(
    directory: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    follow_links: bool = False,
    one_class: bool = False,
    all_classes: bool = True,
) -> Examples:
    """List the photos of a folder; none is opened.

    Args:
        directory: a folder with one folder a class.
        class_names: the classes in the order of their labels; `None` takes all folders, sorted by name.
        follow_links: whether linked folders are entered. Linked files are read either way.
        one_class: whether a single class is accepted.
        all_classes: whether each class must have a photo.

    Returns:
        The examples, class by class, sorted by path within each.

    Raises:
        MissingPathError: there is no such folder.
        InputError: it holds no classes, no photos, a class without photos, or one class only.
    """
    root = _root(directory)
    passed = Passed()
    names = _class_folders(root, class_names, follow_links, passed)
    above = (os.path.realpath(root),)
    groups = [list(_pictures(os.path.join(root, name), follow_links, passed, above)) for name in names]
    _check_classes(root, names, groups, passed, one_class, all_classes)
    labels = np.repeat(np.arange(len(names), dtype=np.int32), [len(paths) for paths in groups])
    notes = (*passed.notes(), *_nesting_notes(root, names, groups))
    return Examples(tuple(path for paths in groups for path in paths), labels, tuple(names), notes)


def shared_files(one: Sequence[str], other: Sequence[str]) -> int:
    """How many files both lists lead to, whatever links lie between.

    Folders are resolved once each, and of files the links alone: of a million that takes seconds, not half a minute.
    """
    folders: dict[str, str] = {}

    def real(path: str) -> str:
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        return os.path.join(folders[folder], name)

    return len({*map(real, one)} & {*map(real, other)})


def check_same_classes(train: Examples, validation: Examples, where: str) -> None:
    """Refuse validation photos whose classes are not the training photos'."""
    if train.class_names == validation.class_names:
        return
    only_train = sorted(set(train.class_names) - set(validation.class_names))
    only_validation = sorted(set(validation.class_names) - set(train.class_names))
    raise InputError(
        f"training and validation photos have different classes: {only_train} only in training, "
        f"{only_validation} only in {where!r}. Give both the same class folders"
    )
