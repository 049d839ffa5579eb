"""A fit's history, one CSV row an epoch: the best epoch in it, and the one from which the model overfits."""

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

NEAR = 0.02  # of the lowest validation loss, above which a later one counts as worse


class History:
    """`history.csv`, which is appended to.

    Args:
        path: of the file; made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = ""
        """What it holds."""

    def append(self, row: dict[str, float]) -> None:
        """Append one epoch, on disk when this returns; the first row brings the header."""
        lines = io.StringIO()
        writer = csv.DictWriter(lines, fieldnames=list(row))
        if not self.text:
            writer.writeheader()
        writer.writerow(row)
        _append(self.path, lines.getvalue().encode())
        self.text += lines.getvalue()

    def set_back(self, text: str) -> None:
        """Let it hold what it held once; what was changed meanwhile, other than by more rows, is said."""
        found = b""
        with contextlib.suppress(FileNotFoundError):
            found = self.path.read_bytes()
        if not found.startswith(text.encode()):
            say(f"note: {self.path} was changed or damaged; the rows of the epochs that are done are put back")
        self.text = text
        if found != text.encode():
            write_text(self.path, text)


def _append(path: Path, data: bytes) -> None:
    """Append to a file, on disk when this returns; on an error the file is as it was."""
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
    """All epochs' rows."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def epochs(run: Path) -> tuple[list[dict[str, float]], str]:
    """Read the epochs of a run, and tell why accuracy cannot be followed through them.

    Args:
        run: the run's folder.

    Returns:
        the rows, none where the file cannot be used; and `""`, or `"damaged"` (or missing), `"no_rows"`,
        `"no_accuracy"`, `"no_validation"`.
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
    """The epoch whose model a run keeps: highest validation accuracy, of equals the lowest validation loss.

    Without an accuracy it is the lowest validation loss, without validation the lowest loss; `None` where no epoch has
    the figure that decides.

    Args:
        rows: of `read_history`.
    """
    name = next((one for one in ("val_accuracy", "val_loss") if all(one in row for row in rows)), "loss")
    sign = 1 if name == "val_accuracy" else -1
    known = [row for row in rows if not math.isnan(row[name])]
    return max(known, key=lambda row: (sign * row[name], -row.get("val_loss", 0.0)), default=None)


def overfitting_from(rows: Sequence[dict[str, float]]) -> int | None:
    """Return the first epoch of overfitting, or `None` where there is none.

    Overfitting begins after the last epoch whose validation loss was within 2 % of its lowest (`NEAR`), if two or more
    epochs follow and the training loss was lower in the last of them: the model still gets better on the examples that
    it learns from and worse on the others.

    Args:
        rows: of `read_history`.
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
