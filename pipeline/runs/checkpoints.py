"""Write and read checkpoints. The last few are kept, and each is checked when it is read.

A checkpoint is one `.npz` archive with arrays and a JSON text. It is written under another name, synced and renamed.
Its name contains a digest of its bytes, so that a damaged file is noticed; the checkpoint before it is then used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipeline.files.atomic import removed_on_error, sync_folder
from pipeline.runtime.progress import say

__all__ = ["Checkpoint", "drop", "load_last", "reached", "save"]

NAME = re.compile(r"epoch-(\d{6})-step-(\d{9})-([0-9a-f]{32})\.npz")
ASIDE = ".partial"
DAMAGED = ".damaged"
STATE = "state"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint.

    Args:
        epoch: the number of finished epochs.
        step: the number of finished steps in the next epoch.
        arrays: arrays by name.
        state: other values, as JSON types.
        path: the file that it was read from.
    """

    epoch: int
    step: int
    arrays: Mapping[str, NDArray[Any]]
    state: Mapping[str, Any]
    path: Path | None = None


class _Hashing(io.RawIOBase):
    """A file that is written from beginning to end, and computes a digest of the written bytes."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.blake2b(digest_size=16)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._file.write(data)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _files(folder: Path) -> list[tuple[int, int, str, Path]]:
    """Return (epoch, step, digest, path) of every checkpoint in a folder, the latest first."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    found = [(match, folder / match.string) for match in map(NAME.fullmatch, names) if match]
    return sorted(((int(match[1]), int(match[2]), match[3], path) for match, path in found), reverse=True)


def save(folder: Path, checkpoint: Checkpoint, keep: int) -> Path:
    """Write a checkpoint, then delete all but the latest `keep` checkpoints.

    Args:
        folder: the folder of the checkpoints; it is made if it does not exist. Only one process may write to it.
        checkpoint: the content. Its epoch and step must be later than those of all others in the folder.
        keep: the number of checkpoints that are kept, at least 1.

    Returns:
        The path of the file.

    Raises:
        OSError: the file cannot be written; earlier checkpoints stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{os.getpid()}{ASIDE}"
    text = np.frombuffer(json.dumps([checkpoint.epoch, checkpoint.step, dict(checkpoint.state)]).encode(), np.uint8)
    with removed_on_error(aside):
        with aside.open("wb") as file:
            hashing = _Hashing(file)
            np.savez(hashing, allow_pickle=False, **{STATE: text}, **checkpoint.arrays)
            file.flush()
            os.fsync(file.fileno())
        place = f"epoch-{checkpoint.epoch:06d}-step-{checkpoint.step:09d}"
        path = folder / f"{place}-{hashing.digest.hexdigest()}.npz"
        aside.replace(path)
    sync_folder(folder)
    drop(folder, keep)
    return path


def drop(folder: Path, keep: int) -> None:
    """Delete all checkpoints in a folder but the latest `keep`."""
    for *_, path in _files(folder)[keep:]:
        with contextlib.suppress(OSError):
            path.unlink()


def reached(folder: Path) -> tuple[int, int] | None:
    """Return the finished epochs, and the finished steps of the next one, by the latest checkpoint's name.

    The file is not read. Returns `None` without a checkpoint.
    """
    return next(((epoch, step) for epoch, step, *_ in _files(folder)), None)


def _load(path: Path, epoch: int, step: int, digest: str) -> Checkpoint | None:
    """Read a checkpoint; return `None` if its bytes do not match its digest."""
    if _digest_of(path) != digest:
        return None
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    *written, state = json.loads(arrays.pop(STATE).tobytes())
    return Checkpoint(epoch, step, arrays, state, path) if written == [epoch, step] else None


def load_last(folder: Path) -> Checkpoint | None:
    """Read the latest checkpoint that is not damaged; return `None` if there is none.

    A damaged checkpoint is reported and renamed to `*.damaged`, so that it is not tried again. Incomplete files that a
    killed process left are deleted.
    """
    for leftover in folder.glob(f"*{ASIDE}"):
        with contextlib.suppress(OSError):
            leftover.unlink()
    files = _files(folder)
    for place, (epoch, step, digest, path) in enumerate(files):
        try:
            found = _load(path, epoch, step, digest)
            why = "its bytes are not those that were written"
        except OSError as error:
            found, why = None, error.strerror or str(error)
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:  # not written by this package
            found, why = None, str(error)
        if found is not None:
            return found
        then = "; the one before it is tried" if place + 1 < len(files) else "; there is none before it"
        say(f"warning: checkpoint {path} is damaged ({why}) and set aside{then}")
        with contextlib.suppress(OSError):
            path.rename(path.with_name(path.name + DAMAGED))
    return None
