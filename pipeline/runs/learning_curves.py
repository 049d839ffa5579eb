"""Draw loss and accuracy over the epochs of a run, and mark the best epoch and the epochs of overfitting."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.files.atomic import written_aside
from pipeline.runs.history import best_row, overfitting_from
from pipeline.runtime.progress import say
from pipeline.text.fonts import find_fonts, package_for
from pipeline.text.messages import Language
from pipeline.text.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Words", "draw_curves", "save_history", "styled", "words_for_reader"]

BLUE, ORANGE = COLOURS[0], COLOURS[1]
OVERFIT, FINE = "#E69F00", "#009E73"
DOTTED = 60  # with more epochs than this, the lines have no markers
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
}


@dataclasses.dataclass(frozen=True)
class Words(Language):
    """The words of the figure in one language."""

    tables = ("learning_curves",)


def words_for_reader() -> Words:
    """Return the figure's words in the language of the system's messages: Korean, or else English.

    If no installed font has Hangul, the words are English, and a note names a package with such a font.
    """
    variables = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    if not next(filter(None, variables), "").startswith("ko"):
        return Words("en")
    missing = find_fonts(Words("ko").texts.values()).missing
    if missing:
        say(
            "note: no font on this machine has Hangul, so history.png is in English. Install such a font (on Debian, "
            f"Ubuntu and hosted notebooks: apt-get install {package_for(missing)})"
        )
    return Words("en" if missing else "ko")


def save_history(
    rows: Sequence[dict[str, float]], path: Path, metric: str = "accuracy", fine_tuned_from: int | None = None
) -> None:
    """Save the figure as a PNG, in the reader's language.

    Args:
        rows: of `read_history`.
        path: of the figure.
        metric: a column's name.
        fine_tuned_from: the epoch, from 1, in which fine-tuning begins.
    """
    words = words_for_reader()
    with styled(words), written_aside(path) as aside:
        draw_curves(rows, words, metric, fine_tuned_from).savefig(aside, dpi=110, format="png")


def styled(words: Words) -> contextlib.AbstractContextManager[None]:
    """Return the matplotlib settings under which the figure is drawn and saved."""
    from matplotlib import rc_context

    families = list(find_fonts(words.texts.values()).families)
    return rc_context({**STYLE, "font.family": families})


def draw_curves(
    rows: Sequence[dict[str, float]],
    words: Words,
    metric: str = "accuracy",
    fine_tuned_from: int | None = None,
    *,
    stacked: bool = False,
) -> Figure:
    """Draw the loss and another metric over the epochs, training and validation, within `styled`.

    A dotted line marks the epoch that is kept: the best by validation accuracy, or by validation loss where `metric` is
    another. The epochs of overfitting (see `overfitting_from`) are shaded. Training images are augmented and measured
    while the weights still move, so the training curve may lie below the validation curve at first.

    Args:
        rows: of `read_history`.
        words: the language.
        metric: a column's name.
        fine_tuned_from: the epoch, from 1, in which fine-tuning begins; it is marked as well.
        stacked: whether the panels stand one below the other, for narrow pages.
    """
    from matplotlib.figure import Figure

    labels = _marks(rows, words, metric, fine_tuned_from)
    most = 120 if not stacked else 26 if words.lang == "ko" else 44
    wrapped = {key: textwrap.fill(text, most) for key, text in labels.items()}
    lines = 1 + sum(text.count("\n") + 1 for text in wrapped.values())
    figure = Figure(figsize=(4.1, 5.2 + 0.19 * lines) if stacked else (10, 3.8 + 0.2 * lines), layout="constrained")
    panels = figure.subplots(2, 1) if stacked else figure.subplots(1, 2)
    for axis, name in zip(panels, ("loss", metric), strict=True):
        _lines(axis, rows, name, words)
        _mark(axis, rows, wrapped, fine_tuned_from)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", frameon=False, fontsize=9)
    return figure


def _marks(rows: Sequence[dict[str, float]], words: Words, metric: str, fine_tuned_from: int | None) -> dict[str, str]:
    """Return the legend's words for what is marked."""
    found = {}
    decides = "val_accuracy" if metric == "accuracy" else "val_loss"
    best, begins = best_row(rows), overfitting_from(rows)
    if best is not None and decides in best:
        found["best"] = words("best", value=f"{best[decides]:.3f}", epoch=int(best["epoch"]))
    if begins is not None:
        found["overfitting"] = words("overfitting", epoch=begins)
    if fine_tuned_from is not None:
        found["fine_tuning"] = words("fine_tuning")
    return found


def _lines(axis: Axes, rows: Sequence[dict[str, float]], name: str, words: Words) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = [row["epoch"] for row in rows]
    round_, square = ("o", "s") if len(rows) <= DOTTED else ("", "")
    axis.plot(epochs, [row[name] for row in rows], color=BLUE, marker=round_, markersize=3, label=words("training"))
    if f"val_{name}" in rows[0]:
        shade: dict[str, Any] = {"color": ORANGE, "marker": square, "markersize": 3, "linewidth": 2}
        axis.plot(epochs, [row[f"val_{name}"] for row in rows], label=words("validation"), **shade)
    axis.set(title=words(name) if name in words.texts else name, xlabel=words("epoch"))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.grid(alpha=0.3)


def _mark(axis: Axes, rows: Sequence[dict[str, float]], labels: Mapping[str, str], fine_tuned_from: int | None) -> None:
    best, begins = best_row(rows), overfitting_from(rows)
    if best is not None and "best" in labels:
        axis.axvline(best["epoch"], color="black", linestyle=":", linewidth=1.4, label=labels["best"])
    if begins is not None:
        end = max(row["epoch"] for row in rows if math.isfinite(row["loss"]))
        axis.axvspan(begins - 0.5, end + 0.5, color=OVERFIT, alpha=0.18, linewidth=0, label=labels["overfitting"])
    if fine_tuned_from is not None:
        axis.axvline(fine_tuned_from - 0.5, color=FINE, linestyle="--", label=labels["fine_tuning"])
