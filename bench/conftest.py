"""Options of the benchmark run, the photos it runs on, and the table of ratios at its end."""

from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import Any

import pytest

from bench.environment import environment, row

ROOT = Path(__file__).parent.parent
PHOTOS = ROOT.parent / "shared" / "photos" / "train"
# Ratio of median rates, the arm measured, the arm it is measured against, and the least that design asks for.
TARGETS = (
    ("pipeline-augmented", "generator-augmented", 7.0),
    ("pipeline-augmented", "keras-layers-augmented", 4.5),
    ("pipeline-memory-augmented", "generator-augmented", 35.0),
    ("pipeline-memory-plain", "generator-plain", 30.0),
)
MEMORY_TARGET = ("pipeline-augmented", "generator-augmented", 1.15)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the benchmarks."""
    parser.addoption("--data", default=None, help="folder of photos, one folder a class (default: the real photos)")
    parser.addoption("--quick", action="store_true", help="5 short rounds an arm")


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """The saved JSON carries the environment's row."""
    machine_info["environment"] = environment()


@pytest.fixture(scope="session")
def folder(request: pytest.FixtureRequest) -> str:
    """Folder that all arms read: --data, the shared photos, or the drawn sample."""
    named = request.config.getoption("--data")
    if named is not None:
        return str(named)
    if PHOTOS.is_dir():
        return str(PHOTOS)
    from pipeline.sources.sample import draw_sample

    return os.fspath(draw_sample(ROOT / "data" / "sample") / "train")


def _rates(config: pytest.Config) -> tuple[dict[str, float], dict[str, int]]:
    """Median images a second, and peak bytes, by arm."""
    session: Any = getattr(config, "_benchmarksession", None)
    rates: dict[str, float] = {}
    peaks: dict[str, int] = {}
    for bench in session.benchmarks if session is not None else []:
        info = bench.extra_info
        if "images" in info and bench.stats.data:
            rates[info["arm"]] = info["images"] / statistics.median(bench.stats.data)
            peaks[info["arm"]] = info["peak"]
    return rates, peaks


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the run means: images a second, peak memory, and each target met or missed."""
    rates, peaks = _rates(config)
    if not rates:
        return
    terminalreporter.section("environment")
    terminalreporter.write_line(row(environment()))
    terminalreporter.section("images a second (median), peak memory")
    for arm, rate in rates.items():
        terminalreporter.write_line(f"{arm:32}{rate:10,.0f} /s{peaks[arm] / 1e6:10,.0f} MB")
    terminalreporter.section("ratios of this run")
    for arm, against, target in TARGETS:
        if arm in rates and against in rates:
            ratio = rates[arm] / rates[against]
            verdict = "met" if ratio >= target else f"missed by {target - ratio:.2f}"
            terminalreporter.write_line(f"{arm} / {against}: {ratio:.2f} (at least {target}: {verdict})")
    arm, against, most = MEMORY_TARGET
    if arm in peaks and against in peaks:
        ratio = peaks[arm] / peaks[against]
        verdict = "met" if ratio <= most else f"missed by {ratio - most:.2f}"
        terminalreporter.write_line(f"peak memory, {arm} / {against}: {ratio:.2f} (at most {most}: {verdict})")
