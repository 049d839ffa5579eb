"""What is to be answered, in the order asked: files, folders, patterns, and paths that come by stdin; no TensorFlow.

Nothing is dropped: what leads to no picture is an input of its own, with its error. What a folder holds besides
pictures is passed over as in training (`pipeline.sources.directory`), counted and said.
"""

from __future__ import annotations

import codecs
import glob
import itertools
import os
import select
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.errors import InputError
from pipeline.files.walk import (
    AGAIN,
    EXTENSIONS,
    LOOP,
    SPECIAL,
    SYSTEM,
    Passed,
    image_names,
    is_special,
    kind_of_other,
    leads_to_folder,
    passed_by_name,
)

__all__ = ["STDIN", "Input", "Inputs"]

STDIN = "-"
READ_BYTES = 1 << 16
# A folder is counted before it is read, so that the time left can be told, unless it holds more than this.
COUNTED = 100_000
LINKED = (
    "linked folder further down; name it to have it read",
    "linked folders further down; name them to have them read",
)


class Input(NamedTuple):
    """One input: the path as it was asked for, and why there is no picture, where that is known."""

    path: str
    error: str | None = None


class _Lines:
    """Lines of a pipe or file as they come.

    Args:
        descriptor: of an open file.
        idle: seconds without a line after which that is said, once until the next line; `None`: never.
    """

    def __init__(self, descriptor: int, idle: float | None) -> None:
        self._descriptor, self._idle = descriptor, idle
        self._woken, self._wake = os.pipe()

    def stop(self) -> None:
        """End the iteration, even one that waits, from any thread."""
        os.write(self._wake, b"\0")

    def __iter__(self) -> Iterator[bytes | None]:
        """Lines without their ends; `None` where nothing came for a while."""
        rest, idle = b"", self._idle
        while True:
            ready = select.select([self._descriptor, self._woken], [], [], idle)[0]
            if self._woken in ready:
                return
            if not ready:
                idle = None
                yield None
                continue
            data = os.read(self._descriptor, READ_BYTES)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            idle = self._idle
            yield from lines
        if rest:
            yield rest


class Inputs:
    """The inputs that arguments stand for; each iteration looks anew.

    Args:
        arguments: files, folders, patterns, or `"-"` for paths on stdin, one a line.
        idle: see `_Lines`; iterating then gives `None`s in between.
        follow_links: whether linked folders are entered however far down; those directly in a folder that is named
            always are, as linked class folders are in training.

    Raises:
        InputError: stdin is named twice, or is closed.
    """

    def __init__(self, arguments: Sequence[str], idle: float | None = None, follow_links: bool = False) -> None:
        if arguments.count(STDIN) > 1:
            raise InputError(f"{STDIN} (paths on stdin) may be named once. Received: {arguments.count(STDIN)} times")
        if STDIN in arguments and sys.stdin is None:
            raise InputError(f"{STDIN} reads paths from stdin, which is closed: send a list there")
        self._arguments, self._follow_links = arguments, follow_links
        self._lines = _Lines(0, idle) if STDIN in arguments else None
        self.passed = Passed()

    def __iter__(self) -> Iterator[Input | None]:
        for argument in self._arguments:
            if argument == STDIN and self._lines is not None:
                for line in self._lines:
                    yield from [None] if line is None else self._line(line)
            else:
                yield from self._asked(argument)

    def stop(self) -> None:
        """Let an iteration that waits for stdin end, in whatever thread it is."""
        if self._lines is not None:
            self._lines.stop()

    def total(self) -> int | None:
        """How many there are, where that is quickly found out."""
        if self._lines is not None:
            return None
        # Another walk than the one that reads, which is under way in its own thread.
        count = sum(1 for _ in itertools.islice(iter(Inputs(self._arguments, None, self._follow_links)), COUNTED + 1))
        return count if count <= COUNTED else None

    def _line(self, line: bytes) -> Iterator[Input]:
        """What a line stands for; an empty one for nothing. A list may come from Windows, with a mark at its head."""
        path = os.fsdecode(line)
        if line.startswith(codecs.BOM_UTF8) and not os.path.lexists(path.rstrip("\r").replace("\0", "")):
            path = os.fsdecode(line.removeprefix(codecs.BOM_UTF8))
        if path.endswith("\r") and not os.path.lexists(path.replace("\0", "")):
            path = path[:-1]
        if path:
            yield from self._asked(path, patterns=False)

    def _asked(self, path: str, patterns: bool = True) -> Iterator[Input]:
        try:
            mode = os.stat(path).st_mode
        except ValueError:
            yield Input(path, "no such file: a path cannot hold a null character")
        except OSError as error:
            if patterns and glob.has_magic(path):
                yield from self._matching(path)
            else:
                yield Input(path, _missing(error))
        else:
            yield from self._there(path, mode)

    def _there(self, path: str, mode: int) -> Iterator[Input]:
        if stat.S_ISDIR(mode):
            below = self._below(path, set())
            first = next(below, Input(path, f"the folder holds no picture (looked for {image_names()})"))
            yield from itertools.chain([first], below)
        elif stat.S_ISREG(mode):
            yield Input(path)
        else:
            yield Input(path, "it is neither a file nor a folder")

    def _matching(self, pattern: str) -> Iterator[Input]:
        """Pictures among what a pattern matches, sorted, and those below its folders but where it goes there itself."""
        found, of_system = False, set()
        for path in sorted(glob.iglob(pattern, recursive=True)):
            if folder := _system_folder(path, pattern):
                of_system.add(folder)
                continue
            if os.path.isdir(path):
                below: Iterator[Input] = iter(()) if "**" in pattern else self._below(path, set())
            elif path.lower().endswith(EXTENSIONS):
                below = self._asked(path, patterns=False)
            else:
                self.passed.add(kind_of_other(path), path)
                continue
            for one in below:
                found = True
                yield one
        for folder in sorted(of_system):
            self.passed.add(SYSTEM, folder)
        if not found:
            yield Input(pattern, f"no such file, and no picture matches it as a pattern (looked for {image_names()})")

    def _below(self, folder: str, entered: set[str], above: tuple[str, ...] = ()) -> Iterator[Input]:
        """Yield the pictures below a folder: its files by name first, then folder by folder, as training lists them.

        `entered` and `above` are the real paths of the folders that were entered, and of those that lead here.
        """
        here = os.path.realpath(folder)
        if here in entered:
            self.passed.add(LOOP if here in above else AGAIN, folder)
            return
        entered.add(here)
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._sort(entry, files, folders, follow_links=self._follow_links or not above)
        except OSError as error:
            yield Input(folder, f"the folder cannot be opened: {error.strerror or error}")
            return
        for name in sorted(files):
            yield Input(os.path.join(folder, name))
        for name in sorted(folders):
            yield from self._below(os.path.join(folder, name), entered, (*above, here))

    def _sort(self, entry: os.DirEntry[str], files: list[str], folders: list[str], follow_links: bool) -> None:
        """Put an entry's name where it belongs; names alone are kept: of a million files they take 70 MB."""
        kind = passed_by_name(entry.name)
        if kind is not None:
            self.passed.add(kind, entry.path)
        elif leads_to_folder(entry):
            if entry.is_symlink() and not follow_links:
                self.passed.add(LINKED, entry.path)
            else:
                folders.append(entry.name)
        elif is_special(entry):
            self.passed.add(SPECIAL, entry.path)
        elif entry.name.lower().endswith(EXTENSIONS):
            files.append(entry.name)
        else:
            self.passed.add(kind_of_other(entry.name), entry.path)


def _system_folder(path: str, pattern: str) -> str | None:
    """Return the folder such as @eaDir that a pattern leads into without naming it, if there is one."""
    named, parts = pattern.split(os.sep), path.split(os.sep)
    for count, part in enumerate(parts, 1):
        if passed_by_name(part) is SYSTEM and part not in named:
            return os.sep.join(parts[:count])
    return None


def _missing(error: OSError) -> str:
    gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return "no such file or folder" if gone else f"it cannot be opened: {error.strerror or error}"
