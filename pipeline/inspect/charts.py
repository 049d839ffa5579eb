"""Histograms of sizes, shapes, formats: as SVG, with nothing to read in them but figures and names of formats."""

from __future__ import annotations

import collections
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.inspect.findings import Photo
from pipeline.reports.words import byte_size
from pipeline.text.html import data_uri
from pipeline.text.messages import Sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_charts", "in_common"]

# Okabe and Ito's colours (jfly.uni-koeln.de/color), which the colour-blind tell apart.
BLUE, RED, GREY = "#0072B2", "#D55E00", "#7A7A7A"
SIZE = (4.2, 2.4)  # inches
DOTS = 5000  # photos drawn one by one; of more, every so many
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "pipeline",  # the same photos give the same page
}


def draw_charts(photos: Sequence[Photo], image_size: tuple[int, int]) -> dict[str, str]:
    """The sentence that describes a chart to the chart, as a `data:` address.

    A chart of one bar or one dot is left out: `in_common` says the same in a sentence.

    Args:
        photos: those that could be read, at least one.
        image_size: (height, width) that the network gets.
    """
    alike = {one.says.replace("same_", "chart_") for one in in_common(photos)}
    alike |= {"chart_aspect"} if "chart_sizes" in alike else set()
    judged = [photo.judged for photo in photos]
    height, width = image_size
    sizes = np.array([(one.width, one.height) for one in judged])[:: max(1, len(judged) // DOTS)]

    def scatter(axes: Axes) -> None:
        axes.scatter(sizes[:, 0], sizes[:, 1], s=8, alpha=0.35, color=BLUE, linewidths=0)
        axes.plot([width], [height], marker="+", markersize=14, markeredgewidth=2.5, color=RED)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)

    def aspects(axes: Axes) -> None:
        values = np.array([one.aspect for one in judged])
        low, high = min(values.min(), width / height, 0.5), max(values.max(), width / height, 2)
        axes.hist(values, bins=np.geomspace(low / 1.02, high * 1.02, 41).tolist(), color=BLUE)
        axes.set_xscale("log", base=2)
        axes.axvline(width / height, color=RED, linewidth=2)
        ticks = [tick for tick in (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10) if low / 1.02 <= tick <= high * 1.02]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()

    def weights(axes: Axes) -> None:
        axes.hist([one.bytes / 1e3 for one in judged], bins=40, color=BLUE)

    charts = {
        "chart_sizes": scatter,
        "chart_aspect": aspects,
        "chart_bytes": weights,
        "chart_formats": _bars([one.format for one in judged]),
        "chart_modes": _bars([one.mode for one in judged]),
        "chart_orientations": _bars([str(one.orientation) for one in judged]),
    }
    return {name: _drawn(draw) for name, draw in charts.items() if name not in alike}


def in_common(photos: Sequence[Photo]) -> list[Sentence]:
    """Say what all photos have in common, of what the charts show.

    Args:
        photos: those that could be read, at least one.
    """
    judged = [photo.judged for photo in photos]
    values: dict[str, list[dict[str, Any]]] = {
        "same_sizes": [{"width": one.width, "height": one.height} for one in judged],
        "same_aspect": [{"aspect": f"{one.aspect:.4g}"} for one in judged],
        "same_bytes": [{"size": byte_size(one.bytes)} for one in judged],
        "same_formats": [{"format": one.format} for one in judged],
        "same_modes": [{"mode": one.mode} for one in judged],
        "same_orientations": [{"orientation": one.orientation} for one in judged],
    }
    same = [Sentence(key, found[0]) for key, found in values.items() if all(one == found[0] for one in found)]
    if same and same[0].says == "same_sizes":
        return [one for one in same if one.says != "same_aspect"]
    return same


def _bars(values: Sequence[str]) -> Callable[[Axes], None]:
    counts = sorted(collections.Counter(values).items(), key=lambda item: (-item[1], item[0]))

    def bars(axes: Axes) -> None:
        drawn = axes.barh([name for name, _ in counts], [count for _, count in counts], color=BLUE, height=0.6)
        axes.bar_label(drawn, [f"{count:,}" for _, count in counts], padding=3)
        axes.set_ylim(max(len(counts), 3) - 0.5, -0.5)
        axes.margins(x=0.18)

    return bars


def _drawn(draw: Callable[[Axes], None]) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure.subplots())
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return data_uri(file.getvalue(), "svg+xml")
