"""List, label, shuffle and split the files of a folder like Keras.

The contract is `keras.utils.image_dataset_from_directory` of Keras 3. Hidden files, and files in hidden folders inside
a class, are included. Class folders that are links are always entered, whatever `follow_links` is. Files are ordered
by folder, then by name. `pipeline.sources.directory` lists folders for the rest of this package, by other rules.
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
REMOTE = "://"  # part of gs://, hdfs:// and ram:// paths, which TensorFlow's file systems read


class NotAFolderError(InputError, NotADirectoryError):
    """The error for a path that is a file instead of a folder; Keras raises `NotADirectoryError`."""


@dataclasses.dataclass(frozen=True)
class Files:
    """N files in a fixed order, with their labels.

    Args:
        paths: N file paths; each begins with the directory as the caller wrote it.
        labels: `[N]`, int32 class numbers or the caller's own labels; `None` for no labels.
        class_names: the classes in the order of their labels; `None` where there are no labels.
    """

    paths: tuple[str, ...]
    labels: NDArray[Any] | None
    class_names: Sequence[str] | None

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, index: NDArray[np.int64]) -> Files:
        """Return the files at the positions `index`, in the order of `index`."""
        labels = None if self.labels is None else self.labels[index]
        return Files(tuple(self.paths[i] for i in index), labels, self.class_names)


def _check_folder(directory: str, labels: object) -> None:
    """Raise an error if `directory` is not a folder.

    With inferred labels, Keras fails when it lists the folder, so the message begins like Python's own.
    """
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


def _raise(error: OSError) -> None:
    """Raise the error for a folder that cannot be opened; by default, `os.walk` treats such a folder as empty."""
    raise error


def _walk_links(top: str) -> Iterator[tuple[str, list[str]]]:
    """Yield `(folder, names of its files)`, and enter linked folders.

    A link to one of the folders above it is not entered, because the walk would never end.
    """
    ancestors: dict[str, tuple[str, ...]] = {top: (os.path.realpath(top),)}
    for folder, names, files in os.walk(top, onerror=_raise, followlinks=True):
        entered = ancestors.pop(folder)
        targets = {name: os.path.realpath(os.path.join(folder, name)) for name in names}
        names[:] = [name for name in names if targets[name] not in entered]
        ancestors.update({os.path.join(folder, name): (*entered, targets[name]) for name in names})
        yield folder, files


def _walk(top: str, follow_links: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield `(folder, names of its files)` for `top` and all folders below it, in no particular order."""
    if REMOTE in top:
        yield from ((folder, files) for folder, _, files in tf.io.gfile.walk(top))
    elif follow_links:
        yield from _walk_links(top)
    else:
        yield from ((folder, files) for folder, _, files in os.walk(top, onerror=_raise))


def _list_images(directory: str, class_folder: str, follow_links: bool) -> list[str]:
    """Return the paths of the images in `directory/class_folder`, sorted by folder and then by name."""
    top = os.path.join(directory, class_folder)
    found = []
    for folder, names in sorted(_walk(top, follow_links), key=lambda entry: entry[0]):
        relative = os.path.relpath(folder, top)
        prefix = os.path.join(directory, class_folder, "" if relative == "." else relative)
        found += [os.path.join(prefix, name) for name in sorted(names) if name.lower().endswith(EXTENSIONS)]
    return found


def _class_folders(directory: str, class_names: Sequence[str] | None) -> Sequence[str]:
    """Return the names of the class folders in the order of their labels."""
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


def _resolve_labels(labels: Sequence[Any], count: int, directory: str) -> tuple[NDArray[Any], list[str]]:
    """Return the caller's labels as an array, and the class names that follow from them."""
    if len(labels) != count:
        raise InputError(
            "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
            f"{len(labels)} while we found {count} files in directory {directory}. Labels stand in the order of the "
            "files, by folder and then by name"
        )
    try:
        names = [str(label) for label in sorted(set(labels))]
        # As in Keras, TensorFlow chooses the dtype of a list: int32 for integers, float32 for floats.
        return np.asarray(tf.convert_to_tensor(list(labels)).numpy()), names
    except (TypeError, ValueError) as error:
        raise InputError(f"labels must be numbers of one kind ({error}). Received: labels={shown(labels)}") from None


def list_files(
    directory: str, labels: Sequence[Any] | str | None, class_names: Sequence[str] | None, follow_links: bool
) -> Files:
    """List the images of a folder without opening them.

    Args:
        directory: the folder.
        labels: `"inferred"`: each folder in `directory` is a class. A list: one label for each file, in the order of
            the files. `None`: no labels. With a list or `None`, folders do not matter.
        class_names: the class folders to read, in the order of their labels, for `"inferred"`; `None` reads all.
        follow_links: whether to enter linked folders below a class folder.

    Returns:
        The files, sorted by class, then by folder, then by name.

    Raises:
        MissingPathError: the folder does not exist.
        NotAFolderError: `directory` is a file.
        InputError: the folder has no image, or labels or class names do not match its content.
    """
    _check_folder(directory, labels)
    if labels == "inferred":
        names = _class_folders(directory, class_names)
        groups = [_list_images(directory, name, follow_links) for name in names]
        numbers = np.repeat(np.arange(len(names), dtype=np.int32), [len(paths) for paths in groups])
        files = Files(tuple(path for paths in groups for path in paths), numbers, names)
    else:
        paths = _list_images(directory, "", follow_links)
        array, classes = (None, None) if labels is None else _resolve_labels(labels, len(paths), directory)
        files = Files(tuple(paths), array, classes)
    if not files.paths:
        hint = "; with labels='inferred' they lie in a folder for each class" if labels == "inferred" else ""
        raise InputError(_none_found(directory) + hint)
    return files


def shuffle_files(files: Files, seed: int) -> Files:
    """Return the files in the order of `numpy.random.RandomState(seed).shuffle`, as Keras shuffles its list of files.

    The order is part of the contract, because it determines which files a split holds.

    Args:
        files: the files.
        seed: an integer, `0 <= seed < 2**32`.
    """
    order = np.arange(len(files), dtype=np.int64)
    np.random.RandomState(seed).shuffle(order)
    return files.subset(order)


def split_files(
    files: Files, validation_split: float | None, side: str | None, *, directory: str = ".", subset: str | None = None
) -> Files:
    """Return one side of a split: validation is the last `int(validation_split * N)` files, training the rest.

    Args:
        files: N files.
        validation_split: fraction for validation, between 0 and 1; `None` or 0 returns all files.
        side: `"training"` or `"validation"`.
        directory: the folder of the files, named in the error message.
        subset: the `subset` of the user's call; the error message depends on it.

    Raises:
        InputError: validation has no file. (Keras returns wrong sides then: no training file, or all files for
            validation.)
    """
    if not validation_split:
        return files
    count = len(files)
    held_out = int(validation_split * count)
    if not held_out:
        raise InputError(
            f"{_none_found(directory, 'training ' if subset == 'both' else '')}: validation_split={validation_split} "
            f"of {count} files leaves no validation image; choose another share"
        )
    order = np.arange(count, dtype=np.int64)
    return files.subset(order[count - held_out :] if side == "validation" else order[: count - held_out])
