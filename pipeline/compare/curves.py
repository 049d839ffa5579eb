"""Draw loss and accuracy of several runs over the epochs, and write every epoch as CSV."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.compare.groups import SEED, Group
from pipeline.compare.runs import Run
from pipeline.runtime.progress import say
from pipeline.text.fonts import drawable, find_fonts, package_for, shortened
from pipeline.text.palette import line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curves_csv", "draw_curves"]

LABEL = 60  # characters in the legend
Points = list[tuple[float, float, float]]  # epoch, mean, standard deviation


def curves_csv(runs: Sequence[Run]) -> str:
    """Return CSV with a row for each epoch of each run, in the order of the runs."""
    names = list(dict.fromkeys(name for run in runs for row in run.rows for name in row if name != "epoch"))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["run", SEED, "epoch", *names])
    for run in runs:
        for row in run.rows:
            writer.writerow([run.name, run.seed, int(row["epoch"]), *(row.get(name, "") for name in names)])
    return file.getvalue()


def draw_curves(groups: Sequence[Group]) -> bytes | None:
    """Draw loss and accuracy over the epochs, with one colour for each group.

    Validation is thick, training thin. A band shows one standard deviation over the seeds of a group.

    Args:
        groups: groups of runs. A run that is not counted in its group, since it has not finished, has its own line.

    Returns:
        A PNG, or `None` if no run has an epoch.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    lines = [line for group in groups for line in _lines(group)]
    if not lines:
        return None
    labels = _labels([label for label, _ in lines])
    families = list(find_fonts(labels).families)
    columns = 2 if max(map(len, labels)) <= 40 and len(labels) > 1 else 1
    style: dict[Any, Any] = {"font.size": 10, "text.parse_math": False, "font.family": families}
    style |= {"axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        figure = Figure(figsize=(10, 4.4 + 0.23 * math.ceil(len(labels) / columns)), layout="constrained")
        axes = figure.subplots(1, 2)
        for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
            for place, (label, runs) in enumerate(zip(labels, (runs for _, runs in lines), strict=True)):
                style = line_style(place, place / len(lines))
                _line(axis, runs, name, style, label if name == "loss" else None)
            axis.set(title=f"{name} (thick: validation, thin: training)", xlabel="epoch", ylabel=name)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axis.grid(alpha=0.3)
        figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _lines(group: Group) -> list[tuple[str, list[Run]]]:
    """Return (name, runs) for each line of a group: the counted runs share a line, each other run has its own."""
    counted = [run for run in group.counted if run.rows]
    others = [run for run in group.runs if run.rows and run not in group.counted]
    name = f"{group.name} (n = {len(counted)})" if len(counted) > 1 else counted[0].name if counted else ""
    together = [(name, counted)] if counted else []
    return together + [(run.name if run.finished else f"{run.name} (not finished)", [run]) for run in others]


def _labels(names: Sequence[str]) -> list[str]:
    """Return names that can be drawn. A name with letters that no font has gets the run's number in front."""
    texts = [shortened(drawable(name), LABEL) for name in names]
    missing = find_fonts(texts).missing
    if missing:
        say(
            "note: no font on this machine has some letters of the runs' names; the plot shows “?” instead. To see "
            "the names, install such a font (on Debian, Ubuntu and hosted notebooks: apt-get install "
            f"{package_for(missing)}) and run again"
        )
    return [
        f"run {place + 1}: {''.join('?' if c in missing else c for c in text)}" if missing & set(text) else text
        for place, text in enumerate(texts)
    ]


def _line(axis: Axes, runs: Sequence[Run], name: str, style: dict[str, Any], label: str | None) -> None:
    """Draw validation thick and training thin, or training thick if there is no validation."""
    validation = _points(runs, f"val_{name}")
    training = _points(runs, name)
    thick, thin = (validation, training) if validation else (training, [])
    if not thick:
        return
    epochs, means, deviations = zip(*thick, strict=True)
    axis.plot(epochs, means, **style, linewidth=2, label=label)
    if len(runs) > 1:
        low = [mean - deviation for mean, deviation in zip(means, deviations, strict=True)]
        high = [mean + deviation for mean, deviation in zip(means, deviations, strict=True)]
        axis.fill_between(epochs, low, high, color=style["color"], alpha=0.18, linewidth=0)
    if thin:
        # The markers stay, but small, so that runs with similar colours can be told apart.
        marks = {**style, "markersize": 2.5, "linewidth": 0.8, "alpha": 0.8}
        axis.plot([one[0] for one in thin], [one[1] for one in thin], **marks)


def _points(runs: Sequence[Run], name: str) -> Points:
    """Return epoch, mean and standard deviation for each epoch that all runs have. NaN is left out."""
    values: dict[float, list[float]] = {}
    for run in runs:
        for row in run.rows:
            if name in row and math.isfinite(row[name]):
                values.setdefault(row["epoch"], []).append(row[name])
    return [
        (epoch, statistics.fmean(found), statistics.stdev(found) if len(found) > 1 else 0.0)
        for epoch, found in sorted(values.items())
        if len(found) == len(runs)
    ]
