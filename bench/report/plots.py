"""Draw the charts of a run: rates, memory, growth, waiting and accuracy. They can be read on a phone and a wide screen.

The colours are those of Okabe and Ito (jfly.uni-koeln.de/color), which colour-blind readers can tell apart. Each family
of arms has a colour. In a chart with several arms of a family, markers and dashes tell them apart.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.measure.intervals import Estimate, median_of
from bench.measure.rows import Accuracy, Fit, Results, Throughput
from bench.report.growth import Curve
from bench.report.names import plain
from bench.report.ratios import fastest_limit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

__all__ = ["accuracy", "colour", "family", "growth", "memory", "throughput", "titled", "waiting"]

FAMILIES = {"this package": "#0072B2", "Keras": "#7A7A7A", "others": "#E69F00", "one constant batch": "#000000"}
LIMIT = "#D55E00"
MARKERS = "osD^vP*X"
DASHES = ("-", "--", ":", "-.")
WIDTH = 5.2  # inches; at a phone's 380 pixels the 10-point text is still 10 pixels high
DPI = 220
ROW = 0.36  # inches for each arm, whose name may take two lines
SPREAD = 25  # if the largest value exceeds the smallest by this factor, the scale is logarithmic
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,  # the name of an arm may contain a dollar sign
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "savefig.dpi": DPI,
}


def family(arm: str) -> str:
    """Return the family of an arm, which decides on its colour."""
    if arm.startswith(("pipeline", "drop-in")):
        return "this package"
    if arm.startswith(("generator", "keras")):
        return "Keras"
    return "one constant batch" if arm == "constant" else "others"


def colour(arm: str) -> str:
    """Return the colour of an arm's family."""
    return FAMILIES[family(arm)]


def throughput(results: Results, rows: Sequence[Throughput]) -> Figure:
    """Draw the rates of the arms of a comparison, with intervals and the limits that bound them."""
    bounds = {row.limit for row in rows if row.limit}
    figure, axis = _sized(len(rows) + len(bounds))
    _comparison(results, axis, rows)
    _families(figure, [row.arm for row in rows])
    return figure


def _comparison(results: Results, axis: Axes, rows: Sequence[Throughput]) -> None:
    limits = {row.limit: fastest_limit(results, row.limit, row.cell) for row in rows if row.limit}
    known = [limit for limit in limits.values() if limit is not None]
    bounds = {limit.limit: median_of(limit.rates) for limit in known}
    names = [row.arm for row in rows] + [f"limit: {name}" for name in bounds]
    values = [median_of(row.rates) for row in rows] + list(bounds.values())
    bars = _bars(axis, names, values, [f"{value.median:,.0f}" for value in values])
    for bar, limit in zip(bars[len(rows) :], known, strict=True):
        bar.set(facecolor="white", edgecolor=LIMIT, linestyle="--")
        start = (axis.get_xlim()[0], bar.get_y() + bar.get_height() / 2)
        axis.annotate(f"by {plain(limit.by)}", start, (5, 0), textcoords="offset points", va="center", fontsize=8)
    for place, row in enumerate(rows):
        if row.limit in bounds:
            axis.vlines(bounds[row.limit].median, place - 0.42, place + 0.42, LIMIT, linewidth=1.8, zorder=2.5)
    axis.set(xlabel="images a second" + (", log scale" if axis.get_xscale() == "log" else ""))
    _head(axis, titled(rows[0]))


def titled(row: Throughput) -> str:
    """Return the name of a row's comparison, with the point unless the name already ends with it."""
    point = row.cell.name()
    return row.comparison if row.comparison.endswith(point) else f"{row.comparison} ({point})"


def _head(axis: Axes, title: str) -> None:
    axis.set_title(_wrapped(title, 36))


def _wrapped(text: str, most: int) -> str:
    return textwrap.fill(text, most, break_on_hyphens=False)


def _bars(axis: Axes, arms: Sequence[str], values: Sequence[Estimate], labels: Sequence[str]) -> BarContainer:
    """Draw bars from the top down, each with its interval and its label."""
    medians = [value.median for value in values]
    places = range(len(arms))
    bars = axis.barh(places, medians, 0.68, color=[colour(arm) for arm in arms])
    for place, value in zip(places, values, strict=True):
        if value.high > value.low:
            error = [[value.median - value.low], [value.high - value.median]]
            axis.errorbar(value.median, place, xerr=error, fmt="none", ecolor="#222222", elinewidth=1.2, capsize=2.5)
    _scale(axis, values)
    for place, value, label in zip(places, values, labels, strict=True):
        _note(axis, label, value.high, place)
    _names(axis, arms)
    return bars


def _scale(axis: Axes, values: Sequence[Estimate]) -> None:
    """Scale the axis from zero, or logarithmically if the smallest bars would be too short, with room for labels."""
    least, largest = min(value.low for value in values), max(value.high for value in values)
    if 0 < SPREAD * least < largest:
        axis.set_xscale("log")
        axis.set_xlim(least / 2, largest * (largest / least) ** 0.25)
        _plain_numbers(axis.xaxis)
    else:
        axis.set_xlim(0, largest * 1.22 or 1)
        axis.locator_params("x", nbins=6)
        axis.xaxis.set_major_formatter("{x:,.6g}")


def _note(axis: Axes, text: str, end: float, place: float) -> None:
    """Write a label right of a bar, on white, since the mark of a limit may be there."""
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    shown: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "bbox": white}
    axis.annotate(text, (end, place), (6, 0), **shown)


def _plain_numbers(axis: Axis, at: Sequence[float] = ()) -> None:
    """Label an axis with plain numbers such as 1,000; with fewer than 8 values in `at`, at exactly these."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

    low, high = sorted(axis.get_view_interval())
    steps = (1.0,) if high / low > 100 else (1.0, 2.0, 5.0)
    if 0 < len(at) < 8:
        axis.set_major_locator(FixedLocator(list(at)))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 10 else f"{value:g}"))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def _names(axis: Axes, arms: Sequence[str]) -> None:
    axis.set_yticks(range(len(arms)), [_wrapped(_short(plain(arm), 44), 22) for arm in arms], linespacing=0.95)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(arms) - 0.4, -0.6)
    axis.grid(axis="x", alpha=0.3)


def _short(arm: str, most: int = 24) -> str:
    return arm if len(arm) <= most else arm[: most - 1] + "…"


def memory(rows: Sequence[Throughput]) -> Figure:
    """Draw the high-water mark, the largest RSS and the largest PSS of each arm of a comparison."""
    figure, axis = _sized(len(rows))
    sizes = [(row.memory.high_water or 0) / 1e6 for row in rows]
    values = [Estimate(size, size, size, (size,)) for size in sizes]
    _bars(axis, [row.arm for row in rows], values, [f"{size:,.0f}" for size in sizes])
    for name, mark, face in (("rss", "D", "white"), ("pss", "o", "black")):
        there = [(getattr(row.memory, name), place) for place, row in enumerate(rows)]
        points = [(size / 1e6, place) for size, place in there if size]
        shade: dict[str, Any] = {"markeredgecolor": "black", "markerfacecolor": face, "markersize": 4}
        axis.plot(*zip(*points, strict=True), mark, label=name.upper(), **shade) if points else None
    scale = ", log scale" if axis.get_xscale() == "log" else ""
    axis.set(xlabel=f"MB at the high-water mark{scale}")
    _head(axis, titled(rows[0]))
    _families(figure, [row.arm for row in rows], axis.get_legend_handles_labels()[0])
    return figure


def growth(found: Sequence[Curve]) -> Figure:
    """Draw one cost along one axis, both logarithmic. The legend names the exponents."""
    figure, axis = _sized(8.0, 0.3 * len(found))
    for k, curve in enumerate(found):
        _curve(axis, curve, k)
    axis.set(xscale="log", yscale="log", xlabel=AXIS_LABELS[found[0].axis])
    _head(axis, found[0].cost)
    _plain_numbers(axis.xaxis, sorted({value for curve in found for value in curve.values}))
    _plain_numbers(axis.yaxis)
    axis.grid(alpha=0.3)
    figure.legend(loc="outside lower left")
    return figure


AXIS_LABELS = {
    "side": "side of an image, pixels",
    "batch": "images a batch",
    "megapixels": "megapixels of a photo on disk",
    "count": "photos in the data set",
    "cores": "cores",
    "workers": "worker processes",
}


def _curve(axis: Axes, curve: Curve, k: int) -> None:
    medians = [cost.median for cost in curve.costs]
    errors = [[c.median - c.low for c in curve.costs], [c.high - c.median for c in curve.costs]]
    shade: dict[str, Any] = {"color": colour(curve.arm), "marker": MARKERS[k % len(MARKERS)], "markersize": 5}
    label = f"{_short(plain(curve.arm), 44)}{' ' + curve.rest if curve.rest else ''}: {curve.law.shown()}"
    shade |= {"linestyle": DASHES[k % len(DASHES)], "capsize": 2, "label": _wrapped(label, 50)}
    axis.errorbar(curve.values, medians, yerr=errors, **shade)


def waiting(rows: Sequence[Fit]) -> Figure:
    """Draw the share of time for which the model waits, for each arm in a comparison of fits."""
    figure, axis = _sized(len(rows))
    shares = [100 * (row.waiting or 0) for row in rows]
    values = [Estimate(share, share, share, (share,)) for share in shares]
    _bars(axis, [row.arm for row in rows], values, [f"{share:.0f} %" for share in shares])
    axis.set(xlabel="% of the fit that the model waits for its input", xscale="linear", xlim=(0, 114))
    _head(axis, f"{rows[0].comparison}, {rows[0].device}")
    axis.set_xticks(range(0, 101, 20))
    _families(figure, [row.arm for row in rows])
    return figure


def accuracy(rows: Sequence[Accuracy]) -> Figure:
    """Draw a dot for each seed and a stroke at each arm's median."""
    figure, axis = _sized(1.2 * len(rows))
    for place, row in enumerate(rows):
        axis.plot(row.accuracies, [place] * len(row.accuracies), "o", color=colour(row.arm), alpha=0.75, markersize=7)
        median = median_of(row.accuracies).median
        axis.plot([median, median], [place - 0.3, place + 0.3], color="#222222", linewidth=2)
    epochs = sorted({row.epochs for row in rows})
    axis.set(xlabel=f"validation accuracy after {' or '.join(map(str, epochs))} epochs")
    _head(axis, "a dot a seed, a stroke at the median")
    _names(axis, [row.arm for row in rows])
    _families(figure, [row.arm for row in rows])
    return figure


def _sized(rows: float, legend: float = 0) -> tuple[Figure, Axes]:
    """Return a figure with one panel.

    Args:
        rows: the number of rows, which decides on its height.
        legend: inches of additional height for the legend below the panel.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(WIDTH, 1.5 + ROW * rows + legend), layout=ConstrainedLayoutEngine(h_pad=0.1))
    return figure, figure.subplots()


def _families(figure: Figure, arms: Sequence[str], more: Sequence[Any] = ()) -> None:
    """Draw one legend of the families of these arms."""
    from matplotlib.patches import Patch

    there = [name for name in FAMILIES if name in {family(arm) for arm in arms}]
    handles = [*(Patch(color=FAMILIES[name], label=name) for name in there), *more]
    legend: dict[str, Any] = {"ncols": min(3, len(handles)), "columnspacing": 1.2, "handlelength": 1.4}
    figure.legend(handles=handles, loc="outside lower left", **legend)
