"""Tests of turning measurements into the record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.profile.report import record
from tests.support.profile_figures import MEMORY, UNCACHED, US, measured


def by_name(kept: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in kept["stages"]}


def test_stages_are_what_each_adds_to_the_ones_before() -> None:
    stages = {stage.name: stage.seconds / US for stage in measured(UNCACHED).stages}
    assert stages == pytest.approx({"read": 20, "decode": 500, "resize": 100, "augment": 60, "batch": 30})


def test_with_a_cache_reading_decoding_and_resizing_happen_once() -> None:
    found = measured(MEMORY, "memory")
    assert {stage.name: stage.seconds / US for stage in found.stages} == pytest.approx(
        {"cache": 4, "augment": 60, "batch": 1}
    )
    assert record(found)["fill_seconds"] == pytest.approx(0.63)  # 1,000 photos, training and validation
    assert record(measured(UNCACHED))["fill_seconds"] == 0


@pytest.mark.parametrize(("figures", "cache"), [(UNCACHED, "none"), (MEMORY, "memory")])
def test_the_shares_of_a_record_add_up_to_one(figures: dict[str, float], cache: str) -> None:
    kept = record(measured(figures, cache))
    assert sum(row["share"] for row in kept["stages"]) == pytest.approx(1)
    assert json.loads(json.dumps(kept)) == kept


def test_alone_is_without_what_handing_over_takes_and_beside_its_limit() -> None:
    rows = by_name(record(measured(UNCACHED)))
    assert rows["decode"]["alone"] == pytest.approx(1e6 / 480, rel=1e-3)
    assert rows["decode"]["limit"] == pytest.approx(1e6 / 400, rel=1e-3)
    assert rows["decode"]["limit_is"] == "libjpeg alone, at 1/2"
    assert rows["augment"]["alone"] == pytest.approx(1e6 / 60, rel=1e-3)
    assert rows["augment"]["limit"] == pytest.approx(1e10 / (4 * 67_500), rel=1e-3)
    assert rows["model step"]["alone"] == pytest.approx(2500)
    assert rows["model step"]["limit"] is None


def test_the_stages_alone_are_compared_with_the_whole() -> None:
    kept = record(measured(UNCACHED))
    assert kept["alone_to_whole"] == pytest.approx((20 + 480 + 95 + 60 + 30) / 710, abs=1e-3)


def test_a_stage_too_fast_to_be_seen_has_no_rate() -> None:
    kept = record(measured({**UNCACHED, "resize alone": 9}))
    assert by_name(kept)["resize"]["alone"] is None


def test_a_cache_is_predicted_from_pictures_in_memory() -> None:
    kept = record(measured(UNCACHED))
    (change,) = kept["changes"]
    assert change["option"] == "--loader.cache memory"
    assert change["input_times"] == pytest.approx(710 / 65, abs=1e-3)
    assert change["times"] == pytest.approx(1110 / 465, abs=1e-3)
    assert change["advised"]
    assert change["needs"] == "would need 68 MB of 12.0 GB free"
    assert kept["bottleneck"] == "decode"
    assert kept["verdict"].startswith(
        "decode is 45 % of the time: --loader.cache memory would need 68 MB of 12.0 GB free"
    )


def test_where_memory_does_not_do_the_disk_is_proposed_with_a_bound() -> None:
    kept = record(measured(UNCACHED, photos=1_000_000))
    memory, disk = kept["changes"]
    assert (memory["possible"], memory["advised"]) == (False, False)
    assert (disk["option"], disk["at_most"], disk["advised"]) == ("--loader.cache disk", True, True)


def test_the_fast_decode_is_proposed_where_the_exact_one_is_measured() -> None:
    kept = record(measured({**UNCACHED, "fast input": 300}, available=0))
    fast = kept["changes"][-1]
    assert fast["option"] == "--image.decode fast"
    assert fast["input_times"] == pytest.approx(710 / 300, abs=1e-3)


def test_with_the_photos_in_memory_the_model_holds_training_up() -> None:
    kept = record(measured(MEMORY, "memory"))
    assert (kept["bottleneck"], kept["changes"]) == ("model step", [])
    assert kept["fastest_input_would_give"] == pytest.approx(465 / 400, abs=1e-3)


def test_without_labels_there_is_no_model() -> None:
    figures = {name: value for name, value in UNCACHED.items() if name not in ("model", "together")}
    kept = record(measured(figures))
    assert "model step" not in by_name(kept)
    assert sum(row["share"] for row in kept["stages"]) == pytest.approx(1)


def test_a_copy_to_a_gpu_is_the_inputs_and_not_the_models() -> None:
    """Check that the copy is subtracted from the model's step, which also copies a batch from main memory."""
    kept = record(measured({**UNCACHED, "copy": 15, "together": 725}, gpu="One GPU"))
    rows = by_name(kept)
    assert rows["copy"]["microseconds"] == pytest.approx(15)
    assert rows["model step"]["microseconds"] == pytest.approx(385)
    assert kept["overlap"] == 0


@pytest.mark.parametrize(
    ("rows", "cache", "says"),
    [
        (3_000, 32 << 20, "faster, since the 2 MB of all measured photos stay in the processor's cache"),
        (3_000, 1 << 20, "faster by chance"),
        (3_000, 0, "faster by chance"),
        (67_500, 32 << 20, None),
    ],
)
def test_a_stage_beyond_its_limit_says_why(rows: int, cache: int, says: str | None) -> None:
    """Check an image of 3 KB in 0.2 µs, which is faster than memory at 10 GB/s, and one of 67 KB in 7 µs."""
    seconds = 0.2 if rows == 3_000 else 7
    found = measured({**UNCACHED, "batch alone": seconds}, row_bytes=rows, processor_cache=cache)
    row = by_name(record(found))["batch"]
    assert row["limit_is"] == f"copying its {rows / 1000:,.0f} KB in main memory"
    assert (row["beyond_limit"] or "").startswith(says or "")
    assert (row["beyond_limit"] is None) == (says is None)


def test_a_decode_beyond_libjpeg_is_chance_whatever_the_cache() -> None:
    row = by_name(record(measured({**UNCACHED, "decode alone": 200}, processor_cache=1 << 40)))["decode"]
    assert row["beyond_limit"].startswith("faster by chance")
