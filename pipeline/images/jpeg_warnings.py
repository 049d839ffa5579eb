"""Find JPEG files that are damaged but can still be decoded, by libjpeg's warnings.

TensorFlow's libjpeg writes "Corrupt JPEG data: …" to stderr each time it decodes such a file. The line does not name
the file.
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

# The warnings of libjpeg about a file that it decodes to the end. Source: jerror.h, the messages JWRN_*.
LINE = re.compile(
    rb"(?:Corrupt JPEG data: |Premature end of JPEG file|Warning: unknown JFIF revision"
    rb"|Inconsistent progression sequence|Invalid SOS parameters for sequential JPEG"
    rb"|Unknown Adobe color transform code)[^\n]*\n"
)
JPEG = b"\xff\xd8\xff"
CHUNK = 16  # files that are decoded together; only if there is a warning are they decoded one by one
SMALLEST = 8  # the reduction of each side; warnings matter here, not pixels

_listening = threading.Lock()


class Heard:
    """The text that is written to file descriptor 2, caught in a file: libjpeg's lines are kept, others passed on."""

    def __init__(self, caught: int | None = None, real: int = 2) -> None:
        """Set two file descriptors.

        Args:
            caught: the file that receives the text; `None` if nothing is caught.
            real: the original stderr, to which other lines are passed on.
        """
        self._caught, self._real, self._position = caught, real, 0
        self.lines: list[str] = []
        """The lines of libjpeg up to the last `take`."""

    def take(self, last: bool = False) -> None:
        """Collect libjpeg's lines, and pass other lines on now, so that a crash loses few of them.

        Args:
            last: whether no more text follows, so that an incomplete last line is taken too.
        """
        if self._caught is None:
            return
        text = os.pread(self._caught, os.fstat(self._caught).st_size - self._position, self._position)
        text = text if last else text[: text.rfind(b"\n") + 1]
        self._position += len(text)
        self.lines += [line.decode(errors="replace").strip() for line in LINE.findall(text)]
        rest = LINE.sub(b"", text)
        if rest:
            with contextlib.suppress(OSError):
                os.write(self._real, rest)


@contextlib.contextmanager
def hear() -> Iterator[Heard]:
    """Catch libjpeg's lines of the whole process; Python's own output still goes to stderr.

    Yields:
        the lines; they stay empty if another thread is listening, or if stderr is closed.
    """
    with contextlib.ExitStack() as stack:
        if not _listening.acquire(blocking=False):  # another thread listens
            yield Heard()
            return
        stack.callback(_listening.release)
        try:
            real = os.dup(2)
        except OSError:  # stderr is closed
            yield Heard()
            return
        stack.callback(os.close, real)
        caught = stack.enter_context(tempfile.TemporaryFile())
        heard = Heard(caught.fileno(), real)
        stack.callback(heard.take, last=True)
        _redirect_python(stack, real)
        os.dup2(caught.fileno(), 2)
        stack.callback(os.dup2, real, 2)
        yield heard


def _redirect_python(stack: contextlib.ExitStack, real: int) -> None:
    """Let Python's stderr write to the original stderr, so that a progress bar still appears on the terminal."""
    try:
        writes_to_two = sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):  # stderr belongs to a notebook, or there is none
        return
    if writes_to_two:
        sys.stderr.flush()
        copy = os.dup(real)
        stream = os.fdopen(copy, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1)
        stack.enter_context(stream)
        stack.enter_context(contextlib.redirect_stderr(stream))


def _decode(data: bytes) -> None:
    if data.startswith(JPEG):
        with contextlib.suppress(tf.errors.OpError):  # other code reports unreadable files
            tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=SMALLEST, dct_method="INTEGER_ACCURATE")


def _warnings(files: Sequence[bytes], pool: concurrent.futures.Executor) -> list[str]:
    """Decode files in parallel and return libjpeg's warnings about them."""
    with hear() as heard:
        list(pool.map(_decode, files))
    return heard.lines


def file_content(path: str) -> bytes:
    """Return a file's bytes; none if it cannot be read."""
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
    """Return libjpeg's first warning about each damaged file that it can decode, by the index of the file.

    Args:
        count: the number of files.
        content: a function that returns the bytes of a file by its index; files that are not JPEGs are skipped.
        most: the search ends once it has found this many damaged files; `None` reads all files.
        advance: a function that is called with the number of files read since its last call.
    """
    found: dict[int, str] = {}
    with tf.device("CPU:0"), concurrent.futures.ThreadPoolExecutor() as pool:
        for first in range(0, count, CHUNK):
            if most is not None and len(found) >= most:
                break
            files = [content(index) for index in range(first, min(first + CHUNK, count))]
            if _warnings(files, pool):
                one_by_one = ((first + k, _warnings([data], pool)) for k, data in enumerate(files))
                found |= {index: lines[0] for index, lines in one_by_one if lines}
            advance(len(files))
    return found
