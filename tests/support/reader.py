"""A process under a memory cap that reads pictures: whatever kills it, kills nobody else.

python tests/support/reader.py    # stdin: 8 bytes of length, then the file; stdout: length, then NumPy's file or a text
"""

from __future__ import annotations

import faulthandler
import functools
import io
import resource
import struct
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_PIXELS", "CrashError", "Reader"]

SPARE = 1 << 30  # bytes above what the process holds once it has read a picture
MAX_PIXELS = 20_000_000  # what fits: Pillow, NumPy, TensorFlow and the answer hold a picture of its own each
TINY = b"P6 1 1 255 abc"


class CrashError(Exception):
    """The process ended, or said what it should not."""


class Reader:
    """Such a process."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-W", "ignore", __file__]
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self.errors)

    def read(self, data: bytes) -> NDArray[np.uint8] | str:
        """The picture, or why it is none.

        Raises:
            CrashError: the process ended over it; another one is there for the next.
        """
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(struct.pack("<Q", len(data)) + data)
            process.stdin.flush()
            head = process.stdout.read(8)
            body = process.stdout.read(struct.unpack("<Q", head)[0])
        except (OSError, struct.error):
            code = process.wait()
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace")
            self._start()
            fatal = said.find("Fatal Python error")
            raise CrashError(f"exit code {code}: {said[fatal:][:2000] if fatal >= 0 else said[-2000:]}") from None
        if body.startswith(b"\x93NUMPY"):
            pixels: NDArray[np.uint8] = np.load(io.BytesIO(body), allow_pickle=False)
            return pixels
        return body.decode()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()


def _answer(load: Any, data: bytes) -> bytes:
    from pipeline.errors import InputError

    try:
        out = io.BytesIO()
        np.save(out, load(data))
        return out.getvalue()
    except InputError as error:
        return str(error).encode()


def _held() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))


def main() -> None:
    """Read until the input ends."""
    from pipeline.images.load import load_image

    load = functools.partial(load_image, max_pixels=MAX_PIXELS)
    load(TINY)
    faulthandler.enable()
    most = _held() + SPARE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(8):
        body = _answer(load, source.read(struct.unpack("<Q", head)[0]))
        answers.write(struct.pack("<Q", len(body)) + body)
        answers.flush()


if __name__ == "__main__":
    main()
