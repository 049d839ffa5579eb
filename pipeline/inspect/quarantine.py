"""Broken files moved into a folder beside the data, with a list that puts them back; nothing is ever deleted."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError, MissingPathError
from pipeline.files.atomic import written_aside
from pipeline.reports.listing import LIST, SUFFIX
from pipeline.text.messages import Sentence

__all__ = ["Moved", "quarantine", "quarantine_folder", "restore"]

COLUMNS = ("path", "kept_as", "reason")


@dataclasses.dataclass(frozen=True)
class Moved:
    """A file that was moved, or that could not be.

    Args:
        path: in the data folder, relative to it.
        kept_as: in the quarantine folder, relative to it.
        problem: why it was not moved; `None` where it was.
    """

    path: str
    kept_as: str
    problem: Sentence | None = None


def quarantine_folder(root: str) -> Path:
    """The folder beside `root` that its broken files go to.

    Raises:
        InputError: `root` is the root of the file system, beside which there is nothing.
    """
    folder = Path(os.path.abspath(root))
    if not folder.name:
        raise InputError(f"--fix needs a folder that others can lie beside. Received: {root!r}")
    return folder.with_name(folder.name + SUFFIX)


def quarantine(root: str, broken: Sequence[tuple[str, str]]) -> list[Moved]:
    """Move files out of the data folder; the list has each one's line before it is moved, so that a kill loses none.

    Args:
        root: the data folder.
        broken: (path relative to `root`, why) of each.

    Returns:
        each, in that order.

    Raises:
        InputError: the folder beside cannot be written to.
    """
    if not broken:
        return []
    folder = quarantine_folder(root)
    try:
        folder.mkdir(exist_ok=True)
        new = not (folder / LIST).exists()
        with (folder / LIST).open("a", newline="", encoding="utf-8", errors="surrogateescape") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(COLUMNS)
            moved = []
            for path, reason in broken:
                kept_as = _free_name(folder, path)
                writer.writerow([path, kept_as, " ".join(reason.split())])
                file.flush()
                os.fsync(file.fileno())
                moved.append(Moved(path, kept_as, _moved(os.path.join(root, path), folder / kept_as, Path(root))))
    except OSError as error:
        raise InputError(
            f"--fix quarantine: {str(folder)!r} cannot be written: {error.strerror or error}; what was moved until "
            "then is listed there, and --fix restore puts it back"
        ) from None
    return moved


def restore(root: str) -> list[Moved]:
    """Put the files on the list back where they were, as far as their places are free.

    Args:
        root: the data folder.

    Returns:
        each, in the order of the list; those with a `problem` stay where they are, and on the list.

    Raises:
        MissingPathError: there is no quarantine beside it.
        InputError: the list is damaged, or cannot be written.
    """
    folder = quarantine_folder(root)
    if not (folder / LIST).is_file():
        raise MissingPathError(f"--fix restore: there is no {LIST} in {str(folder)!r}; nothing was quarantined there")
    rows = _rows(folder / LIST)
    done = [Moved(path, kept_as, _put_back(Path(root), folder, path, kept_as)) for path, kept_as, _ in rows]
    left = [row for row, one in zip(rows, done, strict=True) if one.problem]
    try:
        _write(folder / LIST, left)
        if not left:
            (folder / LIST).unlink()
        _drop_empty(folder)
    except OSError as error:
        raise InputError(f"--fix restore: {str(folder)!r} cannot be written: {error.strerror or error}") from None
    return done


def _rows(file: Path) -> list[list[str]]:
    try:
        with file.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            header, *rows = csv.reader(lines)
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"--fix restore: {str(file)!r} cannot be read: {' '.join(str(error).split())}") from None
    if tuple(header) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise InputError(f"--fix restore: {str(file)!r} must have the columns {', '.join(COLUMNS)} in every line")
    return rows


def _write(file: Path, rows: Sequence[Sequence[str]]) -> None:
    with written_aside(file) as aside, aside.open("w", newline="", encoding="utf-8", errors="surrogateescape") as lines:
        csv.writer(lines).writerows([COLUMNS, *rows])


def _free_name(folder: Path, path: str) -> str:
    """`path`, with a number behind it where a file of that name lies there from before."""
    stem, extension = os.path.splitext(path)
    number, name = 1, path
    while os.path.lexists(folder / name):
        number += 1
        name = f"{stem}-{number}{extension}"
    return name


def _outside(path: str, root: Path) -> bool:
    """Return whether a path of the list leads out of its folder, by itself or through a link."""
    if os.path.isabs(path) or ".." in Path(path).parts or not Path(path).parts:
        return True
    parent = os.path.realpath(root / os.path.dirname(path))
    return not Path(parent).is_relative_to(os.path.realpath(root))


def _put_back(root: Path, folder: Path, path: str, kept_as: str) -> Sentence | None:
    if _outside(path, root) or _outside(kept_as, folder):
        return Sentence("place_outside")
    source, target = folder / kept_as, root / path
    if not os.path.lexists(source):
        return None if os.path.lexists(target) else Sentence("not_there_any_more")
    return _moved(str(source), target, folder)


def _moved(source: str, target: Path, within: Path) -> Sentence | None:
    """Move a file, never onto another; why not, or nothing."""
    if _outside(os.path.relpath(source, within), within):
        return Sentence("behind_link")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The name is taken first, which fails where it is taken: a rename alone would replace what is there.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        _rename(source, target)
    except FileExistsError:
        return Sentence("name_taken")
    except OSError as error:
        if error.errno == errno.EXDEV:
            return Sentence("other_disk")
        if isinstance(error, PermissionError):
            return Sentence("no_permission")
        return Sentence("system_says", {"detail": error.strerror or str(error)})
    return None


def _rename(source: str, target: Path) -> None:
    """Rename onto the empty file that was made for it, which goes where that fails."""
    try:
        os.rename(source, target)
    except OSError:
        if os.path.lexists(source):
            target.unlink()
        raise


def _drop_empty(folder: Path) -> None:
    """The folders in which nothing is left."""
    for below, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(below)
