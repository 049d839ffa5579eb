"""Tests of medians and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.measure.intervals import Estimate, median_of, ratio_of

RATES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30)


@settings(deadline=None, max_examples=40)
@given(RATES)
def test_the_interval_holds_the_median_and_lies_within_the_rounds(values: list[float]) -> None:
    found = median_of(values)
    assert found.median == np.median(values)
    assert min(values) <= found.low <= found.median <= found.high <= max(values)
    assert found.rounds == tuple(values)
    assert median_of(values) == found


def test_it_is_scipy_s_percentile_bootstrap() -> None:
    values = np.random.default_rng(1).normal(100, 5, 15)
    found = median_of(values.tolist())
    theirs = stats.bootstrap((values,), np.median, method="percentile", n_resamples=10_000, rng=2).confidence_interval
    spread = np.ptp(values)
    assert abs(found.low - theirs.low) < 0.05 * spread
    assert abs(found.high - theirs.high) < 0.05 * spread


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    covered = [
        found.low <= 10 <= found.high for found in (median_of(random.normal(10, 1, 15).tolist()) for _ in range(200))
    ]
    assert 0.85 < np.mean(covered) <= 1


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.1, 10)), min_size=1, max_size=10))
def test_what_slows_both_sides_of_a_round_cancels(rounds: list[tuple[float, float]]) -> None:
    found = ratio_of([3 * rate * drift for rate, drift in rounds], [rate * drift for rate, drift in rounds])
    assert found.median == pytest.approx(3)
    assert found.low == pytest.approx(3)
    assert found.high == pytest.approx(3)


def test_no_round_and_rounds_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one round"):
        median_of([])
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratio_of([1.0, 2.0], [1.0])


def test_it_reads_well() -> None:
    assert (
        Estimate(1234.5, 1200, 1300.25, (1100, 1234.5, 1400)).shown(0) == "1,234 (1,200–1,300), 3 rounds of 1,100–1,400"
    )
    assert Estimate(3.14159, 3.0, 3.2, (3.14159,)).shown() == "3.14 (3.00–3.20), 1 rounds of 3.14–3.14"
