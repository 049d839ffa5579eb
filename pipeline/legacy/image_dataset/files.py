"""Which files a folder gives, which label belongs to each, and which side of a split each is on: as Keras has it.

The contract is that of `keras.utils.image_dataset_from_directory` (Keras 3): hidden files and files below hidden
folders inside a class count, linked class folders are entered whatever `follow_links` says, and files are ordered
by folder, then by name. `pipeline.sources.directory` is the one that reads a folder as the rest of this package does.
"""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config.checks import shown
from pipeline.errors import InputError, MissingPathError
from pipeline.files.archives import unpack_hint

__all__ = ["EXTENSIONS", "Files", "NotAFolderError", "list_files", "shuffle_files", "split_files"]

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
REMOTE = "://"  # gs://, hdfs://, ram://: read through TensorFlow's file systems


class NotAFolderError(InputError, NotADirectoryError):
    """A file was named where a folder is wanted; Keras raises `NotADirectoryError`."""


@dataclasses.dataclass(frozen=True)
class Files:
    """Files in a fixed order; row i of each column belongs to file i.

    Args:
        paths: N file paths, each beginning with the directory as the caller wrote it.
        labels: `[N]`, int32 class numbers or what the caller gave; `None`: no labels.
        class_names: the classes in the order of their labels; `None` where there are no labels.
    """

    paths: tuple[str, ...]
    labels: NDArray[Any] | None
    class_names: Sequence[str] | None

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, index: NDArray[np.int64]) -> Files:
        """The files at `index`, in that order."""
        labels = None if self.labels is None else self.labels[index]
        return Files(tuple(self.paths[i] for i in index), labels, self.class_names)


def _check_folder(directory: str, labels: object) -> None:
    """Refuse what is no folder; with the words that Keras has from Python where it looks for class folders."""
    system = tf.io.gfile if REMOTE in directory else os.path
    exists = system.exists(directory)
    if exists and system.isdir(directory):
        return
    kind, code = (NotAFolderError, errno.ENOTDIR) if exists else (MissingPathError, errno.ENOENT)
    beginning = f"[Errno {code}] {os.strerror(code)}: {directory!r}"
    if labels != "inferred":
        beginning = _none_found(directory)
    ending = "a folder of images is wanted, and this is a file" if exists else "no such folder of images"
    raise kind(f"{beginning}: {ending}. Received: directory={directory!r}{unpack_hint(directory)}")


def _none_found(directory: str, side: str = "") -> str:
    return f"No {side}images found in directory {directory}. Allowed formats: {EXTENSIONS}"


def _stop(error: OSError) -> None:
    """A folder that cannot be opened is named; `os.walk` would pass over it as if it were empty."""
    raise error


def _walk_links(top: str) -> Iterator[tuple[str, list[str]]]:
    """(folder, names of its files), linked folders too, but no folder inside itself: that has no end."""
    above: dict[str, tuple[str, ...]] = {top: (os.path.realpath(top),)}
    for folder, names, files in os.walk(top, onerror=_stop, followlinks=True):
        here = above.pop(folder)
        entered = {name: os.path.realpath(os.path.join(folder, name)) for name in names}
        names[:] = [name for name in names if entered[name] not in here]
        above.update({os.path.join(folder, name): (*here, entered[name]) for name in names})
        yield folder, files


def _walk(top: str, follow_links: bool) -> Iterator[tuple[str, list[str]]]:
    """(folder, names of its files) of `top` and of all below it, in no order."""
    if REMOTE in top:
        yield from ((folder, files) for folder, _, files in tf.io.gfile.walk(top))
    elif follow_links:
        yield from _walk_links(top)
    else:
        yield from ((folder, files) for folder, _, files in os.walk(top, onerror=_stop))


def _pictures(directory: str, below: str, follow_links: bool) -> list[str]:
    """Paths of the pictures in `directory/below`, by folder and then by name."""
    top = os.path.join(directory, below)
    found = []
    for folder, names in sorted(_walk(top, follow_links), key=lambda one: one[0]):
        inside = os.path.relpath(folder, top)
        prefix = os.path.join(directory, below, "" if inside == "." else inside)
        found += [os.path.join(prefix, name) for name in sorted(names) if name.lower().endswith(EXTENSIONS)]
    return found


def _class_folders(directory: str, class_names: Sequence[str] | None) -> Sequence[str]:
    """Names of the class folders in the order of their labels."""
    remote = REMOTE in directory
    names = tf.io.gfile.listdir(directory) if remote else os.listdir(directory)
    is_folder = tf.io.gfile.isdir if remote else os.path.isdir
    visible = [name.rstrip("/") for name in sorted(names) if not name.startswith(".")]
    found = [name for name in visible if is_folder(os.path.join(directory, name))]
    if class_names is None:
        return found
    if not isinstance(class_names, (list, tuple)) or len(set(class_names)) < len(class_names):
        raise InputError(f"class_names must be a list of distinct folder names. Received: class_names={class_names!r}")
    if not set(class_names) <= set(found):
        raise InputError(
            "The `class_names` passed did not match the names of the subdirectories of the target directory. "
            f"Expected: {found} (or a subset of it), but received: class_names={class_names}"
        )
    return class_names


def _given(labels: Sequence[Any], count: int, directory: str) -> tuple[NDArray[Any], list[str]]:
    """The caller's labels as an array, and the class names that they make."""
    if len(labels) != count:
        raise InputError(
            "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
            f"{len(labels)} while we found {count} files in directory {directory}. Labels stand in the order of the "
            "files, by folder and then by name"
        )
    try:
        names = [str(label) for label in sorted(set(labels))]
        # TensorFlow's rule for lists decides the dtype, as in Keras: integers are int32, fractions float32.
        return np.asarray(tf.convert_to_tensor(list(labels)).numpy()), names
    except (TypeError, ValueError) as error:
        raise InputError(f"labels must be numbers of one kind ({error}). Received: labels={shown(labels)}") from None


def list_files(
    directory: str, labels: Sequence[Any] | str | None, class_names: Sequence[str] | None, follow_links: bool
) -> Files:
    """List the pictures of a folder; none is opened.

    Args:
        directory: the folder.
        labels: `"inferred"`: each folder in it is a class; a list: a label for each file, in the order of the
            files; `None`: no labels. With the last two the folders mean nothing.
        class_names: with `"inferred"`: which folders are classes, in the order of their labels.
        follow_links: whether linked folders below a class are entered.

    Returns:
        The files, by class, then by folder, then by name.

    Raises:
        MissingPathError: there is no such folder.
        NotAFolderError: it is a file.
        InputError: no picture lies in it, or labels or class names do not fit what does.
    """
    _check_folder(directory, labels)
    if labels == "inferred":
        names = _class_folders(directory, class_names)
        groups = [_pictures(directory, name, follow_links) for name in names]
        numbers = np.repeat(np.arange(len(names), dtype=np.int32), [len(paths) for paths in groups])
        files = Files(tuple(path for paths in groups for path in paths), numbers, names)
    else:
        paths = _pictures(directory, "", follow_links)
        array, given = (None, None) if labels is None else _given(labels, len(paths), directory)
        files = Files(tuple(paths), array, given)
    if not files.paths:
        hint = "; with labels='inferred' they lie in a folder for each class" if labels == "inferred" else ""
        raise InputError(_none_found(directory) + hint)
    return files


def shuffle_files(files: Files, seed: int) -> Files:
    """The files in the order that `numpy.random.RandomState(seed).shuffle` gives a list of them, as in Keras.

    What a split holds follows from this order, so it is the contract. `0 <= seed < 2**32`.
    """
    order = np.arange(len(files), dtype=np.int64)
    np.random.RandomState(seed).shuffle(order)
    return files.subset(order)


def split_files(
    files: Files, validation_split: float | None, side: str | None, *, directory: str = ".", subset: str | None = None
) -> Files:
    """One side of a split: validation is the last `int(validation_split * N)` files, training the rest.

    Args:
        files: N of them.
        validation_split: share for validation, between 0 and 1; `None` or 0 for all of them.
        side: `"training"` or `"validation"`.
        directory: where they lie, for the refusal.
        subset: what the caller asked for, likewise.

    Raises:
        InputError: validation has no file. Keras finds none for training then, or gives all files as validation.
    """
    if not validation_split:
        return files
    count = len(files)
    held = int(validation_split * count)
    if not held:
        raise InputError(
            f"{_none_found(directory, 'training ' if subset == 'both' else '')}: validation_split={validation_split} "
            f"of {count} files leaves no validation image; choose another share"
        )
    everyone = np.arange(count, dtype=np.int64)
    return files.subset(everyone[count - held :] if side == "validation" else everyone[: count - held])
