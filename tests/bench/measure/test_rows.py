"""Tests of reading a run's JSON into typed rows and tables, and of its one-line errors."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.arms.cells import CENTRE
from bench.measure.rows import Results, read
from bench.report.ratios import fastest_limit, pair, paired_rates, unpaired_ratio
from bench.report.tables import everything, throughput_table
from pipeline.errors import InputError, MissingPathError
from tests.support.results_file import AUGMENTED, ROUNDS, RunFile, realistic

FOREIGN = {"name": "test_other", "fullname": "x.py::test_other", "extra_info": {}, "stats": {"data": [0.5, 0.7, 0.6]}}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return read(realistic().write(tmp_path / "run.json"))


def row_of(table: pd.DataFrame, **fields: Any) -> pd.Series[Any]:
    chosen = table
    for name, value in fields.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1, fields
    return chosen.iloc[0]


def test_planted_ratios_come_out_in_spite_of_drift(tmp_path: Path) -> None:
    table = throughput_table(read(realistic(noise=0).write(tmp_path / "run.json")))
    for arm, ratio in AUGMENTED.items():
        row = row_of(table, race="files augmented", arm=arm)
        assert row["ratio"] == pytest.approx(ratio)
        assert row["ratio_low"] == pytest.approx(ratio)
        assert row["ratio_high"] == pytest.approx(ratio)
        assert row["against"] == "generator"


def test_noise_opens_the_interval_around_the_planted_ratio(results: Results) -> None:
    row = row_of(throughput_table(results), race="files augmented", arm="pipeline")
    assert row["ratio_low"] < row["ratio_high"]
    assert row["ratio_low"] == pytest.approx(7.3, rel=0.03)
    assert row["ratio_high"] == pytest.approx(7.3, rel=0.03)
    assert row["rounds"] == ROUNDS


def test_the_reference_is_the_generator_or_else_the_first(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("peers", {"torchvision": 2.0, "pipeline": 8.0}, CENTRE)
    run.comparison("files", {"pipeline": 8.0, "generator": 1.0}, CENTRE)
    table = throughput_table(read(run.write(tmp_path / "run.json")))
    row = row_of(table, race="peers", arm="pipeline")
    assert row["against"] == "torchvision"
    assert row["ratio"] == pytest.approx(4)
    assert row_of(table, race="files", arm="pipeline")["against"] == "generator"


def test_points_of_one_comparison_are_not_divided_by_each_other(tmp_path: Path) -> None:
    table = throughput_table(read(realistic(noise=0).write(tmp_path / "run.json")))
    sides = table[(table["race"] == "axis side") & (table["arm"] == "pipeline")]
    assert len(sides) == 3
    assert sides["ratio"].to_list() == pytest.approx([7.3] * 3)


def test_rounds_that_one_row_lacks_are_left_out() -> None:
    assert paired_rates([2.0, 4.0, 6.0], [1.0, 2.0]).rounds == (2.0, 2.0)


def test_a_limit_is_the_fastest_on_as_many_cores_for_such_photos(results: Results, tmp_path: Path) -> None:
    found = fastest_limit(results, "decode", CENTRE)
    assert found is not None
    assert found.by == "libjpeg-turbo"
    assert fastest_limit(results, "decode", CENTRE.changed(cores=1)) is None
    assert fastest_limit(results, "decode", CENTRE.changed(cores=2)) == found
    assert fastest_limit(results, "decode", CENTRE.changed(side=224)) is None
    assert fastest_limit(results, "decode", CENTRE.changed(augmented=False, count=10)) == found
    table = throughput_table(results)
    row = row_of(table, race="files augmented", arm="pipeline")
    rates = next(
        one.rates for one in results.throughput if (one.comparison, one.arm) == ("files augmented", "pipeline")
    )
    expected = statistics.median(rates) / statistics.median(found.rates)
    assert row["of_limit"] == pytest.approx(expected)
    assert row["of_limit_low"] < expected < row["of_limit_high"]
    assert row["limit_by"] == "libjpeg-turbo"
    assert table[table["race"] == "axis side"]["of_limit"].isna().all()


def test_ratios_of_different_times_keep_both_sides_noise() -> None:
    drift = [80.0, 90.0, 100.0, 110.0, 120.0]
    assert paired_rates(drift, drift).high == 1
    found = unpaired_ratio(drift, drift)
    assert found.median == 1
    assert found.low < 0.9
    assert found.high > 1.1


def test_of_two_comparisons_the_one_with_more_rounds_is_taken(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("short", {"generator": 1, "pipeline": 2}, CENTRE)
    for row in run.rows:
        row["rates"] = row["rates"][:2]
    run.comparison("long", {"generator": 1, "pipeline": 3}, CENTRE)
    run.comparison("apart 1", {"drop-in": 1}, CENTRE)
    results = read(run.write(tmp_path / "run.json"))
    rows = pair(results.throughput, "pipeline", "generator", CENTRE)
    assert rows is not None
    assert rows[0].comparison == rows[1].comparison == "long"
    short = pair(results.throughput, "pipeline", "generator", CENTRE, comparison="short")
    assert short is not None
    assert short[0].comparison == "short"
    assert pair(results.throughput, "drop-in", "generator", CENTRE) is None
    assert pair(results.throughput, "pipeline", "generator", CENTRE.changed(side=96)) is None


def test_a_comparison_of_an_axis_is_second_to_others_and_that_of_workers_none(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    for workers in (1, 2):
        for arm in ("generator", "pipeline"):
            run.throughput("axis workers", arm, 100.0, setting={"workers": workers})
    results = read(run.write(tmp_path / "run.json"))
    assert pair(results.throughput, "pipeline", "generator", CENTRE) is None
    assert pair(results.throughput, "pipeline", "generator", CENTRE, comparison="axis workers") is not None
    assert [row.point for row in results.throughput][::2] == ["augmented, workers 1", "augmented, workers 2"]
    run.comparison("axis side", {"generator": 1, "pipeline": 2}, CENTRE)
    run.comparison("files", {"generator": 1, "pipeline": 3}, CENTRE)
    for row in run.rows[-2:]:
        row["rates"] = row["rates"][:3]
    rows = pair(read(run.write(tmp_path / "run.json")).throughput, "pipeline", "generator", CENTRE)
    assert rows is not None
    assert rows[0].comparison == "files"


def test_memory_and_settings_are_columns(results: Results) -> None:
    row = row_of(throughput_table(results), race="files augmented", arm="torchvision")
    assert row["high_water_mb"] == 1200
    assert row["pss_mb"] == 1080
    assert pd.isna(row["gpu_mb"])
    assert row["processes"] == 1
    assert json.loads(row["setting"]) == {"workers": 2}
    assert row["first_batch_seconds"] == 0.8


def test_every_kind_is_in_the_one_table(results: Results) -> None:
    table = everything(results)
    assert set(table["kind"]) == {"throughput", "limit", "fit", "accuracy", "figure"}
    assert table[table["kind"] == "accuracy"]["seed"].to_list() == [0, 1, 2, 0, 1, 2]
    assert row_of(table[table["kind"] == "fit"], arm="generator-adapter")["waiting"] == 0.72


def test_records_of_others_appear_by_name_with_seconds(tmp_path: Path) -> None:
    path = tmp_path / "foreign.json"
    unknown = {**FOREIGN, "extra_info": {"kind": "new"}, "fullname": "y.py::test_new", "stats": {"min": 1, "median": 2}}
    path.write_text(json.dumps({"benchmarks": [FOREIGN, unknown], "machine_info": {}}))
    results = read(path)
    assert [row.name for row in results.others] == ["x.py::test_other", "y.py::test_new"]
    table = everything(results)
    assert row_of(table, figure="x.py::test_other")["value"] == pytest.approx(0.6)
    assert len(throughput_table(results)) == 0


def test_what_a_row_need_not_have(tmp_path: Path) -> None:
    run = RunFile()
    run.rows.append({"kind": "throughput", "race": "r", "arm": "a", "cell": {}, "rates": [1.0]})
    run.rows.append({"kind": "fit", "race": "r", "arm": "a", "rates": [1.0], "waiting": None})
    run.rows.append({"kind": "figure", "figure": "growth", "unit": "", "values": [-0.1, 0.0]})
    results = read(run.write(tmp_path / "run.json"))
    assert results.throughput[0].cell == CENTRE
    assert results.throughput[0].memory.high_water is None
    assert results.fits[0].waiting is None
    assert results.figures[0].values == (-0.1, 0.0)
    assert len(everything(results)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be JSON"),
        ("images: 3", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ("[1, 2]", "must be a JSON of pytest-benchmark"),
        ('{"images": 3}', "no list of benchmarks"),
        ('{"benchmarks": [3]}', "no list of benchmarks"),
        ('{"benchmarks": []}', "at least one benchmark"),
    ],
)
def test_a_file_that_is_no_run_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "Received:" in str(refused.value)


def test_an_absent_file_a_folder_and_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match="nothing of that name"):
        read(tmp_path / "absent.json")
    with pytest.raises(InputError, match="readable"):
        read(tmp_path)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="readable"):
        read(tmp_path / "bytes.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rates": []}, "rates must be a list of positive numbers"),
        ({"rates": [1.0, 0.0]}, "rates must be a list of positive numbers"),
        ({"rates": [1.0, float("nan")]}, "rates must be a list of positive numbers"),
        ({"rates": None}, "rates must be a list of positive numbers"),
        ({"arm": 3}, "arm must be a text"),
        ({"race": ""}, "race must be a text"),
        ({"cell": {"sides": 150}}, "cell must be a mapping of augmented, side"),
        ({"cell": {"side": "150"}}, "cell must be a mapping of augmented, side"),
        ({"memory": {"rss": "many"}}, "memory: rss must be a number or null"),
        ({"searched": [3]}, "searched must be a list of"),
        ({"first_batch_seconds": "soon"}, "first_batch_seconds must be a number or null"),
    ],
)
def test_a_row_that_is_not_as_promised_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    run = RunFile()
    run.throughput("comparison", "arm", 100.0)
    run.rows[0].update(change)
    with pytest.raises(InputError, match=said) as refused:
        read(run.write(tmp_path / "run.json"))
    assert "test_row[0]" in str(refused.value)
