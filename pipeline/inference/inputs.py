"""List the inputs of a prediction in order: files, folders, patterns, and paths from stdin. It imports no TensorFlow.

No argument is dropped: one that leads to no image is an input with an error. Files in a folder that are not images are
passed over as in training (`pipeline.sources.directory`); they are counted and reported.
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
    EXTENSIONS,
    SYSTEM,
    FoldersEntered,
    Passed,
    image_names,
    kind_of_other,
    leads_to_folder,
    passed_by_name,
    passed_file,
)

__all__ = ["STDIN", "Input", "Inputs"]

STDIN = "-"
READ_BYTES = 1 << 16
# The inputs are counted in advance to estimate the time left, unless there are more than this.
COUNTED = 100_000
LINKED = (
    "linked folder further down; name it to have it read",
    "linked folders further down; name them to have them read",
)


class Input(NamedTuple):
    """One input: the path as it was given, and the reason that there is no image, if it is known already."""

    path: str
    error: str | None = None


class _Lines:
    """An iterator over the lines of a pipe or file as they arrive.

    Args:
        descriptor: the descriptor of an open file.
        idle: if no data comes for so many seconds, one `None` is yielded. `None` turns this off.
    """

    def __init__(self, descriptor: int, idle: float | None) -> None:
        self._descriptor, self._idle = descriptor, idle
        self._woken, self._wake = os.pipe()

    def stop(self) -> None:
        """End the iteration, even while it waits for a line. This may be called from any thread."""
        os.write(self._wake, b"\0")

    def __iter__(self) -> Iterator[bytes | None]:
        """Yield lines without their line ends, and `None` after a pause."""
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
    """The inputs that the arguments name. Each iteration looks at the file system again.

    Args:
        arguments: files, folders, patterns, or `"-"` for paths on stdin, one in each line.
        idle: if stdin is silent for so many seconds, the iteration yields a `None`.
        follow_links: whether linked folders are entered at any depth. Those directly in a named folder always are, like
            linked class folders in training.

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
                    yield from [None] if line is None else self._inputs_of_line(line)
            else:
                yield from self._inputs_of(argument)

    def stop(self) -> None:
        """End an iteration that waits for stdin. This may be called from any thread."""
        if self._lines is not None:
            self._lines.stop()

    def total(self) -> int | None:
        """Return the number of inputs, or `None` if stdin is among them or there are too many to count quickly."""
        if self._lines is not None:
            return None
        # A new instance, since another thread iterates over this one and counts what it passes over.
        count = sum(1 for _ in itertools.islice(iter(Inputs(self._arguments, None, self._follow_links)), COUNTED + 1))
        return count if count <= COUNTED else None

    def _inputs_of_line(self, line: bytes) -> Iterator[Input]:
        """Yield the inputs that a line of stdin names; none for an empty line.

        A list from Windows may begin with a byte order mark and end its lines with a carriage return.
        """
        path = os.fsdecode(line)
        if line.startswith(codecs.BOM_UTF8) and not os.path.lexists(path.rstrip("\r").replace("\0", "")):
            path = os.fsdecode(line.removeprefix(codecs.BOM_UTF8))
        if path.endswith("\r") and not os.path.lexists(path.replace("\0", "")):
            path = path[:-1]
        if path:
            yield from self._inputs_of(path, patterns=False)

    def _inputs_of(self, path: str, patterns: bool = True) -> Iterator[Input]:
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
            yield from self._existing(path, mode)

    def _existing(self, path: str, mode: int) -> Iterator[Input]:
        if stat.S_ISDIR(mode):
            below = self._images_below(path, FoldersEntered())
            first = next(below, Input(path, f"the folder holds no image (looked for {image_names()})"))
            yield from itertools.chain([first], below)
        elif stat.S_ISREG(mode):
            yield Input(path)
        else:
            yield Input(path, "it is neither a file nor a folder")

    def _matching(self, pattern: str) -> Iterator[Input]:
        """Yield the images that a pattern matches, sorted.

        The images below a matching folder are yielded too, unless the pattern has `**` and matches them itself.
        """
        found, of_system = False, set()
        for path in sorted(glob.iglob(pattern, recursive=True)):
            if folder := _system_folder(path, pattern):
                of_system.add(folder)
                continue
            if os.path.isdir(path):
                below: Iterator[Input] = iter(()) if "**" in pattern else self._images_below(path, FoldersEntered())
            elif path.lower().endswith(EXTENSIONS):
                below = self._inputs_of(path, patterns=False)
            else:
                self.passed.add(kind_of_other(path), path)
                continue
            for one in below:
                found = True
                yield one
        for folder in sorted(of_system):
            self.passed.add(SYSTEM, folder)
        if not found:
            yield Input(pattern, f"no such file, and no image matches it as a pattern (looked for {image_names()})")

    def _images_below(self, folder: str, entered: FoldersEntered, above: tuple[str, ...] = ()) -> Iterator[Input]:
        """Yield the images below a folder as training lists them: its files by name, then its folders by name.

        Args:
            folder: the folder.
            entered: all folders that were entered so far.
            above: real paths of the folders that contain this one.
        """
        here, kind = entered.enter(folder, above)
        if kind is not None:
            self.passed.add(kind, folder)
            return
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
            yield from self._images_below(os.path.join(folder, name), entered, (*above, here))

    def _sort(self, entry: os.DirEntry[str], files: list[str], folders: list[str], follow_links: bool) -> None:
        """Append an entry's name to `files` or `folders`, or count it as passed over.

        Only names are kept in memory. For a million files they take 70 MB.
        """
        kind = passed_by_name(entry.name)
        if kind is not None:
            self.passed.add(kind, entry.path)
        elif leads_to_folder(entry):
            if entry.is_symlink() and not follow_links:
                self.passed.add(LINKED, entry.path)
            else:
                folders.append(entry.name)
        elif (other := passed_file(entry)) is not None:
            self.passed.add(other, entry.path)
        else:
            files.append(entry.name)


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
