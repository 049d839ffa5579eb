"""Tests of targets that are met, missed, or not measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.arms.cells import CENTRE
from bench.measure.rows import read
from bench.report.targets import TARGETS, Outcome, outcomes
from tests.support.places import ROOT
from tests.support.results_file import GENERATOR, RunFile, realistic


def found(run: RunFile, tmp_path: Path) -> dict[str, Outcome]:
    return {outcome.target.what: outcome for outcome in outcomes(read(run.write(tmp_path / "run.json")))}


NEXT = "uncached + augmentation ÷ ImageDataGenerator, next()"
LAYERS = "uncached + augmentation ÷ image_dataset_from_directory + five Keras layers"
DALI = "uncached + augmentation ÷ DALI on CPU at its best"
PEAK = "peak memory, uncached ÷ ImageDataGenerator"
SMALL_IS_GOOD = {
    "first batch, uncached + augmentation",
    PEAK,
    "memory cache's growth ÷ its images' bytes",
    "--help",
    "scan of 1,000,000 files",
    "scan of 1,000,000 files, extra memory",
}
PLANTED = {
    NEXT: 7.3,
    "uncached + augmentation ÷ ImageDataGenerator through model.fit's adapter, its best workers": 7.3 / 1.4,
    LAYERS: 7.3 / 1.66,
    "uncached + augmentation ÷ torchvision's DataLoader at its best": 7.3 / 2.6,
    DALI: None,
    "uncached + augmentation ÷ Grain + OpenCV at its best": 7.3 / 3.0,
    "uncached + augmentation ÷ the fastest decode alone, all cores": 7.3 * GENERATOR / 4255,
    "memory cache + augmentation ÷ ImageDataGenerator, same augmentation": 35,
    "memory cache, no augmentation ÷ ImageDataGenerator(rescale=1/255)": 41,
    "disk cache, no augmentation ÷ uncached": 45.6 / 2.4,
    "model.fit, notebook's network, memory cache ÷ on one constant batch": 490 / 500,
    "model.fit(data.train), an iterator anew each epoch ÷ one stream for all epochs": 441 / 490,
    "model.fit, notebook's network, uncached ÷ with ImageDataGenerator": 424 / 125,
    "warp alone ÷ cv2.warpAffine, a core": 1.5,
    "drop-in, next(), exact decode ÷ ImageDataGenerator": 5.5,
    "first batch, uncached + augmentation": 0.8,
    PEAK: 1.08,
    "memory cache's growth ÷ its images' bytes": 1.03,
    "--help": 0.4,
    "scan of 1,000,000 files": 7,
    "scan of 1,000,000 files, extra memory": 420,
}


def test_each_target_is_computed_from_the_rows_that_it_names(tmp_path: Path) -> None:
    outcome = found(realistic(noise=0), tmp_path)
    assert list(outcome) == list(PLANTED)
    for what, value in PLANTED.items():
        measured = outcome[what].value
        if value is None:
            assert measured is None
        else:
            assert measured is not None
            assert measured.median == pytest.approx(value, rel=0.03), what
            assert measured.low <= measured.median <= measured.high


def test_verdicts_say_by_how_much(tmp_path: Path) -> None:
    run = realistic(noise=0)
    outcome = found(run, tmp_path)
    assert outcome[NEXT].verdict == "met"
    assert outcome[NEXT].met
    assert outcome[LAYERS].verdict == "missed by 0.10"  # 4.40 of 4.5
    assert not outcome[LAYERS].met
    assert outcome[PEAK].verdict == "met"
    run.figure("help", "s", 0.4)
    slow = realistic(noise=0)
    for row in slow.rows:
        if row.get("figure") == "help":
            row["values"] = [1.25]
        if row.get("arm") == "pipeline" and "memory" in row:
            row["memory"]["high_water"] = 1.35e9
    outcome = found(slow, tmp_path)
    assert outcome["--help"].verdict == "missed by 0.75 s"
    assert outcome[PEAK].verdict == "missed by 0.20"


def test_a_miss_too_small_for_two_places_is_not_a_miss_by_nothing(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("comparison", {"generator": 1, "pipeline": 6.996}, CENTRE)
    assert found(run, tmp_path)[NEXT].verdict == "missed by 0.004"


def test_nothing_measured_says_so_of_every_target(tmp_path: Path) -> None:
    run = RunFile()
    run.foreign = [{"name": "test_other", "stats": {}}]
    run.not_measured = []
    outcome = found(run, tmp_path)
    assert len(outcome) == len(TARGETS)
    for one in outcome.values():
        assert one.value is None
        assert not one.met
        assert one.verdict.startswith("not measured: no ")


def test_the_run_s_own_reason_is_given(tmp_path: Path) -> None:
    assert found(realistic(), tmp_path)[DALI].verdict == "not measured: not installed: nvidia.dali"
    run = realistic()
    run.not_measured = [{"row": "arm dalit", "why": "another"}]
    assert found(run, tmp_path)[DALI].verdict == "not measured: no row of dali at augmented"


@pytest.mark.parametrize("arm", ["pipeline", "generator"])
def test_each_missing_row_is_said(tmp_path: Path, arm: str) -> None:
    run = realistic()
    run.rows = [row for row in run.rows if row.get("arm") != arm]
    assert found(run, tmp_path)[NEXT].verdict == f"not measured: no row of {arm} at augmented"


def test_rows_of_different_comparisons_or_points_make_no_ratio(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("one", {"generator": 1}, CENTRE)
    run.comparison("other", {"pipeline": 7}, CENTRE)
    verdict = found(run, tmp_path)[NEXT].verdict
    assert verdict == "not measured: pipeline and generator are in no comparison together at augmented"
    run = RunFile(noise=0)
    run.comparison("sides", {"generator": 1, "pipeline": 7}, CENTRE.changed(side=224))
    assert found(run, tmp_path)[NEXT].value is None


def test_a_comparison_at_the_centre_is_preferred_to_one_beside_it(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("axis side", {"generator": 1, "pipeline": 3}, CENTRE.changed(side=224))
    run.comparison("files", {"generator": 1, "pipeline": 8}, CENTRE)
    value = found(run, tmp_path)[NEXT].value
    assert value is not None
    assert value.median == pytest.approx(8)


def test_a_fit_on_a_gpu_is_not_the_fit_on_cpu(tmp_path: Path) -> None:
    run = realistic()
    for row in run.rows:
        if row["kind"] == "fit":
            row["device"] = "GPU"
    outcome = found(run, tmp_path)["model.fit, notebook's network, uncached ÷ with ImageDataGenerator"]
    assert outcome.value is None


def test_a_reason_is_that_of_the_row_itself(tmp_path: Path) -> None:
    fit = "model.fit, notebook's network, uncached ÷ with ImageDataGenerator"
    run = RunFile()
    run.throughput("comparison", "generator", 100.0)
    run.not_measured = [
        {"row": "test_fit[fit notebook on a GPU: pipeline]", "why": "no GPU"},
        {"row": "test_fit[fit notebook on a CPU: pipeline]", "why": "the process ended"},
        {"row": "test_throughput[files augmented: pipeline, augmented]", "why": "out of memory"},
        {"row": "test_scan_memory", "why": "not in --quick"},
        {"row": "test_throughput[limits: limit-warp-core-opencv, augmented-cores1]", "why": "not installed: cv2"},
    ]
    outcome = found(run, tmp_path)
    assert outcome[NEXT].verdict == "not measured: out of memory"
    assert outcome[fit].verdict == "not measured: the process ended"
    assert outcome["scan of 1,000,000 files, extra memory"].verdict == "not measured: not in --quick"
    run.limit("warp-core", "pipeline", 100.0, cores=1)
    outcome = found(run, tmp_path)
    assert outcome["warp alone ÷ cv2.warpAffine, a core"].verdict == "not measured: not installed: cv2"


def test_an_arm_in_the_comparison_of_its_limit_is_paired_with_it(tmp_path: Path) -> None:
    what = "uncached + augmentation ÷ the fastest decode alone, all cores"
    run = RunFile(noise=0)
    run.comparison("files augmented", {"generator": 1, "pipeline": 7}, CENTRE)
    run.comparison("limits", {"pipeline": 8}, CENTRE)
    run.limit("decode", "TensorFlow", 16 * GENERATOR, cores=0)
    run.rows[-1]["race"] = "limits"
    value = found(run, tmp_path)[what].value
    assert value is not None
    assert (value.low, value.median, value.high) == pytest.approx((0.5, 0.5, 0.5))


def test_limits_that_took_turns_are_paired(tmp_path: Path) -> None:
    what = "warp alone ÷ cv2.warpAffine, a core"
    run = realistic(noise=0)
    for row in run.rows:
        if row.get("limit") == "warp-core":
            row["race"] = "warp-core"
    together = found(run, tmp_path)[what].value
    alone = found(realistic(noise=0), tmp_path)[what].value
    assert together is not None
    assert alone is not None
    assert together.high - together.low < 1e-9 < alone.high - alone.low


def test_the_bounds_are_the_ones_agreed() -> None:
    """Check the bounds and aims, so that a change in `bench/report/targets.py` alone is noticed."""
    agreed = {
        NEXT: (7, "10"),
        "uncached + augmentation ÷ Grain + OpenCV at its best": (1.0, "1.1"),
        "uncached + augmentation ÷ the fastest decode alone, all cores": (0.6, "0.75"),
        LAYERS: (4.5, "6"),
        "memory cache + augmentation ÷ ImageDataGenerator, same augmentation": (35, "45"),
        "memory cache, no augmentation ÷ ImageDataGenerator(rescale=1/255)": (35, "memory bandwidth"),
        "disk cache, no augmentation ÷ uncached": (10, "14"),
        "drop-in, next(), exact decode ÷ ImageDataGenerator": (5.5, "7"),
        "model.fit(data.train), an iterator anew each epoch ÷ one stream for all epochs": (0.9, "0.98"),
        "model.fit, notebook's network, memory cache ÷ on one constant batch": (0.95, "1.0"),
        "first batch, uncached + augmentation": (0.7, "0.5"),
        PEAK: (1.15, "1.0"),
        "--help": (0.5, "0.2"),
        "scan of 1,000,000 files": (5, "2"),
        "scan of 1,000,000 files, extra memory": (300, "100"),
    }
    found = {target.what: (target.bound, target.aim) for target in TARGETS}
    assert {what: found[what] for what in agreed} == agreed
    assert {target.what for target in TARGETS if target.most} == {what for what in found if what in SMALL_IS_GOOD}


def test_nothing_is_read_beside_the_repository_but_photos_and_hostile_files() -> None:
    """Check that no other file beside the repository is named, since a clone may stand alone.

    `tests/conftest.py` names the folder, and skips the tests that lack it by name.
    """
    root = ROOT
    beside = re.compile(r"""["']shared["'/]|\.\./shared|architecture\.md|design\.md""")
    files = {path for folder in ("tests", "bench", "docs", "pipeline") for path in (root / folder).rglob("*.py")}
    files -= {Path(__file__).resolve(), root / "tests" / "conftest.py", root / "tests" / "support" / "places.py"}
    reading = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sorted(files)
        for line in path.read_text(encoding="utf-8").splitlines()
        if beside.search(line) and not re.search("photos|hostile", line)
    ]
    assert reading == []
