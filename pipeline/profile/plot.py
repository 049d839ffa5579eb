"""Draw `profile.png`: each stage's share of the time, its speed alone beside its limit, and the effect of changes.

The colours are those of Okabe and Ito (jfly.uni-koeln.de/color), which colour-blind readers can tell apart.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.files.atomic import write_bytes
from pipeline.profile.verdict import MODEL, OVERHEAD, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_profile"]

INPUT, STEP, REST, LIMIT, GAIN = "#0072B2", "#E69F00", "#7A7A7A", "#D55E00", "#009E73"
COLOURS = {MODEL: STEP, OVERHEAD: REST}
WIDTH = 5.2  # inches; at a phone's 380 pixels the 10-point text is still 10 pixels high
DPI = 220
ROW, FRAME = 0.34, 0.85  # inches for each bar; inches for the title and axis of each panel
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "savefig.dpi": DPI,
}


def draw_profile(record: Mapping[str, Any], path: Path) -> None:
    """Draw a profile and save it as a PNG.

    Args:
        record: the result of `pipeline.profile.report.record`.
        path: where the PNG is written.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rates = record["images_per_second"]
    alone = [row for row in record["stages"] if row["alone"]]
    now = rates.get("together", rates["input"])["median"]
    changes = [("as it is", now), *((_wrapped(one), one["images_per_second"]) for one in record["changes"])]
    heights = [len(record["stages"]), len(alone) * 1.25, len(changes) * 1.25]
    with mpl.rc_context(STYLE):
        height = ROW * sum(heights) + 3 * FRAME + 0.75
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        figure.suptitle(textwrap.fill(record["verdict"], 66), x=0.01, ha="left", fontsize=10)
        shares, singles, gains = figure.subplots(3, 1, height_ratios=[one + FRAME / ROW for one in heights])
        _shares(shares, record["stages"])
        _alone(singles, alone)
        _changes(gains, changes)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
    write_bytes(path, drawn.getvalue())


def _wrapped(change: Mapping[str, Any]) -> str:
    bound = " (at most)" if change["at_most"] else ""
    lacks = "" if change["possible"] else " (no room)"
    return str(change["option"]).removeprefix("--").replace(" ", "\n") + bound + lacks


def _shares(axis: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw one bar for each stage; a bar starts where the one before it ends."""
    start = 0.0
    for place, row in enumerate(rows):
        axis.barh(place, row["share"], 0.68, left=start, color=COLOURS.get(row["name"], INPUT))
        end = start + row["share"]
        # The label stands right of the bar. Without room there it stands left of it, or inside a long bar.
        behind, before = end <= 0.82, start > 0.18
        axis.annotate(
            percent(row["share"]),
            (end if behind or not before else start, place),
            (4 if behind else -4, 0),
            textcoords="offset points",
            ha="left" if behind else "right",
            va="center",
        )
        start = end
    axis.set(title="Share of the work of a training step", xlim=(0, 1))
    axis.xaxis.set_major_formatter(lambda value, _: percent(value))
    _names(axis, [row["name"] for row in rows])


def _alone(axis: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the speed of each stage that runs alone on all cores, on a logarithmic scale, with a stroke at its limit."""
    values = [row["alone"] for row in rows]
    limits = [row["limit"] for row in rows]
    every = [*values, *(limit for limit in limits if limit)]
    axis.set_xscale("log")
    axis.set_xlim(min(every) / 2, max(every) * 12)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.xaxis.set_minor_formatter(lambda value, _: "")
    axis.tick_params(axis="x", labelsize=8)
    axis.barh(range(len(rows)), values, 0.68, color=[COLOURS.get(row["name"], INPUT) for row in rows])
    for place, row in enumerate(rows):
        furthest = max(row["alone"], row["limit"] or 0)
        if row["limit"]:
            axis.vlines(row["limit"], place - 0.42, place + 0.42, LIMIT, linewidth=1.8)
        label = f"{row['alone']:,.0f}"
        axis.annotate(label, (furthest, place), (4, 0), textcoords="offset points", va="center")
    axis.set(title="Each stage alone, images/s (log scale)")
    stroke = "stroke: its limit on this machine"
    if any(row["beyond_limit"] for row in rows):
        stroke += "\n(a bar beyond it: from the processor's cache, or by chance)"
    axis.set_xlabel(stroke, color=LIMIT)
    _names(axis, [row["name"] for row in rows])


def _changes(axis: Axes, rows: Sequence[tuple[str, float]]) -> None:
    """Draw the speed of training now and with each change.

    Args:
        axis: the panel.
        rows: (name, images a second), the present configuration first.
    """
    values = [value for _, value in rows]
    axis.barh(range(len(rows)), values, 0.68, color=[REST, *[GAIN] * (len(rows) - 1)])
    for place, value in enumerate(values):
        axis.annotate(f"{value:,.0f}", (value, place), (4, 0), textcoords="offset points", va="center")
    axis.set(title="Training, images/s: measured, and predicted", xlim=(0, max(values) * 1.2))
    _names(axis, [name for name, _ in rows])


def _names(axis: Axes, names: Sequence[str]) -> None:
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
