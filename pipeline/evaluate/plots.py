"""Pictures of the measures, each as the bytes of a PNG: matplotlib's figures, drawn without a screen.

Every name in them is drawn by a font that has its letters; where there is none, classes go by their numbers.
"""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.evaluate.measures import MANY, Classification, ClassMeasures, Curve, Measures, Regression
from pipeline.evaluate.words import Words, decimals
from pipeline.runs import learning_curves
from pipeline.runs.history import epochs
from pipeline.runs.trained_run import TrainedRun
from pipeline.text.fonts import find_fonts, letter_names, shortened
from pipeline.text.palette import COLOURS, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Lettering", "draw", "draw_learning", "letter"]

BLUE, ORANGE, GREY = *COLOURS[:2], "#7A7A7A"
DPI = 120
NAME = 20  # characters of a class name in a picture
COUNTED = 30  # classes up to which each cell of the confusion matrix bears its count
NAMED = 100  # and up to which its rows are named
CURVES = 20  # drawn in colour
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,  # a $ in a name is a $
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
}


@dataclasses.dataclass(frozen=True)
class Lettering:
    """The words and names that can be written into a figure.

    Args:
        families: of fonts.
        names: the classes, shortened; by number where no font has their letters.
        words: the language.
        numbered: the names' letters that no font had; the classes go by number then.
        replaced: the language's letters that no font had; the pictures are in English then.
    """

    families: tuple[str, ...]
    names: tuple[str, ...]
    words: Words
    numbered: frozenset[str]
    replaced: frozenset[str]


def letter(class_names: Sequence[str], words: Words) -> Lettering:
    """Find the fonts."""
    replaced = find_fonts(words.texts.values()).missing
    spoken = dataclasses.replace(words, lang="en") if replaced else words
    found = letter_names(class_names, spoken.texts.values())
    names = tuple(shortened(name, NAME) for name in found.names)
    return Lettering(found.families, names, spoken, found.missing, replaced)


def draw(measures: Measures, lettering: Lettering) -> dict[str, bytes]:
    """Draw all pictures that these measures have: a name each, and the PNG.

    Args:
        measures: of them.
        lettering: for the names.
    """
    found: dict[str, Callable[[], Figure]] = {}
    if isinstance(measures, Regression):
        found["scatter"] = lambda: _scatter(measures, lettering)
    else:
        if isinstance(measures, Classification):
            if measures.confusion is not None:
                found["confusion"] = lambda: _confusion(measures, lettering)
            found["calibration"] = lambda: _calibration(measures, lettering)
        if any(one.curve is not None for one in measures.classes):
            found["roc"] = lambda: _curves(measures.classes, lettering, "auc")
            found["precision_recall"] = lambda: _curves(measures.classes, lettering, "average_precision")
    return {name: _png(make, lettering) for name, make in found.items()}


def draw_learning(run: TrainedRun, lettering: Lettering) -> dict[str, bytes]:
    """Draw the loss and the accuracy of each epoch, from the run's `history.csv`; nothing where it holds none."""
    rows = [] if run.history is None else epochs(run.folder)[0]
    metric = next((name for name in ("accuracy", "mae") if all({"loss", name} <= set(row) for row in rows)), None)
    if not rows or metric is None:
        return {}
    words, begun = learning_curves.Words(lettering.words.lang), run.record.get("fine_tuned_from")
    with learning_curves.styled(words):
        return {"history": _saved(learning_curves.draw_curves(rows, words, metric, begun, stacked=True))}


def _png(make: Callable[[], Figure], lettering: Lettering) -> bytes:
    from matplotlib import rc_context

    with rc_context({**STYLE, "font.family": list(lettering.families)}):
        return _saved(make())


def _saved(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _confusion(measures: Classification, lettering: Lettering) -> Figure:
    """Counts and their shares of the row, coloured by the share."""
    counts, t = np.asarray(measures.confusion), lettering.words
    classes = len(counts)
    cell = 0.62 if classes <= 8 else 0.48 if classes <= COUNTED else 0.2
    side = min(cell * classes, 0.2 * NAMED)
    figure = _figure(max(3.2, side) + 2.4, max(2.4, side) + 1.8)
    axis = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    drawn = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.set(xlabel=t("predicted_class"), ylabel=t("true_class"))
    axis.spines[:].set_visible(True)
    if classes <= NAMED:
        size = 10 if classes <= COUNTED else 7
        axis.set_xticks(range(classes), lettering.names, rotation=45, ha="right", rotation_mode="anchor", fontsize=size)
        axis.set_yticks(range(classes), lettering.names, fontsize=size)
    if classes <= COUNTED:
        for row, column in np.ndindex(counts.shape):
            colour = "white" if shares[row, column] > 0.65 else "black" if counts[row, column] else GREY
            size = 9 if counts[row, column] < 10_000 else 7
            share = f"\n{shares[row, column]:.0%}" if counts[row, column] else ""
            text = f"{counts[row, column]:,}{share}"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=size, linespacing=1.1)
    bar = figure.colorbar(drawn, ax=axis, shrink=0.8, label=t("share_of_row"))
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    return figure


def _curves(
    classes: Sequence[ClassMeasures], lettering: Lettering, area: Literal["auc", "average_precision"]
) -> Figure:
    """A curve a class with the area below it; of two classes the second alone, as the first mirrors it."""
    t = lettering.words
    there = [(one, lettering.names[k]) for k, one in enumerate(classes) if one.curve is not None]
    if len(classes) == 2:
        there = there[-1:]
    hardest = sorted(there, key=lambda pair: pair[0].average_precision or 0)[:CURVES]
    entries = len(hardest) + (area == "auc")
    figure = _figure(4.8, 4.6 + 0.22 * entries)
    axis = figure.subplots()
    for one, name in there:
        place = next((k for k, pair in enumerate(hardest) if pair[0] is one), None)
        style: dict[str, Any] = {"color": "#CCCCCC", "linewidth": 0.8, "zorder": 1}
        if place is not None:
            label = f"{name}: {t(area)} {decimals(getattr(one, area))}"
            style = {**line_style(place, place / len(hardest)), "linewidth": 1.6, "label": label}
        if one.curve is not None:
            _curve(axis, one.curve, area, style)
    if area == "auc":
        axis.plot([0, 1], [0, 1], color=GREY, linestyle=":", label=t("guessing"))
        axis.set(title=t("roc"), xlabel=t("false_positive_rate"), ylabel=t("true_positive_rate"))
    else:
        axis.set(title=t("precision_recall"), xlabel=t("recall_axis"), ylabel=t("precision_axis"))
    _shares(axis)
    count = len(there) if len(classes) <= MANY else sum(one.auc is not None for one in classes)
    title = t("hardest", shown=len(hardest), count=count) if len(hardest) < count else None
    figure.legend(loc="outside lower center", fontsize=9, title=title, frameon=False)
    return figure


def _curve(axis: Axes, curve: Curve, area: str, style: dict[str, Any]) -> None:
    if area == "auc":
        axis.plot(curve.false_positive_rate, curve.true_positive_rate, **style)
        return
    # scikit-learn ends the curve at (0, 1), where nothing was predicted at all: a line up the edge of the picture.
    axis.plot(curve.recall, [*curve.precision[:-1], curve.precision[-2]], drawstyle="steps-post", **style)


def _shares(axis: Axes) -> None:
    """Both axes from 0 to 1."""
    axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    axis.grid(alpha=0.3)


def _calibration(measures: Classification, lettering: Lettering) -> Figure:
    """Draw how often the model was right, by how sure it was; below, the number of examples."""
    t = lettering.words
    figure = _figure(5.4, 6.0)
    above, below = figure.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    left = [one.low for one in measures.bins]
    width = 1 / 10
    above.bar(left, [one.accuracy for one in measures.bins], width, align="edge", color=BLUE, edgecolor="white")
    above.plot([0, 1], [0, 1], color=GREY, linestyle=":", label=t("perfect"))
    above.plot(
        [one.confidence for one in measures.bins], [one.accuracy for one in measures.bins], "o", color=ORANGE, ms=4
    )
    above.set(ylabel=t("share_right"), xlim=(0, 1), ylim=(0, 1.02))
    above.legend(loc="upper left", frameon=False)
    below.bar(left, [one.examples for one in measures.bins], width, align="edge", color=GREY, edgecolor="white")
    below.set(xlabel=t("confidence"), ylabel=t("examples"))
    for axis in (above, below):
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
    return figure


def _scatter(measures: Regression, lettering: Lettering) -> Figure:
    """Predicted against true, a panel a value."""
    t = lettering.words
    columns = min(3, len(measures.targets))
    rows = math.ceil(len(measures.targets) / columns)
    figure = _figure(max(5.0, 3.6 * columns), max(4.6, 3.6 * rows))
    axes = np.atleast_1d(np.asarray(figure.subplots(rows, columns), object)).reshape(-1)
    for axis in axes[len(measures.targets) :]:
        axis.set_axis_off()
    for k, target in enumerate(measures.targets):
        true, predicted, axis = measures.true[:, k], measures.predicted[:, k], axes[k]
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        axis.plot(ends, ends, color=GREY, linestyle=":")
        axis.scatter(true, predicted, s=10, alpha=0.4, color=BLUE, linewidths=0)
        name = lettering.names[k] if len(lettering.names) == len(measures.targets) else target.name
        axis.set(title=name, xlabel=t("true_value"), ylabel=t("predicted_value"))
        axis.grid(alpha=0.3)
    return figure
