"""Tests of comparing arms in turn, round by round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from bench.arms.cells import CENTRE
from bench.measure.comparison import Entry, Pace, as_row, run
from bench.measure.rows import read
from bench.report.tables import throughput_table
from tests.support.results_file import RunFile

PACE = Pace(rounds=3, seconds=0.02, warm_up=0.02)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (20, 20)).save(tmp_path / "photos" / name / "1.png")
    return str(tmp_path / "photos")


def test_every_entry_has_its_rounds(folder: str) -> None:
    entries = [Entry("limit-copy", CENTRE.changed(batch=10, side=50)), Entry("limit-reads", CENTRE.changed(batch=7))]
    copies, reads = run(entries, lambda _cell: folder, PACE)
    for one, batch in ((copies, 10), (reads, 7)):
        assert one.failure == ""
        assert len(one.rates) == 3
        assert all(images > 0 and images % batch == 0 for images in one.images)
        assert min(one.rates) > 0
        assert one.first > 0
        assert one.high_water > 10_000_000
        assert one.peak.processes == 1


def test_one_that_fails_leaves_the_others_alone(folder: str, tmp_path: Path) -> None:
    entries = [Entry("limit-reads", CENTRE.changed(side=7)), Entry("limit-copy", CENTRE.changed(batch=10, side=50))]
    failed, fine = run(entries, lambda cell: str(tmp_path / "none") if cell.side == 7 else folder, PACE)
    assert "no photo in a folder" in failed.failure
    assert failed.rates == []
    assert len(fine.rates) == 3


def test_cores_are_kept_to(folder: str) -> None:
    """Check that a process that may use one core counts one."""
    (one,) = run([Entry("limit-copy", CENTRE.changed(cores=1, batch=10, side=50))], lambda _cell: folder, PACE)
    assert one.failure == ""


def test_an_unknown_arm_is_named(folder: str) -> None:
    with pytest.raises(ValueError, match=r"Received: 'nobody'.*pipeline-memory"):
        run([Entry("nobody", CENTRE)], lambda _cell: folder, PACE)


def test_a_result_is_a_row_that_json_holds_and_reports_read(folder: str, tmp_path: Path) -> None:
    entry = Entry("limit-copy", CENTRE.changed(batch=10, side=50))
    (result,) = run([entry], lambda _cell: folder, PACE)
    limit = as_row("limits", entry, {}, result, [])
    assert (limit["kind"], limit["limit"], limit["by"]) == ("limit", "copy", "NumPy")
    row = as_row("r", Entry("pipeline", CENTRE), {"a": 1}, result, [({"a": 1}, 2.0)])
    assert json.loads(json.dumps(row))["searched"] == [[{"a": 1}, 2.0]]
    run_file = RunFile()
    run_file.rows = [row, limit]
    assert throughput_table(read(run_file.write(tmp_path / "a.json")))["setting"].tolist() == ['{"a": 1}']
