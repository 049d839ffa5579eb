"""Tests of the charts of a run: their content, their legibility, and that nothing is cut off."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from bench.arms import ARMS
from bench.arms.cells import CENTRE
from bench.measure.intervals import median_of
from bench.measure.rows import Results, read
from bench.report import plots
from bench.report.charts import charts, draw_all
from bench.report.names import PLAIN, plain
from bench.report.plots import FAMILIES, STYLE, colour, family
from tests.support.results_file import RunFile, realistic

HOSTILE = "$x_{1}$ <script>alert(1)</script> & \\frac a very long name indeed"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return read(realistic().write(tmp_path / "run.json"))


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with mpl.rc_context(STYLE):
        yield


def drawn(figure: Figure | None) -> Figure:
    assert figure is not None
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return figure


def figures(results: Results, kind: str) -> list[Figure]:
    return [drawn(chart.draw()) for chart in charts(results) if chart.kind == kind]


def test_each_comparison_and_each_cost_is_a_png_of_its_own(results: Results, tmp_path: Path) -> None:
    charts = draw_all(results, tmp_path)
    assert {one.kind for one in charts} == {"throughput", "memory", "growth", "waiting", "accuracy"}
    assert sorted(path.name for path in tmp_path.glob("*.png")) == sorted(one.file for one in charts)
    comparisons = {(row.comparison, row.cell) for row in results.throughput if not row.comparison.startswith("axis ")}
    assert sum(one.kind == "throughput" for one in charts) == len(comparisons)
    for one in charts:
        assert re.fullmatch(r"[a-z0-9-]+\.png", one.file)
        assert one.title
        assert re.fullmatch(r"[A-Z].*[a-z0-9%)]\.", one.says)
        with Image.open(tmp_path / one.file) as image:
            assert image.format == "PNG"
            assert image.width >= 1000  # sharp at 1400 pixels, where the page shows it 44 rem wide
            assert image.height < 1.7 * image.width
            colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or []}
        wanted = FAMILIES["this package"].lstrip("#")
        assert tuple(bytes.fromhex(wanted)) in colours, one.file


def test_comparisons_of_names_that_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    run = RunFile()
    for comparison in ("a/comparison", "a comparison", "\u00e9 !", "../../comparison"):
        run.comparison(comparison, {"generator": 1, "pipeline": 7}, CENTRE)
    charts = draw_all(read(run.write(tmp_path / "run.json")), tmp_path)
    assert len({one.file for one in charts}) == len(charts) == 8
    assert len(list(tmp_path.glob("*.png"))) == 8


def test_every_arm_has_a_plain_name_of_its_own() -> None:
    assert set(ARMS) <= set(PLAIN)
    assert len(set(PLAIN.values())) == len(PLAIN)
    assert plain("somebody else's") == "somebody else's"


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    run = RunFile()
    run.foreign = [{"name": "test_other", "stats": {}}]
    assert draw_all(read(run.write(tmp_path / "run.json")), tmp_path) == []
    assert list(tmp_path.glob("*.png")) == []


def test_a_family_has_one_colour() -> None:
    arms = {"generator": "Keras", "keras-layers-cached": "Keras", "drop-in": "this package", "dali": "others"}
    assert {arm: family(arm) for arm in arms} == arms
    assert colour("pipeline") == colour("pipeline-memory") == colour("drop-in")
    assert len(set(FAMILIES.values())) == len(FAMILIES)


def test_families_differ_in_lightness_too() -> None:
    def lightness(code: str) -> float:
        red, green, blue = (value / 255 for value in bytes.fromhex(code.lstrip("#")))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light = sorted(lightness(code) for code in FAMILIES.values())
    assert min(lighter - darker for darker, lighter in itertools.pairwise(light)) > 0.1


def test_bars_are_the_medians_from_the_fastest_down_and_limits_below(results: Results) -> None:
    axis = figures(results, "throughput")[0].axes[0]
    assert axis.get_title(loc="left") == "files augmented"
    names = [" ".join(label.get_text().split()) for label in axis.get_yticklabels()]
    assert names[:2] == ["this package (memory cache)", "this package"]
    assert names[-2:] == ["limit: warp", "limit: decode"]
    bars = next(c for c in axis.containers if isinstance(c, BarContainer))
    widths = [bar.get_width() for bar in bars]
    rates = {row.arm: median_of(row.rates).median for row in results.throughput if row.comparison == "files augmented"}
    assert widths[:-2] == sorted(rates.values(), reverse=True)
    assert widths[-1] == median_of(results.limits[1].rates).median
    assert axis.get_xscale() == "log"


def test_a_narrow_range_starts_at_zero(tmp_path: Path) -> None:
    run = RunFile()
    run.comparison("comparison", {"generator": 1, "pipeline": 7}, CENTRE)
    axis = figures(read(run.write(tmp_path / "run.json")), "throughput")[0].axes[0]
    assert axis.get_xscale() == "linear"
    assert axis.get_xlim()[0] == 0


@pytest.mark.parametrize("kind", ["throughput", "memory", "growth", "waiting", "accuracy"])
def test_text_stays_inside_and_is_readable_on_a_phone(tmp_path: Path, kind: str) -> None:
    run = realistic()
    cell = CENTRE.changed(augmented=False, side=224, pages="cold")
    run.comparison("a comparison of a name that goes on", {"generator": 1, HOSTILE: 900}, cell)
    run.fit("fit notebook", HOSTILE, 100.0, 0.99)
    run.rows.append({"kind": "accuracy", "arm": HOSTILE, "epochs": 5, "accuracies": [0.5]})
    for side in (96, 224):
        run.comparison("axis side", {HOSTILE: 3}, CENTRE.changed(side=side, pages="cold"))
    results = read(run.write(tmp_path / "run.json"))
    for figure in figures(results, kind):
        box = figure.get_tightbbox()
        assert box.x0 >= -0.02
        assert box.x1 <= plots.WIDTH + 0.02
        assert box.y0 >= -0.02
        assert box.y1 <= figure.get_figheight() + 0.02
        texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
        assert not any(text.get_parse_math() for text in texts)  # an arm may be called `$x_{1}$`
        sizes = [float(text.get_fontsize()) for text in texts]
        assert min(sizes) / 72 * 380 / plots.WIDTH >= 8  # pixels high on a screen 380 wide
        labels = [text.get_window_extent() for text in figure.axes[0].get_yticklabels() if text.get_text()]
        assert kind == "growth" or not any(one.overlaps(other) for one, other in itertools.combinations(labels, 2))


def test_growth_names_the_exponents(results: Results) -> None:
    figure = figures(results, "growth")[0]
    axis = figure.axes[0]
    (legend,) = figure.legends
    said = [text.get_text() for text in legend.get_texts()]
    assert any(text.startswith("this package: exponent 2.0") for text in said)
    assert axis.get_xscale() == axis.get_yscale() == "log"
    assert axis.get_xlabel() == "side of an image, pixels"
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["96", "150", "224", "299"]


def test_waiting_is_in_percent_and_accuracy_a_dot_a_seed(results: Results) -> None:
    axis = figures(results, "waiting")[0].axes[0]
    bars = next(c for c in axis.containers if isinstance(c, BarContainer))
    assert [round(bar.get_width()) for bar in bars] == [0, 1, 5, 14, 40, 72]
    dots = figures(results, "accuracy")[0].axes[0].lines[0]
    assert np.asarray(dots.get_xdata()).tolist() == [0.71, 0.73, 0.72]
    assert dots.get_linestyle() == "None"
