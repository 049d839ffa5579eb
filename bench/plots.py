"""Pictures of a run: rates, memory, growth, waiting, accuracy; each readable on a phone and on a wide screen.

Colours are Okabe and Ito's (jfly.uni-koeln.de/color), which the colour-blind tell apart; each family of arms has one,
and where one picture holds several arms of a family, markers and dashes tell them apart.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.growth import Curve, curves
from bench.intervals import Estimate, median_of
from bench.ratios import fastest_limit
from bench.rows import Fit, Results, Throughput

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "colour", "draw_all", "family"]

FAMILIES = {"this package": "#0072B2", "Keras": "#7A7A7A", "others": "#E69F00", "one constant batch": "#000000"}
LIMIT = "#D55E00"
MARKERS = "osD^vP*X"
DASHES = ("-", "--", ":", "-.")
WIDTH = 5.2  # inches; at a phone's 380 pixels the 10-point text is still 10 pixels high
DPI = 220
SPREAD = 25  # beyond this ratio of largest to smallest, the smallest bars of a linear scale say nothing
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,  # an arm may be called $x
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "savefig.dpi": DPI,
}
PICTURES = {
    "throughput.png": "Images a second",
    "memory.png": "Memory",
    "growth.png": "What an axis costs",
    "waiting.png": "Share of a fit that waits for its input",
    "accuracy.png": "Accuracy, seed by seed",
}


def family(arm: str) -> str:
    """Which contestants an arm belongs to."""
    if arm.startswith(("pipeline", "drop-in")):
        return "this package"
    if arm.startswith(("generator", "keras")):
        return "Keras"
    return "one constant batch" if arm == "constant" else "others"


def colour(arm: str) -> str:
    """Its family's colour."""
    return FAMILIES[family(arm)]


def draw_all(results: Results, folder: Path) -> list[str]:
    """Draw every picture that the run has figures for, and say which."""
    import matplotlib as mpl

    drawers: dict[str, Callable[[Results], Figure | None]] = {
        "throughput.png": throughput,
        "memory.png": memory,
        "growth.png": growth,
        "waiting.png": waiting,
        "accuracy.png": accuracy,
    }
    drawn = []
    with mpl.rc_context(STYLE):
        for name, draw in drawers.items():
            figure = draw(results)
            if figure is not None:
                figure.savefig(folder / name)
                drawn.append(name)
    return drawn


def throughput(results: Results) -> Figure | None:
    """A panel a race, its arms by rate, with intervals and what bounds them."""
    races = _races(results)
    if not races:
        return None
    figure, panels = _stacked([len(rows) + 2 for rows in races])
    for axis, rows in zip(panels, races, strict=True):
        _race(results, axis, rows)
    _families(figure, [row.arm for rows in races for row in rows])
    return figure


def _races(results: Results) -> list[list[Throughput]]:
    """Races that are not an axis', point by point, each from its fastest arm down."""
    groups: dict[Any, list[Throughput]] = {}
    for row in results.throughput:
        if not row.race.startswith("axis "):
            groups.setdefault((row.race, row.cell), []).append(row)
    return [sorted(rows, key=lambda row: -median_of(row.rates).median) for rows in groups.values()]


def _race(results: Results, axis: Axes, rows: Sequence[Throughput]) -> None:
    limits = {row.limit: fastest_limit(results, row.limit, row.cell) for row in rows if row.limit}
    known = [limit for limit in limits.values() if limit is not None]
    bounds = {limit.limit: median_of(limit.rates) for limit in known}
    names = [row.arm for row in rows] + [f"limit: {name}" for name in bounds]
    values = [median_of(row.rates) for row in rows] + list(bounds.values())
    bars = _bars(axis, names, values, [f"{value.median:,.0f}" for value in values])
    for bar, limit in zip(bars[len(rows) :], known, strict=True):
        bar.set(facecolor="white", edgecolor=LIMIT, linestyle="--")
        start = (axis.get_xlim()[0], bar.get_y() + bar.get_height() / 2)
        axis.annotate(f"by {limit.by}", start, (5, 0), textcoords="offset points", va="center", fontsize=8)
    for place, row in enumerate(rows):
        if row.limit in bounds:
            axis.vlines(bounds[row.limit].median, place - 0.42, place + 0.42, LIMIT, linewidth=1.8, zorder=2.5)
    axis.set(title=_title(rows[0]), xlabel="images a second" + (", log scale" if axis.get_xscale() == "log" else ""))


def _title(row: Throughput) -> str:
    """The race, and its point where the race's name does not say it already."""
    point = row.cell.name()
    return _wrapped(row.race if row.race.endswith(point) else f"{row.race} ({point})", 36)


def _wrapped(text: str, most: int) -> str:
    return textwrap.fill(text, most, break_on_hyphens=False)


def _bars(axis: Axes, arms: Sequence[str], values: Sequence[Estimate], labels: Sequence[str]) -> BarContainer:
    """Bars from the top down, an interval on each and its figure behind it."""
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
    """From zero, unless the smallest bars would say nothing; with room for the figures behind the bars."""
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
    """A figure behind a bar; on white, since what bounds the bar may stand there."""
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    shown: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "bbox": white}
    axis.annotate(text, (end, place), (6, 0), **shown)


def _plain_numbers(axis: Axis, at: Sequence[float] = ()) -> None:
    """1,000 instead of a power of ten; where few values were measured, at these."""
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
    axis.set_yticks(range(len(arms)), [_short(arm) for arm in arms])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(arms) - 0.4, -0.6)
    axis.grid(axis="x", alpha=0.3)


def _short(arm: str, most: int = 24) -> str:
    return arm if len(arm) <= most else arm[: most - 1] + "…"


def memory(results: Results) -> Figure | None:
    """A panel a race: the high-water mark, and the highest RSS and PSS, of each arm."""
    races = [[row for row in rows if row.memory.high_water] for rows in _races(results)]
    races = [sorted(rows, key=lambda row: row.memory.high_water or 0) for rows in races if rows]
    if not races:
        return None
    figure, panels = _stacked([len(rows) for rows in races])
    for axis, rows in zip(panels, races, strict=True):
        sizes = [(row.memory.high_water or 0) / 1e6 for row in rows]
        values = [Estimate(size, size, size, (size,)) for size in sizes]
        _bars(axis, [row.arm for row in rows], values, [f"{size:,.0f}" for size in sizes])
        for name, mark, face in (("rss", "D", "white"), ("pss", "o", "black")):
            there = [(getattr(row.memory, name), place) for place, row in enumerate(rows)]
            points = [(size / 1e6, place) for size, place in there if size]
            shade: dict[str, Any] = {"markeredgecolor": "black", "markerfacecolor": face, "markersize": 4}
            axis.plot(*zip(*points, strict=True), mark, label=name.upper(), **shade) if points else None
        scale = ", log scale" if axis.get_xscale() == "log" else ""
        axis.set(title=_title(rows[0]), xlabel=f"MB at the high-water mark{scale}")
    _families(figure, [row.arm for rows in races for row in rows], panels[0].get_legend_handles_labels()[0])
    return figure


def growth(results: Results) -> Figure | None:
    """A panel a cost and axis, log-log; the legend names the exponents."""
    panels: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves(results):
        panels.setdefault((curve.axis, curve.cost), []).append(curve)
    if not panels:
        return None
    figure, axes = _stacked([9.0] * len(panels), 0.2 * sum(len(found) for found in panels.values()))
    for axis, ((name, cost), found) in zip(axes, panels.items(), strict=True):
        for k, curve in enumerate(found):
            _curve(axis, curve, k)
        axis.set(xscale="log", yscale="log", title=cost, xlabel=AXIS_LABELS[name])
        _plain_numbers(axis.xaxis, sorted({value for curve in found for value in curve.values}))
        _plain_numbers(axis.yaxis)
        axis.grid(alpha=0.3)
        axis.legend(loc="upper left", bbox_to_anchor=(-0.08, -0.3), borderaxespad=0)
    return figure


AXIS_LABELS = {
    "side": "side of a picture, pixels",
    "batch": "pictures a batch",
    "megapixels": "megapixels of a photo on disk",
    "count": "photos in the data set",
    "cores": "cores",
    "workers": "worker processes",
}


def _curve(axis: Axes, curve: Curve, k: int) -> None:
    medians = [cost.median for cost in curve.costs]
    errors = [[c.median - c.low for c in curve.costs], [c.high - c.median for c in curve.costs]]
    shade: dict[str, Any] = {"color": colour(curve.arm), "marker": MARKERS[k % len(MARKERS)], "markersize": 5}
    label = f"{_short(curve.arm)}{' ' + curve.rest if curve.rest else ''}: {curve.law.shown()}"
    shade |= {"linestyle": DASHES[k % len(DASHES)], "capsize": 2, "label": _wrapped(label, 50)}
    axis.errorbar(curve.values, medians, yerr=errors, **shade)


def waiting(results: Results) -> Figure | None:
    """A panel a race of fits: the share of the time that the model waits."""
    races: dict[str, list[Fit]] = {}
    for row in results.fits:
        if row.waiting is not None:
            races.setdefault(f"{row.race}, {row.device}", []).append(row)
    if not races:
        return None
    figure, panels = _stacked([len(rows) for rows in races.values()])
    for axis, (race, rows) in zip(panels, races.items(), strict=True):
        rows.sort(key=lambda row: row.waiting or 0)
        shares = [100 * (row.waiting or 0) for row in rows]
        values = [Estimate(share, share, share, (share,)) for share in shares]
        _bars(axis, [row.arm for row in rows], values, [f"{share:.0f} %" for share in shares])
        axis.set(
            title=_wrapped(race, 36),
            xlabel="% of the fit that the model waits for its input",
            xscale="linear",
            xlim=(0, 114),
        )
        axis.set_xticks(range(0, 101, 20))
    _families(figure, [row.arm for rows in races.values() for row in rows])
    return figure


def accuracy(results: Results) -> Figure | None:
    """A dot a seed, and a stroke at each arm's median."""
    if not results.accuracies:
        return None
    figure, (axis,) = _stacked([1.3 * len(results.accuracies)])
    for place, row in enumerate(results.accuracies):
        axis.plot(row.accuracies, [place] * len(row.accuracies), "o", color=colour(row.arm), alpha=0.75, markersize=7)
        median = median_of(row.accuracies).median
        axis.plot([median, median], [place - 0.3, place + 0.3], color="#222222", linewidth=2)
    epochs = sorted({row.epochs for row in results.accuracies})
    label = f"validation accuracy after {' or '.join(map(str, epochs))} epochs"
    axis.set(title="a dot a seed, a stroke at the median", xlabel=label)
    _names(axis, [row.arm for row in results.accuracies])
    _families(figure, [row.arm for row in results.accuracies])
    return figure


def _stacked(sizes: Sequence[float], legends: float = 0) -> tuple[Figure, list[Axes]]:
    """Panels one below the other, as high as what they hold; `legends` are inches for those between them."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    height = sum(0.9 + 0.25 * size for size in sizes) + 0.5 + legends
    figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(h_pad=0.1))
    panels = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=sizes)
    return figure, list(panels[:, 0])


def _families(figure: Figure, arms: Sequence[str], more: Sequence[Any] = ()) -> None:
    """One legend of the families that are there."""
    from matplotlib.patches import Patch

    there = [name for name in FAMILIES if name in {family(arm) for arm in arms}]
    handles = [*(Patch(color=FAMILIES[name], label=name) for name in there), *more]
    legend: dict[str, Any] = {"ncols": min(3, len(handles)), "columnspacing": 1.2, "handlelength": 1.4}
    figure.legend(handles=handles, loc="outside lower left", **legend)
