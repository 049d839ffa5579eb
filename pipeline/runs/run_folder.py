"""Make a run directory before training begins, and read and write the files in it."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.files.archives import unpack_hint
from pipeline.files.atomic import is_leftover, write_bytes, write_text
from pipeline.files.locks import locked
from pipeline.files.shortage import why
from pipeline.text.json_text import json_text

if TYPE_CHECKING:
    from pipeline.reading.unreadable import Unreadable

__all__ = [
    "CHECKPOINTS",
    "FINE_TUNING",
    "RECORD",
    "RUNS",
    "check_not_begun",
    "check_output",
    "list_runs",
    "make_named_by_time",
    "new_run",
    "path_from_here",
    "read_record",
    "run_lock",
    "tidy",
    "write_classes",
    "write_record",
    "write_skipped",
]

# The file that marks a folder as a run directory; --overwrite deletes no folder without it.
RECORD = "run.json"
CHECKPOINTS, FINE_TUNING = "checkpoints", "checkpoints-fine-tuning"  # folders in a run directory, one for each part
SHOWN = 5  # the most runs that a message lists
RUNS = "runs"  # the folder of run directories that are named by time


def make_named_by_time(within: str) -> Path:
    """Make the folder `within`/DATE-TIME, or `within`/DATE-TIME-NUMBER if it exists; no two processes get the same."""
    name = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    number = 1
    while True:
        folder = Path(within) / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not folder.is_dir():  # `within` itself is a file
                raise
            number += 1
            continue
        return folder


def _make_named(output: str, overwrite: bool) -> Path:
    folder = Path(output)
    if overwrite and folder.exists():
        with run_lock(folder):
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_output(output: str | None, overwrite: bool) -> None:
    """Refuse an output folder that must not be written to. Nothing is changed.

    Raises:
        InputError: it is a file; or it is not empty, and `overwrite` is false, or it is not a run directory, or another
            process trains in it.
    """
    folder = Path(output or "")
    if output is None or not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"output must be a folder. Received a file: {output!r}")
    try:
        if not os.listdir(folder):
            return
    except OSError as error:
        raise InputError(f"output cannot be opened: {output!r}: {error.strerror}") from None
    if not overwrite:
        raise InputError(f"output exists already: {output!r}; name another folder, or replace it with --overwrite")
    if not (folder / RECORD).is_file():
        raise InputError(
            f"--overwrite deletes only an earlier run, and {output!r} holds no {RECORD}; name another folder"
        )
    with run_lock(folder):  # refused now, before the photos are read
        pass


def new_run(output: str | None, overwrite: bool, config_yaml: str) -> Path:
    """Make a run directory with a `config.yaml`, and a `run.json` that says the run is not finished.

    Args:
        output: the directory; `None` for `runs/DATE-TIME`.
        overwrite: whether an earlier run there may be deleted.
        config_yaml: the resolved configuration.

    Returns:
        The run directory.

    Raises:
        InputError: the directory must not be used, see `check_output`, or cannot be made.
    """
    check_output(output, overwrite)
    try:
        folder = make_named_by_time(RUNS) if output is None else _make_named(output, overwrite)
        write_text(folder / "config.yaml", config_yaml)
        write_record(folder, {"finished": False, "directory": os.getcwd()})
    except OSError as error:
        where = RUNS if output is None else output
        raise InputError(f"output cannot be written: {where!r}: {why(error, where)}") from None
    return folder


def read_record(folder: Path) -> dict[str, Any]:
    """Read the `run.json` of a run directory.

    Raises:
        InputError: there is no such folder, it is not a run directory, or the file is damaged.
    """
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"no object, but {type(found).__name__}")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        why = f"there is no folder {str(folder)!r}"
        if folder.is_dir():
            why = f"{str(folder)!r} holds no {RECORD}"
        elif os.path.lexists(folder):
            why = f"{str(folder)!r} is a file{unpack_hint(str(folder))}"
            if (folder.parent / RECORD).is_file():
                why += f", and the run that it belongs to is {str(folder.parent)!r}"
        if isinstance(error, PermissionError):
            why = f"{RECORD} in {str(folder)!r} cannot be opened: permission denied"
        elif not isinstance(error, OSError):
            why = f"{RECORD} in {str(folder)!r} is damaged"
        raise InputError(
            f"a run's folder must be named, one that python -m pipeline.train made: {why}; {list_runs()}"
        ) from None
    return found


def list_runs() -> str:
    """Return the end of a message: the runs in the current folder and in `runs`, the newest first."""
    found = {path.parent: path.stat().st_mtime for pattern in (f"{RUNS}/*", "*") for path in _records(pattern)}
    newest = sorted(found, key=found.__getitem__, reverse=True)
    if not newest:
        return f"there is none in {RUNS}/ yet, and python -m pipeline.train trains one"
    more = f" and {len(newest) - SHOWN:,} more" if len(newest) > SHOWN else ""
    return f"there {'is' if len(newest) == 1 else 'are'} {', '.join(map(repr, map(str, newest[:SHOWN])))}{more}"


def _records(pattern: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (path for path in Path().glob(f"{pattern}/{RECORD}") if path.is_file())


def check_not_begun(folder: Path) -> None:
    """Refuse to begin a run without a checkpoint again if it has finished more than one epoch.

    Raises:
        InputError: the run has finished more than one epoch, so its checkpoints are missing.
    """
    try:
        epochs = (folder / "history.csv").read_bytes().count(b"\n") - 1
    except OSError:
        epochs = 0
    if epochs > 1 or read_record(folder).get("finished"):
        raise InputError(
            f"{str(folder / CHECKPOINTS)!r} holds no whole checkpoint, so the run cannot go on; begin anew with "
            f"python -m pipeline.train --config {shlex.quote(str(folder / 'config.yaml'))} --output OTHER"
        )


def path_from_here(path: str | None, directory: str) -> str | None:
    """Return a path of a run's configuration relative to the current folder.

    Args:
        path: the path in the configuration; an absolute path and `None` stay as they are.
        directory: the folder in which training was started, from `run.json`.
    """
    return path if path is None or os.path.isabs(path) else os.path.relpath(os.path.join(directory, path))


def run_lock(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Return a context that keeps other processes from training in a run directory.

    Raises:
        InputError: on entry, if another process trains in it.
    """
    return locked(folder, "training in")


def tidy(folder: Path) -> None:
    """Delete the incomplete files that a killed process left in a run directory."""
    for path in folder.iterdir():
        if is_leftover(path.name):
            path.unlink()


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `run.json`."""
    write_text(folder / RECORD, json_text(record, indent=2) + "\n")


def write_classes(folder: Path, class_names: Sequence[str], label_mode: str | None) -> None:
    """Write `classes.json`: the class names in the order of their labels, and the label mode."""
    content = {"class_names": list(class_names), "label_mode": label_mode}
    write_text(folder / "classes.json", json_text(content, indent=2) + "\n")


def write_skipped(folder: Path, skipped: Sequence[Unreadable]) -> None:
    """Write `skipped.csv`: the path of each skipped photo and the reason. Without skipped photos nothing is written."""
    if not skipped:
        return
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["path", "reason"])
    writer.writerows([bad.name, bad.reason] for bad in skipped)
    write_bytes(folder / "skipped.csv", lines.getvalue().encode("utf-8", "backslashreplace"))
