"""Measure images a second of every arm and limit, in comparisons whose rounds are paired. See README.md."""

from __future__ import annotations

from typing import Any

import pytest

from bench.arms import find_arm
from bench.conftest import session_of
from bench.measure.comparison import as_row
from bench.measure.session import Clock, Session, row_id

CLOCK = Clock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each entry of each comparison of the suite."""
    if "entry" in metafunc.fixturenames:
        numbered = enumerate(session_of(metafunc.config).comparisons)
        rows = [
            (at, number, row_id(comparison, one))
            for at, comparison in numbered
            for number, one in enumerate(comparison.entries)
        ]
        metafunc.parametrize(("comparison", "entry"), [row[:2] for row in rows], ids=[row[2] for row in rows])


@pytest.mark.benchmark(timer=CLOCK)
def test_throughput(benchmark: Any, measured: Session, comparison: int, entry: int) -> None:
    """Measure the rounds of an entry."""
    one = measured.comparisons[comparison].entries[entry]
    if why := find_arm(one.arm).missing():
        pytest.skip(why)
    result = measured.result(comparison, entry)
    if result.failure:
        pytest.fail(measured.why(result.failure), pytrace=False)
    benchmark.group = measured.comparisons[comparison].name
    CLOCK.replay(benchmark, [1000 / rate for rate in result.rates])
    searched = measured.searched(one)
    benchmark.extra_info.update(
        as_row(measured.comparisons[comparison].name, one, measured.setting(one), result, searched)
    )
    assert all(images > 0 for images in result.images)
