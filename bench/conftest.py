"""Options, the photos, and what is written into the JSON beside pytest-benchmark's own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.arms.listing import check_data
from bench.measure.environment import environment
from bench.measure.photos import describe
from bench.measure.places import default_photos
from bench.measure.session import Session
from pipeline.errors import InputError

SESSION = pytest.StashKey[Session]()
BEGUN = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the benchmarks."""
    group = parser.getgroup("bench", "image pipelines")
    group.addoption("--data", default=None, help="folder of photos, one folder a class (default: the real photos)")
    group.addoption("--validation", default=None, help="photos to measure accuracy on (default: `validation` beside)")
    group.addoption("--quick", action="store_true", help="a few arms in short rounds: 3 minutes")
    group.addoption("--full", action="store_true", help="every arm along every axis: hours")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What is measured runs alone."""
    config.option.dist = "no"
    return 0


def pytest_configure(config: pytest.Config) -> None:
    """Settle what is measured, and on which photos."""
    quick, full = config.getoption("--quick"), config.getoption("--full")
    if quick and full:
        raise pytest.UsageError("--quick and --full exclude each other")
    suite = "quick" if quick else "full" if full else "default"
    named = config.getoption("--data")
    if named is not None:
        try:
            check_data(named)
        except InputError as error:
            raise pytest.UsageError(str(error)) from None
    config.stash[SESSION] = Session(suite, named, config.getoption("--validation"))  # type: ignore[arg-type]  # a literal


def session_of(config: pytest.Config) -> Session:
    """What this run measures."""
    return config.stash[SESSION]


@pytest.fixture(scope="session")
def measured(request: pytest.FixtureRequest) -> Iterator[Session]:
    """What this run measures, its folders made and its comparisons run as tests ask for them."""
    session = session_of(request.config)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        chosen = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
        session.open(session.data or default_photos(), Path(work), chosen)
        yield session


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note what was skipped or failed, and why: a row that is missing is said, not left out."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when in ("setup", "call") and report.outcome in ("skipped", "failed"):
        why = report.longrepr[2].removeprefix("Skipped: ") if report.skipped else report.longreprtext.splitlines()[-1]
        session_of(item.config).not_measured.append({"row": item.name, "why": why})


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """The saved JSON carries the environment's row."""
    machine_info["environment"] = environment()


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict[str, Any]) -> None:
    """And what was measured on which photos, and what was not."""
    session = session_of(config)
    output_json["suite"] = {
        "name": session.suite,
        "seconds": round(time.monotonic() - BEGUN, 1),
        "photos": describe(session.data or default_photos()),
    }
    output_json["not_measured"] = session.not_measured
