"""List the files with their split and class, in the order in which training numbers them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence

from pipeline.errors import InputError, MissingPathError
from pipeline.files.archives import ARCHIVE_EXTENSIONS
from pipeline.files.links import check_read_once, lead_nowhere, leads_up
from pipeline.files.walk import (
    AGAIN,
    EXTENSIONS,
    HIDDEN,
    LOOP,
    SYSTEM,
    FoldersEntered,
    is_special,
    leads_to_folder,
    passed_by_name,
)
from pipeline.sources.class_names import by_class_name, composed
from pipeline.sources.directory import SPLIT_NAMES

__all__ = [
    "ALL",
    "LIST",
    "SUFFIX",
    "Found",
    "Listing",
    "Root",
    "folder_meant",
    "is_quarantine",
    "list_files",
    "roots_of",
]

ALL = ""  # the split of photos that are in none
# The catalogue's sentence for each kind of what a walk passes over.
PASSED = {HIDDEN: "passed_hidden", SYSTEM: "passed_system", LOOP: "passed_loop", AGAIN: "passed_again"}
# A folder of files that inspect moved aside, beside the data folder, and the list in it.
SUFFIX = "-quarantine"
LIST = "quarantine.csv"


@dataclasses.dataclass(frozen=True)
class Root:
    """A folder with one folder a class.

    Args:
        path: of the folder.
        split: its name, such as "train"; empty where there is none.
        prefix: what stands before the names of its files.
    """

    path: str
    split: str
    prefix: str = ""


@dataclasses.dataclass(frozen=True)
class Found:
    """A file.

    Args:
        path: to open it by.
        name: to call it by: relative to the folder that is looked at, as it lies on disk.
        split: as its root's.
        class_name: of its class; `None` where it lies in no class folder.
        listed: whether its name is one that training reads.
    """

    path: str
    name: str
    split: str
    class_name: str | None
    listed: bool


@dataclasses.dataclass(frozen=True)
class Listing:
    """All files, the classes in the order of their labels, and what was passed over or may be meant otherwise.

    The latter as (sentence, count, first).
    """

    files: tuple[Found, ...]
    class_names: tuple[str, ...]
    passed: tuple[tuple[str, int, str], ...]
    differing: tuple[str, ...] = ()
    """Classes that are not in every split."""


class _Passed:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.firsts: dict[str, str] = {}

    def add(self, sentence: str, name: str) -> None:
        self.counts[sentence] = self.counts.get(sentence, 0) + 1
        self.firsts.setdefault(sentence, name)

    def all(self) -> tuple[tuple[str, int, str], ...]:
        return tuple((sentence, count, self.firsts[sentence]) for sentence, count in self.counts.items())


def is_quarantine(folder: str) -> bool:
    """Return whether a folder holds quarantined files, which are not inspected."""
    return folder.endswith(SUFFIX) and os.path.isfile(os.path.join(folder, LIST))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        raise MissingPathError(f"there is no folder {folder!r}; name the folder of your photos") from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"cannot open the folder {folder!r}: {why}; make it a readable folder") from None


def roots_of(folder: str) -> list[Root]:
    """The folder itself, or its splits where all folders in it are ones (`train`, `validation`, …).

    Raises:
        MissingPathError: there is no such folder.
        InputError: it cannot be opened.
    """
    inside = [
        entry.name
        for entry in _entries(folder)
        if leads_to_folder(entry) and passed_by_name(entry.name) is None and not is_quarantine(entry.path)
    ]
    if inside and all(name.lower() in SPLIT_NAMES for name in inside):
        ordered = sorted(inside, key=lambda name: (not name.lower().startswith("train"), name))
        return [Root(os.path.join(folder, name), name, name + "/") for name in ordered]
    return [Root(folder, ALL)]


def folder_meant(folder: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the folder nearby that was probably meant where this one lacks two classes, and the folders in it.

    It is the first further down that holds more than one folder, with no photo on the way; or the one above, where
    folders beside this one hold photos too.
    """
    down = folder
    visited: set[str] = set()
    while not _holds_photos(down) and len(inside := _folders_in(down)) == 1 and down not in visited:
        visited.add(down)
        down = os.path.realpath(inside[0]) if os.path.islink(inside[0]) else inside[0]
    if down != folder and not _holds_photos(down) and inside:
        return down, tuple(map(os.path.basename, inside))
    up = os.path.dirname(os.path.realpath(folder))
    beside = tuple(os.path.basename(path) for path in _folders_in(up) if _holds_photos(path))
    if _holds_photos(folder) and len(beside) > 1 and not all(name.lower() in SPLIT_NAMES for name in beside):
        return up, beside
    return None


def _folders_in(folder: str) -> list[str]:
    """Return the visible folders in a folder and links to others, sorted by name."""
    real = os.path.realpath(folder)
    return [entry.path for entry in _seen(folder) if leads_to_folder(entry) and not leads_up(entry, real)]


def _holds_photos(folder: str) -> bool:
    """Directly in it."""
    return any(entry.name.lower().endswith(EXTENSIONS) for entry in _seen(folder))


def _seen(folder: str) -> list[os.DirEntry[str]]:
    """Return the visible entries of a folder; none if it cannot be opened."""
    try:
        return [entry for entry in _entries(folder) if passed_by_name(entry.name) is None]
    except InputError:
        return []


def list_files(roots: Sequence[Root], class_names: Sequence[str] | None, follow_links: bool) -> Listing:
    """Every file below the roots but the hidden ones; none is opened.

    Args:
        roots: one a split.
        class_names: the classes in the order of their labels; `None`: all folders, sorted by name.
        follow_links: whether linked folders within a class are entered; a class folder may be a link.

    Raises:
        MissingPathError: a root is not there.
        InputError: a folder cannot be opened, two classes are one folder, or there is no file at all.
    """
    passed = _Passed()
    found: list[Found] = []
    classes: list[dict[str, str]] = []
    nested: list[tuple[str, int, str]] = []
    for root in roots:
        walk = _Walk(root, follow_links, passed)
        files = walk.files(class_names)
        found += files
        nested += _nested(root, walk.folders, files)
        classes.append(walk.folders)
    if not found:
        named = ", ".join(repr(root.path) for root in roots)
        raise InputError(f"no file below {named}: put the photos of each class into a folder of its own there")
    # As training numbers them: by their folders' own names, which Unicode may spell otherwise than the classes'.
    folders = {name: os.path.basename(path) for one in reversed(classes) for name, path in one.items()}
    every = sorted(folders, key=folders.__getitem__)
    differing = tuple(name for name in every if not all(name in one for one in classes))
    return Listing(tuple(found), tuple(class_names or every), (*passed.all(), *nested), differing)


def _nested(root: Root, folders: Mapping[str, str], files: Sequence[Found]) -> Iterator[tuple[str, int, str]]:
    """Classes whose photos lie in folders of their own alone, which may have been meant as the classes."""
    below: dict[str, set[str]] = {}
    for one in files:
        if one.listed and one.class_name is not None:
            within = os.path.relpath(one.path, folders[one.class_name])
            below.setdefault(one.class_name, set()).add(os.path.dirname(within).split(os.sep)[0])
    for name, inside in below.items():
        if "" not in inside and len(inside) > 1:
            yield "nested_class", len(inside), root.prefix + name


class _Walk:
    """Through one root, in the order of `pipeline.sources.directory`."""

    def __init__(self, root: Root, follow_links: bool, passed: _Passed) -> None:
        self.root, self.follow_links, self.passed = root, follow_links, passed
        self.folders: dict[str, str] = {}
        """The path of each class' folder by the class' name."""
        self._entered = FoldersEntered()

    def _name(self, path: str) -> str:
        return self.root.prefix + os.path.relpath(path, self.root.path)

    def files(self, class_names: Sequence[str] | None) -> list[Found]:
        named, real = class_names or (), os.path.realpath(self.root.path)
        entries = [entry for entry in _entries(self.root.path) if entry.name in named or self._counts(entry)]
        nowhere = lead_nowhere(entries)
        for entry in nowhere:
            self.passed.add("passed_nowhere", self._name(entry.path))
        files = [entry for entry in entries if not leads_to_folder(entry) and entry not in nowhere]
        loose = [self._found(entry, None) for entry in files if self._is_file(entry)]
        inside = [entry.name for entry in entries if leads_to_folder(entry) and self._is_below(entry, real)]
        folders = by_class_name(self.root.path, inside)
        wanted = {composed(name): name for name in (folders if class_names is None else class_names)}
        self.folders = {
            name: os.path.join(self.root.path, folders[key]) for key, name in wanted.items() if key in folders
        }
        check_read_once(self.folders)
        found = []
        for name, folder in self.folders.items():
            self._entered.clear()
            found += list(self._below(folder, name, (real,)))
        for key, folder in folders.items():
            if key not in wanted:
                self.passed.add("passed_not_a_class", self._name(os.path.join(self.root.path, folder)))
        return found + loose

    def _counts(self, entry: os.DirEntry[str]) -> bool:
        kind = passed_by_name(entry.name)
        if kind is not None:
            self.passed.add(PASSED[kind], self._name(entry.path))
            return False
        return not (entry.name.endswith(SUFFIX) and is_quarantine(entry.path))

    def _is_below(self, entry: os.DirEntry[str], root: str) -> bool:
        if leads_up(entry, root):
            self.passed.add("passed_loop", self._name(entry.path))
            return False
        return True

    def _may_enter(self, entry: os.DirEntry[str]) -> bool:
        if entry.is_symlink() and not self.follow_links:
            self.passed.add("passed_linked", self._name(entry.path))
            return False
        return True

    def _is_file(self, entry: os.DirEntry[str]) -> bool:
        if is_special(entry):
            self.passed.add("passed_special", self._name(entry.path))
            return False
        return True

    def _found(self, entry: os.DirEntry[str], class_name: str | None) -> Found:
        listed = entry.name.lower().endswith(EXTENSIONS)
        if entry.name.lower().endswith(ARCHIVE_EXTENSIONS):
            self.passed.add("passed_archive", self._name(entry.path))
        return Found(entry.path, self._name(entry.path), self.root.split, class_name, listed)

    def _below(self, folder: str, class_name: str, above: tuple[str, ...]) -> Iterator[Found]:
        here, kind = self._entered.enter(folder, above)
        if kind is not None:
            self.passed.add(PASSED[kind], self._name(folder))
            return
        entries = [entry for entry in _entries(folder) if self._counts(entry)]
        for entry in entries:
            if not leads_to_folder(entry) and self._is_file(entry):
                yield self._found(entry, class_name)
        for entry in entries:
            if leads_to_folder(entry) and self._may_enter(entry):
                yield from self._below(entry.path, class_name, (*above, here))
