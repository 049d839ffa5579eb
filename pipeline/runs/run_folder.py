"""A run's folder: made before training begins, and what lies in it."""

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
    "from_there",
    "make_named_by_time",
    "new_run",
    "read_record",
    "run_lock",
    "runs_there",
    "tidy",
    "write_classes",
    "write_record",
    "write_skipped",
]

# The file that makes a folder a run; --overwrite deletes no folder without it.
RECORD = "run.json"
CHECKPOINTS, FINE_TUNING = "checkpoints", "checkpoints-fine-tuning"  # in it, of each part
SHOWN = 5  # runs that are named to who named none
RUNS = "runs"  # where a run's folder is made that is not named


def make_named_by_time(within: str) -> Path:
    """Make `within`/DATE-TIME, with a number behind it where that is taken; two processes never get the same."""
    name = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    number = 1
    while True:
        folder = Path(within) / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not folder.is_dir():  # it is `within` itself that is a file
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
    """Refuse an `output` that must not be written to; nothing is changed.

    Raises:
        InputError: it is a file, holds something and `overwrite` is off, or holds something that is no run or a run
            that goes on.
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
    with run_lock(folder):  # refused before anything is read
        pass


def new_run(output: str | None, overwrite: bool, config_yaml: str) -> Path:
    """Make a run's folder with its `config.yaml` and a `run.json` that says it has begun.

    Args:
        output: the folder, or `None` for `runs/DATE-TIME`.
        overwrite: whether an earlier run there may be deleted.
        config_yaml: the resolved configuration.

    Raises:
        InputError: there is something already, or the folder cannot be made.
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
    """What `run.json` says.

    Raises:
        InputError: the folder is none, or no run's.
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
            f"a run's folder must be named, one that python -m pipeline.train made: {why}; {runs_there()}"
        ) from None
    return found


def runs_there() -> str:
    """Return which runs there are in this folder and in `runs`, the newest first, for who named none."""
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
    """Refuse to begin a run anew, which has no checkpoint, that has come further than its first epoch's end.

    Raises:
        InputError: its checkpoints are gone.
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


def from_there(path: str | None, directory: str) -> str | None:
    """A path of a run's configuration, which was meant from `directory`, that of its `run.json`, as meant from here."""
    return path if path is None or os.path.isabs(path) else os.path.relpath(os.path.join(directory, path))


def run_lock(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Return a context that keeps other processes from training in a run directory.

    Raises:
        InputError: on entry, if another process trains in it.
    """
    return locked(folder, "training in")


def tidy(folder: Path) -> None:
    """Delete what a kill left half-written."""
    for path in folder.iterdir():
        if is_leftover(path.name):
            path.unlink()


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `run.json`."""
    write_text(folder / RECORD, json_text(record, indent=2) + "\n")


def write_classes(folder: Path, class_names: Sequence[str], label_mode: str | None) -> None:
    """Write `classes.json`: the names in the order of their labels."""
    content = {"class_names": list(class_names), "label_mode": label_mode}
    write_text(folder / "classes.json", json_text(content, indent=2) + "\n")


def write_skipped(folder: Path, skipped: Sequence[Unreadable]) -> None:
    """Write `skipped.csv`, path and reason of each photo that was left out, where there is one."""
    if not skipped:
        return
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["path", "reason"])
    writer.writerows([bad.name, bad.reason] for bad in skipped)
    write_bytes(folder / "skipped.csv", lines.getvalue().encode("utf-8", "backslashreplace"))
