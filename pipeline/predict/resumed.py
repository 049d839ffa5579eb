"""The file that rows are written to, taken up again where a run of the command ended; no TensorFlow.

Beside FILE lies FILE.predict.json: what the rows in it were made with. A batch holds the same inputs in each run, so a
file that is taken up is cut at a batch's end, and what is added are the bytes that an uninterrupted run writes.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import hashlib
import io
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pipeline.errors import InputError
from pipeline.files.shortage import disk_error, why
from pipeline.inference.inputs import Input
from pipeline.runs.run_folder import locked, write_text
from pipeline.runtime.progress import say

__all__ = ["Kept", "beside", "check_file", "digest", "opened", "take_up"]

# Facts on which no row depends but in its last digits.
MACHINE = "machine"


def beside(path: Path) -> Path:
    """The file that says what the rows in `path` were made with."""
    return path.with_name(f"{path.name}.predict.json")


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a file that must not be written to; nothing is changed.

    Raises:
        InputError: it holds something and may be neither taken up nor replaced, is no file, or has no folder.
    """
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise InputError(f"--output must name a file. Received: {str(path)!r}")
    if not path.parent.is_dir():
        raise InputError(f"--output must lie in a folder that exists; there is no {str(path.parent)!r}")
    if overwrite and path.exists() and path.stat().st_size and not beside(path).is_file():
        raise InputError(
            f"--overwrite replaces rows of an earlier predict alone, and {str(beside(path))!r} is not beside "
            f"{str(path)!r}, which says that it holds such; name another file"
        )
    if path.exists() and path.stat().st_size and not resume and not overwrite:
        raise InputError(
            f"--output exists already: {str(path)!r}; go on with it by --resume, replace it with --overwrite, or name "
            "another file"
        )


class _RowsFile(io.FileIO):
    """A file whose writes are whole, or leave it as it was: a disk that fills up takes a part of them."""

    def write(self, data: Any) -> int:
        """Write all of it.

        Raises:
            OSError: the disk is full; it names the file.
        """
        begun, rest = self.tell(), memoryview(data)
        try:
            while rest:
                rest = rest[super().write(rest) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self.truncate(begun)
                self.seek(begun)
            raise disk_error(error, os.fsdecode(self.name)) or error from None
        return len(data)


@contextlib.contextmanager
def opened(path: Path, overwrite: bool) -> Iterator[IO[bytes]]:
    """The file for reading and writing, kept from other processes; empty where it is new or to be replaced.

    Raises:
        InputError: it cannot be written, or another process writes it.
    """
    try:
        path.open("ab").close()
    except OSError as error:
        raise InputError(f"--output cannot be written: {str(path)!r}: {why(error, path)}") from None
    with locked(path, "writing"), _RowsFile(path, "r+b") as file:
        if overwrite:
            file.truncate(0)
        yield file


@dataclasses.dataclass(frozen=True)
class Kept:
    """Rows that stay.

    Args:
        inputs: how many are answered in them.
        failed: how many of those with an error.
        size: their bytes, the header's included.
    """

    inputs: int = 0
    failed: int = 0
    size: int = 0


class _Lines:
    """A file's lines, with how many bytes were taken so far and whether the last one is whole."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self._lines = iter(os.fdopen(os.dup(file.fileno()), "rb"))
        self.size, self.whole = 0, True

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.size += len(line)
            self.whole = line.endswith(b"\n")
            # An earlier version wrote the bytes of a path as they are.
            yield line.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace").decode()


def _csv_rows(lines: _Lines) -> Iterator[tuple[str, bool]]:
    """(path, whether there is an error) of each whole row behind the header."""
    reader = csv.reader(lines, strict=True)
    with contextlib.suppress(csv.Error):  # it ends within quotes
        next(reader, None)
        for row in reader:
            if not lines.whole or len(row) < 2:
                return
            yield row[0], row[-1] != ""


def _json_rows(lines: _Lines) -> Iterator[tuple[str, bool]]:
    for line in lines:
        if not lines.whole:
            return
        try:
            found = json.loads(line)
            yield found["path"].encode("utf-8", "backslashreplace").decode(), found["error"] is not None
        except (ValueError, TypeError, KeyError):
            return


def _rows(file: IO[bytes], format: str) -> Iterator[tuple[str, bool, int]]:
    """(path, whether there is an error, bytes up to the row's end) of each whole row."""
    lines = _Lines(file)
    rows = _csv_rows(lines) if format == "csv" else _json_rows(lines)
    for path, failed in rows:
        yield path, failed, lines.size


def _same(path: Path, made_with: Mapping[str, Any]) -> None:
    """Refuse rows that were made with something else.

    Raises:
        InputError: names the first thing that differs.
    """
    try:
        before = dict(json.loads(beside(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        raise InputError(
            f"--resume needs {str(beside(path))!r}, which says what the rows in {str(path)!r} were made with: it is "
            "missing or damaged; make the file anew with --overwrite"
        ) from None
    for name, value in json.loads(json.dumps(made_with)).items():
        if name == MACHINE:
            if before.get(name) != value:
                say(f"warning: threads or versions changed; the last digits of the rows to come may differ: {value}")
        elif before.get(name) != value:
            raise InputError(
                f"--resume goes on with the same model and options only: {name} of {str(path)!r} is "
                f"{repr(before.get(name))[:80]}. Received: {repr(value)[:80]}; name another file, or add --overwrite"
            )


def _compare(path: Path, file: IO[bytes], format: str, inputs: Iterator[Input], batch: int) -> tuple[Kept, list[Input]]:
    """The rows that answer the inputs, up to the end of a batch, and the inputs behind it that were looked at."""
    kept, failed, behind = Kept(), 0, list[Input]()
    for row, bad, size in _rows(file, format):
        one = next(inputs, None)
        if one is None or one.path.encode("utf-8", "backslashreplace").decode() != row:
            now = "is there no more" if one is None else f"is now {one.path!r}"
            raise InputError(
                f"--resume goes on with the same inputs only: row {kept.inputs + len(behind) + 1} of {str(path)!r} "
                f"answers {row!r}, and that input {now}; name another file, or add --overwrite"
            )
        behind.append(one)
        failed += bad
        if len(behind) == batch:
            kept = Kept(kept.inputs + batch, failed, size)
            behind.clear()
    return kept, behind


def take_up(
    path: Path, file: IO[bytes], format: str, made_with: Mapping[str, Any], inputs: Iterator[Input], batch: int
) -> tuple[Kept, Iterator[Input]]:
    """Find out which rows stay, cut off the rest, and say beside the file what it is made with.

    Args:
        path: of the file.
        file: from `opened`.
        format: of its rows.
        made_with: facts that decide on the rows, as JSON has them; those under `"machine"` may change.
        inputs: all of them, in order.
        batch: inputs a batch.

    Returns:
        The rows that stay, and the inputs that are left.

    Raises:
        InputError: the rows were made with something else, or from other inputs.
    """
    kept, behind = Kept(), list[Input]()
    if file.seek(0, os.SEEK_END):
        _same(path, made_with)
        kept, behind = _compare(path, file, format, inputs, batch)
    file.truncate(kept.size)
    file.seek(kept.size)
    write_text(beside(path), json.dumps(made_with, indent=2) + "\n")
    return kept, itertools.chain(behind, inputs)
