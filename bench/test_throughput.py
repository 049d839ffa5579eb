"""Images a second of every arm and limit, in races whose rounds are paired. See README.md."""

from __future__ import annotations

from typing import Any

import pytest

from bench.conftest import session_of
from bench.contestants import contestant
from bench.race import as_row
from bench.session import Clock, Session, row_id

CLOCK = Clock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each entry of each race of the suite."""
    if "entry" in metafunc.fixturenames:
        numbered = enumerate(session_of(metafunc.config).races)
        rows = [(at, number, row_id(race, one)) for at, race in numbered for number, one in enumerate(race.entries)]
        metafunc.parametrize(("race", "entry"), [row[:2] for row in rows], ids=[row[2] for row in rows])


@pytest.mark.benchmark(timer=CLOCK)
def test_throughput(benchmark: Any, measured: Session, race: int, entry: int) -> None:
    """The rounds of an entry."""
    one = measured.races[race].entries[entry]
    if why := contestant(one.arm).missing():
        pytest.skip(why)
    result = measured.result(race, entry)
    if result.failure:
        pytest.fail(measured.why(result.failure), pytrace=False)
    benchmark.group = measured.races[race].name
    CLOCK.replay(benchmark, [1000 / rate for rate in result.rates])
    searched = measured.searched(one)
    benchmark.extra_info.update(as_row(measured.races[race].name, one, measured.setting(one), result, searched))
    assert all(images > 0 for images in result.images)
