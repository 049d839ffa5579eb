"""A folder of photos: each first-level folder is a class, its pictures lie anywhere below it.

This is the contract of `keras.utils.image_dataset_from_directory`; classes are numbered in the order of their
sorted names, and linked class folders are read. What is passed over (hidden names, folders of thumbnails, linked
folders within a class, other files) is counted and said.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import InputError, MissingPathError
from pipeline.files.archives import unpack_hint
from pipeline.files.links import check_read_once, lead_nowhere, leads_up
from pipeline.files.walk import (
    ARCHIVES,
    EXTENSIONS,
    FOREIGN_FILES,
    HEIC_FILES,
    LOOP,
    FoldersEntered,
    Passed,
    image_names,
    kind_of_other,
    leads_to_folder,
    passed_by_name,
    passed_file,
)
from pipeline.sources.class_names import by_class_name, composed, of_other_encoding
from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource
from pipeline.text.plurals import counted

__all__ = [
    "SPLIT_NAMES",
    "check_same_classes",
    "class_folders",
    "scan_directory",
    "shared_files",
]

# Folder names that hold a split, not a class: meeting them means that the folder above was meant.
SPLIT_NAMES = frozenset({"train", "training", "validation", "valid", "val", "test", "testing"})
LINKED = (
    "linked folder within a class; follow_links=True reads it",
    "linked folders within classes; follow_links=True reads them",
)
NOWHERE = "link that leads nowhere", "links that lead nowhere"
# What was found where photos were expected, for the error that there is none.
INSTEAD = (HEIC_FILES, FOREIGN_FILES, ARCHIVES)


def _listed(folder: str, passed: Passed, named: Sequence[str] = ()) -> list[os.DirEntry[str]]:
    """Return a folder's entries by name, without the hidden ones and those of the system, unless they are `named`."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        raise InputError(f"cannot open the folder {folder!r}: permission denied; make it readable") from None
    visible = []
    for entry in found:
        kind = passed_by_name(entry.name)
        if kind is None or entry.name in named:
            visible.append(entry)
        else:
            passed.add(kind, entry.path)
    return visible


class _Walk:
    """A walk through the folders of one class, which enters none twice.

    Args:
        root: the folder of the classes.
        follow_links: whether linked folders are entered.
        passed: takes what is passed over.
    """

    def __init__(self, root: str, follow_links: bool, passed: Passed) -> None:
        self._above, self._follow_links, self._passed = (os.path.realpath(root),), follow_links, passed
        self._entered = FoldersEntered()

    def pictures(self, folder: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield the paths of the pictures below `folder`: files by name first, then folder by folder.

        `above` are the folders that lead here, by their real paths: a link back to one of them is not entered.
        """
        above = above or self._above
        here, passed_over = self._entered.enter(folder, above)
        if passed_over is not None:
            self._passed.add(passed_over, folder)
            return
        folders = []
        for entry in _listed(folder, self._passed):
            if leads_to_folder(entry):
                folders.append(entry)
            elif (kind := passed_file(entry)) is not None:
                self._passed.add(kind, entry.path)
            else:
                yield entry.path
        for entry in folders:
            if entry.is_symlink() and not self._follow_links:
                self._passed.add(LINKED, entry.path)
            else:
                yield from self.pictures(entry.path, (*above, here))


def _root(directory: str | os.PathLike[str]) -> str:
    root = os.path.expanduser(os.fspath(directory))
    if not os.path.exists(root):
        around = Path(root).resolve().parent
        hint = f"; {str(around)!r} exists" if around.is_dir() else ""
        raise MissingPathError(f"no such folder of photos. Received: {root!r}{hint}")
    if not os.path.isdir(root):
        raise InputError(
            f"a folder of photos is wanted, with one folder a class in it. Received a file: {root!r}{unpack_hint(root)}"
        )
    return root


def _class_folders(root: str, class_names: Sequence[str] | None, passed: Passed) -> Mapping[str, str]:
    """Return the class folders' paths by the names of their classes, in the order of their labels.

    A link to a folder is one, as Keras has it; `follow_links` is about links within a class.
    """
    entries = _listed(root, passed, class_names or ())
    real = os.path.realpath(root)
    nowhere = lead_nowhere(entries)
    found = []
    for entry in entries:
        if leads_to_folder(entry):
            if leads_up(entry, real):
                passed.add(LOOP, entry.path)
            else:
                found.append(entry.name)
        elif entry in nowhere:
            passed.add(NOWHERE, entry.path)
        else:
            passed.add(_beside_classes(entry.name), entry.path)
    if not found:
        raise InputError(_no_classes(root, entries, nowhere))
    folders = by_class_name(root, found)
    chosen = {name: os.path.join(root, folders[composed(name)]) for name in _chosen(root, folders, class_names, passed)}
    check_read_once(chosen)
    return chosen


def _beside_classes(name: str) -> tuple[str, str]:
    """Return what `Passed` calls a file that lies beside the class folders."""
    is_image = name.lower().endswith(EXTENSIONS)
    names = ("picture in no class folder", "pictures in no class folder") if is_image else ("file", "files")
    one, more = (f"{name}, directly in the folder" for name in names)
    return one, more


def _chosen(root: str, folders: Mapping[str, str], class_names: Sequence[str] | None, passed: Passed) -> Sequence[str]:
    """Return the classes that count: all, or those named; a folder of another spelling (NFC, NFD) is the one named."""
    if class_names is None:
        return list(folders)
    missing = [name for name in class_names if composed(name) not in folders]
    if missing:
        raise InputError(f"class_names names folders that {root!r} does not hold: {missing}. It holds: {[*folders]}")
    wanted = set(map(composed, class_names))
    kind = "that class_names does not name"
    for name, folder in folders.items():
        if name not in wanted:
            passed.add((f"folder {kind}", f"folders {kind}"), os.path.join(root, folder))
    return class_names


def _no_classes(root: str, entries: Sequence[os.DirEntry[str]], nowhere: Sequence[os.DirEntry[str]]) -> str:
    """Return what to say of a folder without class folders: what it holds instead, and the way out."""
    said = (
        f"{root!r} holds no class folders: put the photos of each class into a folder of its own, "
        f"such as {os.path.join(root, 'cats')} and {os.path.join(root, 'dogs')}"
    )
    if nowhere:
        target = os.readlink(nowhere[0].path)
        many = counted(len(nowhere), *NOWHERE)
        said += f". It holds {many}, such as {nowhere[0].name!r} to {target!r}: put the folder there, or mend the link"
    packed = [entry.name for entry in entries if kind_of_other(entry.name) == ARCHIVES]
    if packed:
        said += f". It holds {counted(len(packed), *ARCHIVES)} (the first: {packed[0]!r})"
    return said + _if_class(root, entries)


def _if_class(root: str, entries: Sequence[os.DirEntry[str]]) -> str:
    """Return advice for a folder that is itself a class; empty for any other."""
    if not any(entry.name.lower().endswith(EXTENSIONS) for entry in entries):
        return ""
    here, named = os.path.realpath(root), os.path.normpath(os.path.join(root, ".."))
    beside: list[str] = []
    with contextlib.suppress(OSError):
        beside = [one.name for one in os.scandir(os.path.dirname(here)) if leads_to_folder(one)]
    return f". If {os.path.basename(here)!r} is itself a class, name {named!r}" if len(beside) > 1 else ""


def class_folders(directory: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the names of a folder's classes, in the order of its folders; what is in them is not looked at.

    Raises:
        MissingPathError: there is no such folder.
        InputError: it holds no folder, or splits.
    """
    root = _root(directory)
    names = list(_class_folders(root, None, Passed()))
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
    instead = [(passed.count[kind], kind) for kind in INSTEAD if passed.count[kind]]
    convert = "".join(f"; there {'is' if count == 1 else 'are'} {counted(count, *kind)}" for count, kind in instead)
    if not any(groups):
        raise InputError(f"no photos below {root!r} (looked for {image_names()}, in the folders {names}){convert}")
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
    """Return the folder that was probably meant where there is only one class: the one above or the one within."""
    inner = os.path.join(root, only)
    with contextlib.suppress(OSError):
        below = sorted(
            entry.name for entry in os.scandir(inner) if entry.is_dir() and passed_by_name(entry.name) is None
        )
        if len(below) > 1:
            splits = [name for name in below if name.lower() in SPLIT_NAMES]
            return f"Name {os.path.join(inner, splits[0]) if splits else inner!r}, which holds {below[:5]}"
    return "Name the folder above it"


def _nesting_notes(folders: Mapping[str, str], groups: list[list[str]]) -> Iterator[str]:
    """Say where a class folder holds its pictures in folders of its own alone."""
    for (name, folder), paths in zip(folders.items(), groups, strict=True):
        prefix = folder + os.sep
        below = {path[len(prefix) :].split(os.sep, 1)[0] for path in paths if os.sep in path[len(prefix) :]}
        if len(below) > 1 and all(os.sep in path[len(prefix) :] for path in paths):
            shown = ", ".join(sorted(below)[:3])
            where = f"{len(below)} folders ({shown} …)"
            yield f"class {name!r} holds its photos in {where}; all of them count as {name!r}"


def _encoding_notes(root: str, folders: Mapping[str, str]) -> Iterator[str]:
    """Say which class folders have names in bytes that are no UTF-8, and how they were meant most likely."""
    meant = {name: found for name in folders if (found := of_other_encoding(name))}
    if meant:
        read = ", ".join(f"{name!r} as {text!r}" for name, (text, _) in meant.items())
        encoding = next(iter(meant.values()))[1]
        yield (
            f"the names of {counted(len(meant), 'class folder')} in {root!r} are not UTF-8, as after unzipping an old "
            f"archive; in {encoding} they read: {read}. Rename the folders (convmv -f {encoding} -t utf8 does)"
        )


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
        directory: a folder with one folder, or link to one, a class.
        class_names: the classes in the order of their labels; `None` takes all folders, sorted by name.
        follow_links: whether linked folders within a class are entered. Linked files and classes are read either way.
        one_class: whether a single class is accepted.
        all_classes: whether each class must have a photo.

    Returns:
        The examples, class by class, sorted by path within each; class names in NFC, or as `class_names` has them.

    Raises:
        MissingPathError: there is no such folder.
        InputError: it holds no classes, no photos, a class without photos, or one class only.
    """
    root = _root(directory)
    passed = Passed()
    folders = _class_folders(root, class_names, passed)
    names = list(folders)
    groups = [list(_Walk(root, follow_links, passed).pictures(folder)) for folder in folders.values()]
    _check_classes(root, names, groups, passed, one_class, all_classes)
    labels = np.repeat(np.arange(len(names), dtype=np.int32), [len(paths) for paths in groups])
    notes = (*passed.notes(), *_nesting_notes(folders, groups), *_encoding_notes(root, folders))
    source = FileSource(tuple(path for paths in groups for path in paths))
    return Examples(source, labels, tuple(names), notes)


def shared_files(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the files that both lists lead to, whatever links lie between.

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
    """Refuse validation photos whose classes are not the training photos', in the same order."""
    if train.class_names == validation.class_names:
        return
    only_train = sorted(set(train.class_names) - set(validation.class_names))
    only_validation = sorted(set(validation.class_names) - set(train.class_names))
    raise InputError(
        f"training and validation photos have different classes: {only_train} only in training, "
        f"{only_validation} only in {where!r}. Give both the same class folders"
    )
