"""libjpeg's warnings: JPEGs that are damaged and read all the same, found by name.

TensorFlow's libjpeg writes "Corrupt JPEG data: …" to stderr, each time it decodes such a file, and does not say which.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence

import tensorflow as tf

__all__ = ["Heard", "damaged_jpegs", "file_content", "hear"]

# What libjpeg says of a file that it decodes to the end. Source: jerror.h, the messages JWRN_*.
LINE = re.compile(
    rb"(?:Corrupt JPEG data: |Premature end of JPEG file|Warning: unknown JFIF revision"
    rb"|Inconsistent progression sequence|Invalid SOS parameters for sequential JPEG"
    rb"|Unknown Adobe color transform code)[^\n]*\n"
)
JPEG = b"\xff\xd8\xff"
CHUNK = 16  # files decoded at once; where none of them is damaged, nobody asks which
SMALLEST = 8  # pixels a side that become one: only the damage is looked for

_alone = threading.Lock()


class Heard:
    """What is written to file descriptor 2, held in a file; libjpeg's lines are kept, all else is passed on."""

    def __init__(self, held: int | None = None, real: int = 2) -> None:
        self._held, self._real, self._at = held, real, 0
        self.lines: list[str] = []
        """What libjpeg said until the last `take`."""

    def take(self, last: bool = False) -> None:
        """Take libjpeg's lines and pass on what others wrote, so that a crash loses little of it."""
        if self._held is None:
            return
        text = os.pread(self._held, os.fstat(self._held).st_size - self._at, self._at)
        text = text if last else text[: text.rfind(b"\n") + 1]
        self._at += len(text)
        self.lines += [line.decode(errors="replace").strip() for line in LINE.findall(text)]
        rest = LINE.sub(b"", text)
        if rest:
            with contextlib.suppress(OSError):
                os.write(self._real, rest)


@contextlib.contextmanager
def hear() -> Iterator[Heard]:
    """Catch libjpeg's lines, of the whole process; what Python writes to stderr goes there as ever."""
    with contextlib.ExitStack() as stack:
        if not _alone.acquire(blocking=False):  # another thread listens
            yield Heard()
            return
        stack.callback(_alone.release)
        try:
            real = os.dup(2)
        except OSError:  # stderr is closed
            yield Heard()
            return
        stack.callback(os.close, real)
        held = stack.enter_context(tempfile.TemporaryFile())
        heard = Heard(held.fileno(), real)
        stack.callback(heard.take, last=True)
        _redirect_python(stack, real)
        os.dup2(held.fileno(), 2)
        stack.callback(os.dup2, real, 2)
        yield heard


def _redirect_python(stack: contextlib.ExitStack, real: int) -> None:
    """Let Python's stderr go on to where it went, a terminal's progress bar too."""
    try:
        is_two = sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):  # a notebook's, or none
        return
    if is_two:
        sys.stderr.flush()
        copy = os.dup(real)
        stream = os.fdopen(copy, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1)
        stack.enter_context(stream)
        stack.enter_context(contextlib.redirect_stderr(stream))


def _decode(data: bytes) -> None:
    if data.startswith(JPEG):
        with contextlib.suppress(tf.errors.OpError):  # what cannot be read at all is found elsewhere
            tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=SMALLEST, dct_method="INTEGER_ACCURATE")


def _said_of(files: Sequence[bytes], pool: concurrent.futures.Executor) -> list[str]:
    with hear() as heard:
        list(pool.map(_decode, files))
    return heard.lines


def file_content(path: str) -> bytes:
    """Return the bytes of a file; none where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def damaged_jpegs(
    count: int,
    content: Callable[[int], bytes],
    most: int | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> dict[int, str]:
    """Return what libjpeg says of each damaged file that it reads all the same, by its index.

    Args:
        count: of files.
        content: gives the bytes of a file by its index; those that are no JPEGs are passed over.
        most: how many are looked for; the rest is not read once they are found.
        advance: called with how many files were looked at since the last call.
    """
    found: dict[int, str] = {}
    with tf.device("CPU:0"), concurrent.futures.ThreadPoolExecutor() as pool:
        for first in range(0, count, CHUNK):
            if most is not None and len(found) >= most:
                break
            files = [content(index) for index in range(first, min(first + CHUNK, count))]
            if _said_of(files, pool):
                one_by_one = ((first + k, _said_of([data], pool)) for k, data in enumerate(files))
                found |= {index: said[0] for index, said in one_by_one if said}
            advance(len(files))
    return found
