"""Photos that a run lost: they could be read when it began, and cannot any more. The run goes on without them.

In training another photo of its class stands in for a lost one, wherever the order has it: the number of examples, the
steps of an epoch and the order stay as they were, so that the run can be continued at any step. Validation and test
leave it out.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.images.fault import Fault
from pipeline.reading.unreadable import Unreadable
from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource
from pipeline.sources.source import Source

__all__ = ["Lost", "as_skipped", "put_back", "read_lost", "stand_ins", "without_lost", "write_lost"]

FILE = "lost.json"  # in a run's folder


@dataclasses.dataclass(frozen=True)
class Lost:
    """A photo that a run lost.

    Args:
        path: its path below the run's folder of training photos.
        size: its bytes when the run began, by which the run's data are known again; -1 where that is not known.
        reason: why it cannot be read.
    """

    path: str
    size: int
    reason: str


def read_lost(run: Path) -> tuple[Lost, ...]:
    """Read which photos the run in this folder has lost so far.

    Raises:
        InputError: the file that says so is damaged.
    """
    try:
        rows = json.loads((run / FILE).read_text(encoding="utf-8"))
        return tuple(Lost(str(row["path"]), int(row["size"]), str(row["reason"])) for row in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{str(run / FILE)!r}, the photos that the run lost, cannot be read: {error}") from None


def write_lost(run: Path, lost: Sequence[Lost]) -> None:
    """Write `lost.json`, whole or not at all."""
    write_text(run / FILE, json.dumps([dataclasses.asdict(one) for one in lost], indent=1) + "\n")


def _place(path: str) -> tuple[tuple[bool, str], ...]:
    """Return the key by which the scan of a folder orders its photos: files by name, then folder by folder."""
    *folders, name = path.split(os.sep)
    return (*((True, folder) for folder in folders), (False, name))


def put_back(examples: Examples, root: str, lost: Sequence[Lost]) -> Examples:
    """Put the lost photos back where the scan of `root` had them, and mark them as lost.

    Those of a class that is not among the examples' are left out.
    """
    if not lost:
        return examples
    sizes = {os.path.join(root, one.path): one.size for one in lost}
    rows = list(zip(examples.paths, examples.labels.tolist(), strict=True))
    number = {name: label for label, name in enumerate(examples.class_names)}
    there = set(examples.paths)
    for one in lost:
        path, name = os.path.join(root, one.path), one.path.split(os.sep)[0]
        if path not in there and name in number:
            rows.append((path, number[name]))
    rows.sort(key=lambda row: (row[1], _place(os.path.relpath(row[0], root))))
    labels = np.array([label for _, label in rows], examples.labels.dtype)
    source = FileSource(tuple(path for path, _ in rows))
    return dataclasses.replace(examples, source=source, labels=labels, lost=sizes)


def stand_ins(examples: Examples) -> Source:
    """Return the source that is read: the next photo of its class stands in for each lost one.

    Raises:
        InputError: a class has no photo left.
    """
    if not examples.lost:
        return examples.source
    paths = list(examples.paths)
    for index, path in enumerate(examples.paths):
        if path in examples.lost:
            same = np.flatnonzero(examples.labels == examples.labels[index]).tolist()
            left = [one for one in same if examples.paths[one] not in examples.lost]
            if not left:
                name = examples.class_names[int(examples.labels[index])]
                raise InputError(f"no photo of {name!r} can be read any more (the first: {path})")
            paths[index] = examples.paths[next((one for one in left if one > index), left[0])]
    return FileSource(tuple(paths))


def without_lost(examples: Examples | None) -> Examples | None:
    """Return the examples that are not lost, for measuring."""
    if examples is None or not examples.lost:
        return examples
    return examples.subset([k for k, path in enumerate(examples.paths) if path not in examples.lost])


def as_skipped(root: str, lost: Sequence[Lost]) -> tuple[Unreadable, ...]:
    """Return the lost photos as `ImageData.skipped` lists them."""
    return tuple(Unreadable(-1, os.path.join(root, one.path), Fault("other", {"detail": one.reason})) for one in lost)
