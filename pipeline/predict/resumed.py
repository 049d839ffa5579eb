"""Resume an interrupted prediction in its output file. This module does not import TensorFlow.

Beside FILE lies FILE.predict.json, which records the model and the options that made the rows. A batch holds the same
inputs in each run. A resumed file is therefore truncated at the end of a batch, and the bytes that follow are those
that an uninterrupted run would have written.
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
from pipeline.files.atomic import write_text
from pipeline.files.locks import locked
from pipeline.files.shortage import disk_error, why
from pipeline.inference.inputs import Input
from pipeline.runtime.progress import say

__all__ = ["Kept", "beside", "check_file", "digest", "opened", "resume_rows"]

# The key of facts about threads and versions, which may change the last digits of a number and nothing else.
MACHINE = "machine"


def beside(path: Path) -> Path:
    """Return the path of the file that records how the rows in `path` were made."""
    return path.with_name(f"{path.name}.predict.json")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path, resume: bool, overwrite: bool) -> None:
    """Refuse an output file that must not be written to. Nothing is changed.

    Raises:
        InputError: the path is a folder or a special file, its folder does not exist, the file has content and neither
            option is given, or `overwrite` would replace a file that this command did not write.
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
    """A file that undoes a write that fails halfway, as when the disk fills up."""

    def write(self, data: Any) -> int:
        """Write all bytes, or none.

        Raises:
            OSError: the write failed. For a full disk, the message names the file.
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
    """Open the output file for reading and writing, and lock it against other processes.

    Args:
        path: the file; it is made if it does not exist.
        overwrite: whether its content is deleted.

    Raises:
        InputError: the file cannot be written, or another process has locked it.
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
    """The rows of an earlier run that stay in the file.

    Args:
        inputs: the number of inputs that they answer.
        failed: how many of those have an error.
        size: the size of the rows and the header in bytes.
    """

    inputs: int = 0
    failed: int = 0
    size: int = 0


class _Lines:
    """An iterator over a file's lines that counts their bytes.

    `size` is the number of bytes read so far. `whole` is false if the last line has no line end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self._lines = iter(os.fdopen(os.dup(file.fileno()), "rb"))
        self.size, self.whole = 0, True

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.size += len(line)
            self.whole = line.endswith(b"\n")
            # An earlier version wrote paths that are not UTF-8 without escaping them.
            yield line.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace").decode()


def _csv_rows(lines: _Lines) -> Iterator[tuple[str, bool]]:
    """Yield (path, whether there is an error) for each complete row after the header."""
    reader = csv.reader(lines, strict=True)
    with contextlib.suppress(csv.Error):  # raised if the file ends within quotes
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
    """Yield (path, whether there is an error, the file's bytes up to the row's end) for each complete row."""
    lines = _Lines(file)
    rows = _csv_rows(lines) if format == "csv" else _json_rows(lines)
    for path, failed in rows:
        yield path, failed, lines.size


def _check_made_with(path: Path, made_with: Mapping[str, Any]) -> None:
    """Check that the rows in a file were made with this model and these options. Warn if only the machine differs.

    Raises:
        InputError: something differs; the message names the first such thing. Or the record beside the file is missing
            or damaged.
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


def _matching_rows(
    path: Path, file: IO[bytes], format: str, inputs: Iterator[Input], batch: int
) -> tuple[Kept, list[Input]]:
    """Compare the rows in the file with the inputs.

    Returns:
        The rows of whole batches, which stay, and the inputs after them that were taken from `inputs`.

    Raises:
        InputError: a row answers another input.
    """
    kept, failed, pending = Kept(), 0, list[Input]()
    for row, has_error, size in _rows(file, format):
        one = next(inputs, None)
        if one is None or one.path.encode("utf-8", "backslashreplace").decode() != row:
            now = "is there no more" if one is None else f"is now {one.path!r}"
            raise InputError(
                f"--resume goes on with the same inputs only: row {kept.inputs + len(pending) + 1} of {str(path)!r} "
                f"answers {row!r}, and that input {now}; name another file, or add --overwrite"
            )
        pending.append(one)
        failed += has_error
        if len(pending) == batch:
            kept = Kept(kept.inputs + batch, failed, size)
            pending.clear()
    return kept, pending


def resume_rows(
    path: Path, file: IO[bytes], format: str, made_with: Mapping[str, Any], inputs: Iterator[Input], batch: int
) -> tuple[Kept, Iterator[Input]]:
    """Keep the rows of whole batches, truncate the file after them, and write the record beside it.

    Args:
        path: the path of the file.
        file: the file from `opened`.
        format: "csv" or "jsonl".
        made_with: the facts that determine the rows, as JSON values. Those under `"machine"` may change.
        inputs: all inputs in order.
        batch: the number of inputs in a batch.

    Returns:
        The rows that stay, and the inputs that are not yet answered.

    Raises:
        InputError: the rows were made with another model or other options, or from other inputs.
    """
    kept, pending = Kept(), list[Input]()
    if file.seek(0, os.SEEK_END):
        _check_made_with(path, made_with)
        kept, pending = _matching_rows(path, file, format, inputs, batch)
    file.truncate(kept.size)
    file.seek(kept.size)
    write_text(beside(path), json.dumps(made_with, indent=2) + "\n")
    return kept, itertools.chain(pending, inputs)
