"""Tests of the exponents of costs along an axis."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.arms.cells import CENTRE
from bench.measure.rows import read
from bench.report.growth import Curve, PowerLaw, curves, fit_power
from tests.support.results_file import RunFile, realistic


@settings(deadline=None, max_examples=60)
@given(
    st.floats(-3, 3),
    st.floats(1e-6, 1e6),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=8, unique=True),
    st.integers(1, 4),
)
def test_it_recovers_a_power_law(exponent: float, factor: float, values: list[int], rounds: int) -> None:
    law = fit_power(
        [float(value) for value in values], [[factor * float(value) ** exponent] * rounds for value in values]
    )
    assert law.exponent == pytest.approx(exponent, abs=1e-6)
    assert law.factor == pytest.approx(factor, rel=1e-4)
    if rounds > 1:
        assert law.low == pytest.approx(exponent, abs=1e-6)
        assert law.high == pytest.approx(exponent, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.001, 0.3))
def test_the_interval_holds_the_exponent_and_widens_with_noise(seed: int, noise: float) -> None:
    random = np.random.default_rng(seed)
    values = [1.0, 3.0, 10.0, 30.0]
    unit = random.normal(0, 1, (4, 7))
    laws = [
        fit_power(values, [[v * math.exp(share * z) for z in zs] for v, zs in zip(values, unit.tolist(), strict=True)])
        for share in (noise, 3 * noise)
    ]
    for law in laws:
        assert law.low <= law.exponent <= law.high
    assert laws[1].high - laws[1].low == pytest.approx(3 * (laws[0].high - laws[0].low), rel=0.01)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    values = [1.0, 2.0, 4.0, 8.0]
    covered = 0
    for _ in range(100):
        law = fit_power(values, [(value**0.5 * np.exp(random.normal(0, 0.1, 15))).tolist() for value in values])
        covered += law.low <= 0.5 <= law.high
    assert 85 <= covered <= 100


def test_single_rounds_take_the_fit_s_own_interval() -> None:
    from scipy import stats

    values, costs = [1.0, 10.0, 100.0, 1000.0], [1.1, 2.9, 10.5, 29.0]
    law = fit_power(values, [[cost] for cost in costs])
    theirs = stats.linregress(np.log(values), np.log(costs))
    half = stats.t.ppf(0.975, 2) * theirs.stderr
    assert law.exponent == pytest.approx(theirs.slope)
    assert law.factor == pytest.approx(math.exp(theirs.intercept))
    assert (law.low, law.high) == pytest.approx((theirs.slope - half, theirs.slope + half))


def test_two_single_points_say_nothing_about_their_noise() -> None:
    law = fit_power([1.0, 2.0], [[1.0], [4.0]])
    assert law.exponent == pytest.approx(2)
    assert math.isnan(law.low)
    assert law.shown() == "exponent 2.00"
    assert PowerLaw(-1, -1.1, -0.9, 1).shown() == "exponent -1.00 (-1.10 to -0.90)"


@pytest.mark.parametrize(
    ("values", "rounds"),
    [([1.0], [[1.0]]), ([2.0, 2.0], [[1.0], [2.0]]), ([0.0, 1.0], [[1.0], [2.0]]), ([1.0, 2.0], [[1.0], [0.0]])],
)
def test_what_has_no_logarithm_is_refused(values: list[float], rounds: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="two different positive values"):
        fit_power(values, rounds)


def of(run: RunFile, tmp_path: Path) -> dict[tuple[str, str, str], Curve]:
    return {(c.axis, f"{c.arm} {c.rest}".strip(), c.cost): c for c in curves(read(run.write(tmp_path / "run.json")))}


def test_planted_exponents_come_out_with_the_central_point_among_them(tmp_path: Path) -> None:
    found = of(realistic(noise=0.001), tmp_path)
    side = found["side", "pipeline", "seconds an image"]
    assert side.values == (96, 150, 224, 299)
    assert side.law.exponent == pytest.approx(2, abs=0.01)
    assert found["megapixels", "generator", "seconds an image"].values == (0.15, 2, 12)
    assert found["megapixels", "generator", "seconds an image"].law.exponent == pytest.approx(0.9, abs=0.01)


def test_count_costs_first_batches_and_memory(tmp_path: Path) -> None:
    found = of(realistic(), tmp_path)
    first = found["count", "pipeline", "seconds to the first batch"]
    assert first.values == (100, 1000, 10_000, 100_000)  # the whole folder has 1000 photos
    assert first.law.exponent == pytest.approx(0.5)
    assert found["count", "generator", "high-water memory, MB"].law.exponent == pytest.approx(0.25)
    assert ("count", "pipeline", "seconds an image") not in found


def test_all_cores_stand_at_their_number_and_workers_are_the_setting_s(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("files", {"pipeline": 8}, CENTRE)
    run.comparison("axis cores", {"pipeline": 4}, CENTRE.changed(cores=1))
    for workers in (1, 2, 4):
        run.throughput("axis workers", "torchvision", 100.0 * workers, setting={"workers": workers})
    found = of(run, tmp_path)
    cores = found["cores", "pipeline", "seconds an image"]
    assert cores.values == (1, 2)
    assert cores.law.exponent == pytest.approx(-1)
    assert found["workers", "torchvision", "seconds an image"].values == (1, 2, 4)


def test_settings_that_other_comparisons_chose_are_no_axis(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    for workers in (1, 2):
        run.throughput(f"comparison {workers}", "torchvision", 100.0 * workers, setting={"workers": workers})
    assert of(run, tmp_path) == {}


def test_one_point_is_no_curve_and_other_coordinates_are_curves_of_their_own(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    for side in (96, 224):
        run.comparison("axis side", {"pipeline": 8}, CENTRE.changed(side=side, augmented=False))
    run.comparison("axis batch", {"pipeline": 8}, CENTRE.changed(batch=10))
    assert list(of(run, tmp_path)) == [("side", "pipeline plain", "seconds an image")]
    run.comparison("files", {"pipeline": 8}, CENTRE.changed(augmented=False))
    assert of(run, tmp_path)["side", "pipeline plain", "seconds an image"].values == (96, 150, 224)
