"""Tests of the comparisons of each suite."""

from __future__ import annotations

import pytest

from bench.arms import ARMS
from bench.arms.cells import CENTRE, Cell
from bench.arms.generator import adapter_settings
from bench.arms.limits import LIMITS
from bench.measure.plan import MOST, PLAIN, Suite, comparisons, fits
from bench.measure.session import fit_id, row_id

SUITES: list[Suite] = ["quick", "default", "full"]


def _ids(suite: Suite) -> list[str]:
    return [row_id(comparison, entry) for comparison in comparisons(suite) for entry in comparison.entries]


@pytest.mark.parametrize("suite", SUITES)
def test_no_comparison_is_larger_than_memory_allows_and_no_row_runs_twice(suite: Suite) -> None:
    for comparison in comparisons(suite):
        assert len(comparison.entries) <= MOST + (comparison.name == "limits"), comparison.name
    assert len(_ids(suite)) == len(set(_ids(suite)))


def test_the_default_suite_has_every_arm_and_limit_at_the_centre() -> None:
    entries = [entry for comparison in comparisons("default") for entry in comparison.entries]
    central = {entry.arm for entry in entries if entry.cell in (CENTRE, PLAIN)}
    assert central | {name for name in LIMITS if "core" in name} >= set(ARMS) | set(LIMITS)


@pytest.mark.parametrize("axis", ["side", "batch", "megapixels", "count", "pages", "cores", "workers"])
def test_three_arms_run_along_each_axis(axis: str) -> None:
    for suite in SUITES[1:]:
        entries = [
            entry
            for comparison in comparisons(suite)
            if comparison.name == f"axis {axis}"
            for entry in comparison.entries
        ]
        assert len({(entry.arm, *entry.setting.values()) for entry in entries}) >= 3, suite


def test_arms_run_only_where_they_can() -> None:
    for suite in SUITES:
        for comparison in comparisons(suite):
            for entry in comparison.entries:
                if entry.arm in ARMS:
                    assert entry.cell.augmented in ARMS[entry.arm].augments, (comparison.name, entry.arm)


def test_every_arm_s_limit_is_one() -> None:
    names = {arm.limit.split("/")[0] for arm in LIMITS.values()}
    assert {arm.limit for arm in ARMS.values()} <= names | {""}


def test_fits_run_on_both_devices_with_the_constant_batch() -> None:
    found = fits("default")
    assert {one.device for comparison in found for one in comparison} == {"CPU", "GPU"}
    assert all(comparison[0].arm == "constant" for comparison in found)
    names = [fit_id(one) for comparison in found for one in comparison]
    assert len(names) == len(set(names))
    assert fits("quick") == []


@pytest.mark.parametrize("cores", [1, 2, 3, 8, 64])
def test_the_adapter_is_tried_from_one_worker_to_twice_the_cores(cores: int) -> None:
    for processes in (False, True):
        workers = [one["workers"] for one in adapter_settings(cores) if one["processes"] == processes]
        assert (workers[0], workers[-1]) == (1, 2 * cores)
        assert workers == sorted(set(workers))
    assert adapter_settings(cores)[0] == {"workers": 1, "processes": False}


@pytest.mark.parametrize("name", sorted({name for name, arm in ARMS.items() if len(arm.settings(2)) > 1}))
def test_settings_are_few_and_different(name: str) -> None:
    found = ARMS[name].settings(2)
    assert 2 <= len(found) <= 8
    assert all(found.count(one) == 1 for one in found)


def test_a_cell_s_name_says_what_differs() -> None:
    assert Cell().name() == "augmented"
    assert Cell(augmented=False, side=224, megapixels=12.0, pages="cold").name() == "plain-side224-megapixels12-cold"


def test_what_is_not_installed_is_said() -> None:
    import dataclasses

    arm = dataclasses.replace(ARMS["dali"], needs=("no_such_package.part", "numpy"))
    assert "not installed: no_such_package.part (pip install" in arm.missing()
    assert ARMS["pipeline"].missing() == ""
    assert ARMS["ffcv"].missing() != ""
