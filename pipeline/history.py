"""A fit's history: one CSV row an epoch, and the picture of it."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.progress import say
from pipeline.run import write_bytes, write_text
from pipeline.shortage import disk_error

__all__ = ["History", "best_row", "draw_history", "read_history"]

TITLES = {"mae": "mean absolute error"}


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


def draw_history(
    rows: list[dict[str, float]], path: Path, metric: str = "accuracy", fine_tuned_from: int | None = None
) -> None:
    """Draw the loss and another metric over the epochs, training and validation, and save a PNG.

    The epoch that is kept is marked: the best by validation accuracy, or by validation loss where `metric` is another.
    Training pictures are augmented and measured while the weights still move, so the training curve may lie below the
    validation curve at first.

    Args:
        rows: of `read_history`.
        path: of the picture.
        metric: a column's name.
        fine_tuned_from: the epoch, from 1, in which fine-tuning begins; it is marked as well.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4), layout="constrained")
    epochs = [row["epoch"] for row in rows]
    decides = "accuracy" if metric == "accuracy" else "loss"
    for axis, name in zip(figure.subplots(1, 2), ("loss", metric), strict=True):
        axis.plot(epochs, [row[name] for row in rows], "o-", markersize=3, label="training")
        if f"val_{name}" in rows[0]:
            axis.plot(epochs, [row[f"val_{name}"] for row in rows], "o-", markersize=3, label="validation")
        axis.set(title=TITLES.get(name, name), xlabel="epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        if fine_tuned_from is not None:
            axis.axvline(fine_tuned_from - 0.5, color="tab:green", linestyle="--", label="fine-tuning begins")
        if f"val_{name}" in rows[0] and name == decides:
            best = best_row(rows) or rows[0]
            label = f"best: {best[f'val_{decides}']:.3f} in epoch {best['epoch']:.0f}, kept in model.keras"
            axis.axvline(best["epoch"], color="grey", linestyle=":", label=label)
        axis.legend()
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    write_bytes(path, drawn.getvalue())
