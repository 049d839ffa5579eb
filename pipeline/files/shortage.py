"""Turn the errors of a full disk or of too little memory into one line that says what to change. No TensorFlow."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError

__all__ = ["MEMORY", "NO_MEMORY", "TRAINING", "WriteError", "disk_error", "explained", "shortage", "why"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)  # refused writes; the last two may also come from a refused read
MEMORY = "close other programs, or use a machine with more memory; smaller images and a smaller network take less"
TRAINING = (
    "take smaller batches (--loader.batch_size), smaller images (--image.size), a smaller network (--model.name small) "
    "or no cache in memory (--loader.cache none)"
)
NO_MEMORY = "OOM when allocating"  # TensorFlow's words
# TensorFlow's words for too little memory; for a full disk it raises the same type with the system's words.
OUT = re.compile(r"OOM|out of memory|alloc|RESOURCE_EXHAUSTED", re.IGNORECASE)
TENSOR = re.compile(r"allocating tensor with shape\[([\d,]+)\]")
# The path in TensorFlow's message about a failed write: "PATH; No space left on device".
PLACE = re.compile(r"(?:^|\}\} )(/[^;\n]*); ")


class WriteError(OSError):
    """An error of a failed write; `filename` is the file that was to be written."""


def why(error: OSError, place: str | os.PathLike[str] | None = None) -> str:
    """Return the system's message for a failed write and, if known, what to do about it.

    Args:
        error: the error of the write.
        place: the file or folder; the message names the free space of its disk.
    """
    words = error.strerror or str(error)
    if error.errno in FULL:
        return f"{words}{_left(place)}: free some, or name a folder on another disk"
    if error.errno in CLOSED:
        return f"{words}: name a folder that can be written to"
    return words


def _left(place: str | os.PathLike[str] | None) -> str:
    """Return " (3 MB are free there)", or "" if the free space is not known."""
    with contextlib.suppress(OSError, TypeError):
        there = next(one for one in (Path(str(place)), *Path(str(place)).parents) if one.is_dir())
        return f" ({shutil.disk_usage(there).free / 1e6:,.0f} MB are free there)" if place is not None else ""
    return ""


def disk_error(error: BaseException, path: str | os.PathLike[str] | None = None) -> WriteError | None:
    """Convert the error of a write that found no space or no permission; return `None` for any other error.

    h5py and TensorFlow raise errors of their own types, which contain the system's message.

    Args:
        error: any error.
        path: the file that was written, if it is known.
    """
    if isinstance(error, InputError):
        return None
    codes = (*FULL, *CLOSED)
    code = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if code not in codes:
        code = next((one for one in codes if os.strerror(one) in str(error)), None)
        if code is None or not (isinstance(error, OSError | RuntimeError) or _of_tensorflow(error)):
            return None
    found = PLACE.search(str(error)) if _of_tensorflow(error) else None
    name = path or getattr(error, "filename", None) or (found[1] if found else None)
    return WriteError(code, os.strerror(code), *([] if name is None else [os.fspath(name)]))


def _of_tensorflow(error: BaseException) -> bool:
    return any(kind.__name__ == "OpError" for kind in type(error).__mro__)


def _no_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    exhausted = any(kind.__name__ in ("ResourceExhaustedError", "XlaRuntimeError") for kind in type(error).__mro__)
    return exhausted and OUT.search(str(error)) is not None


def shortage(error: BaseException, memory: str = MEMORY, disk: str = "") -> InputError | None:
    """Return a one-line error for a full disk or too little memory; `None` for any other error.

    Args:
        error: any error.
        memory: what to do if memory ran out.
        disk: the end of the message if the disk is full.
    """
    if isinstance(error, InputError):
        return None
    if _no_memory(error):
        tensor = TENSOR.search(str(error))
        what = f" for a tensor of shape [{tensor[1].replace(',', ', ')}]" if tensor else _asked(error)
        return InputError(f"there is not enough memory{what}: {memory}")
    failed = disk_error(error)
    if failed is None or (failed.errno not in FULL and not isinstance(error, WriteError)):
        return None
    where = "a file" if failed.filename is None else f"{failed.filename!r}"
    return InputError(f"{where} cannot be written: {why(failed, failed.filename)}{disk}")


def _asked(error: BaseException) -> str:
    """Return NumPy's message about the memory that it asked for: " (Unable to allocate 3.2 GiB for an array …)"."""
    words = " ".join(str(error).split()) if isinstance(error, MemoryError) else ""
    return f" ({words[:200]})" if words else ""


@contextlib.contextmanager
def explained(memory: str = MEMORY, disk: str = "") -> Iterator[None]:
    """Turn an error of a full disk or of too little memory into an `InputError` of one line.

    Args:
        memory: what to do if memory ran out.
        disk: the end of the message if the disk is full.

    Raises:
        InputError: the disk is full, or there is not enough memory.
    """
    try:
        yield
    except Exception as error:
        found = shortage(error, memory, disk)
        if found is None:
            raise
        raise found from None
