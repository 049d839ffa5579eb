"""The options of the benchmarks, the photos, and the additions to pytest-benchmark's JSON."""

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
    """Add the options of the benchmarks."""
    group = parser.getgroup("bench", "image pipelines")
    group.addoption("--data", default=None, help="folder of photos, one folder a class (default: the real photos)")
    group.addoption("--validation", default=None, help="photos to measure accuracy on (default: `validation` beside)")
    group.addoption("--quick", action="store_true", help="a few arms in short rounds: 3 minutes")
    group.addoption("--full", action="store_true", help="every arm along every axis: hours")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Turn off pytest-xdist, since a measurement must run alone."""
    config.option.dist = "no"
    return 0


def pytest_configure(config: pytest.Config) -> None:
    """Decide what is measured and on which photos."""
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
    """Return the session of this run."""
    return config.stash[SESSION]


@pytest.fixture(scope="session")
def measured(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The session, with its folders made. It runs a comparison when a test first asks for a result of it."""
    session = session_of(request.config)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        chosen = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
        session.open(session.data or default_photos(), Path(work), chosen)
        yield session


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Record what was skipped or failed, and why, so that the report names the missing rows."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when in ("setup", "call") and report.outcome in ("skipped", "failed"):
        why = report.longrepr[2].removeprefix("Skipped: ") if report.skipped else report.longreprtext.splitlines()[-1]
        session_of(item.config).not_measured.append({"row": item.name, "why": why})


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add the facts about this machine to the saved JSON."""
    machine_info["environment"] = environment()


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict[str, Any]) -> None:
    """Add to the saved JSON which suite ran on which photos, and what was not measured."""
    session = session_of(config)
    output_json["suite"] = {
        "name": session.suite,
        "seconds": round(time.monotonic() - BEGUN, 1),
        "photos": describe(session.data or default_photos()),
    }
    output_json["not_measured"] = session.not_measured
