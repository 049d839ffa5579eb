"""Write and read the history of a training run, and find its best epoch and the beginning of overfitting."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.files.atomic import write_text
from pipeline.files.shortage import disk_error
from pipeline.runtime.progress import say

__all__ = ["History", "best_row", "epochs", "overfitting_from", "read_history"]

NEAR = 0.02  # a validation loss counts as worse if it is above the lowest one by more than this share


class History:
    """The file `history.csv`, with one row for each epoch.

    Args:
        path: the file's path; the file is made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = ""
        """The file's content."""

    def append(self, row: dict[str, float]) -> None:
        """Append the row of one epoch, and sync the file. The first row writes the header before it."""
        lines = io.StringIO()
        writer = csv.DictWriter(lines, fieldnames=list(row))
        if not self.text:
            writer.writeheader()
        writer.writerow(row)
        _append(self.path, lines.getvalue().encode())
        self.text += lines.getvalue()

    def set_back(self, text: str) -> None:
        """Restore an earlier content, and print a note if the file has changed other than by more rows."""
        found = b""
        with contextlib.suppress(FileNotFoundError):
            found = self.path.read_bytes()
        if not found.startswith(text.encode()):
            say(f"note: {self.path} was changed or damaged; the rows of the epochs that are done are put back")
        self.text = text
        if found != text.encode():
            write_text(self.path, text)


def _append(path: Path, data: bytes) -> None:
    """Append to a file and sync it; after an error the file is unchanged."""
    with path.open("ab", buffering=0) as file:
        before = os.fstat(file.fileno()).st_size
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file.fileno(), rest) :]
            os.fsync(file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                file.truncate(before)
            raise disk_error(error, path) or error from None


def read_history(path: Path) -> list[dict[str, float]]:
    """Read the rows of all epochs: the values by column name."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def epochs(run: Path) -> tuple[list[dict[str, float]], str]:
    """Read the history of a run, and return the reason if the accuracy cannot be followed through it.

    Args:
        run: the run directory.

    Returns:
        The rows, none if the file cannot be used; and the reason: `""` for none, `"damaged"` (or missing), `"no_rows"`,
        `"no_accuracy"` or `"no_validation"`.
    """
    try:
        rows = read_history(run / "history.csv")
    except (OSError, ValueError, TypeError):
        return [], "damaged"
    if not rows:
        return [], "no_rows"
    if any("epoch" not in row for row in rows):
        return [], "damaged"
    for name, why in (("accuracy", "no_accuracy"), ("val_accuracy", "no_validation")):
        if any(name not in row for row in rows):
            return rows, why
    return rows, ""


def best_row(rows: Sequence[dict[str, float]]) -> dict[str, float] | None:
    """Return the row of the best epoch, whose model a run keeps.

    It is the epoch with the highest validation accuracy; of equal ones, the one with the lowest validation loss.
    Without an accuracy the lowest validation loss decides, and without validation the lowest loss.

    Args:
        rows: the result of `read_history`.

    Returns:
        The row; `None` if the value that decides is NaN in every epoch.
    """
    name = next((one for one in ("val_accuracy", "val_loss") if all(one in row for row in rows)), "loss")
    sign = 1 if name == "val_accuracy" else -1
    known = [row for row in rows if not math.isnan(row[name])]
    return max(known, key=lambda row: (sign * row[name], -row.get("val_loss", 0.0)), default=None)


def overfitting_from(rows: Sequence[dict[str, float]]) -> int | None:
    """Return the first epoch of overfitting; `None` if there is none.

    Overfitting begins after the last epoch whose validation loss was within 2 % (`NEAR`) of the lowest one, if two or
    more epochs follow and the training loss was lower in the last of them. The model then still improves on the
    training examples, and becomes worse on others.

    Args:
        rows: the result of `read_history`.
    """
    known = [row for row in rows if math.isfinite(row.get("loss", math.nan) + row.get("val_loss", math.nan))]
    if not known:
        return None
    lowest = min(row["val_loss"] for row in known)
    last = max(k for k, row in enumerate(known) if row["val_loss"] <= lowest + NEAR * abs(lowest))
    after = known[last + 1 :]
    if len(after) < 2 or after[-1]["loss"] >= known[last]["loss"]:
        return None
    return int(after[0]["epoch"])
