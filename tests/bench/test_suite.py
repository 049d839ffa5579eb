"""Tests of the whole suite: pytest, JSON, report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.arms.cells import CENTRE
from bench.measure.comparison import Entry
from bench.measure.fits import Fit, run
from bench.measure.search import search
from pipeline.sources.sample import draw_sample
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the drawn sample."""
    return draw_sample(tmp_path_factory.mktemp("sample") / "sample")


def _pytest(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "bench/", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)


@pytest.mark.slow
def test_a_run_s_file_holds_rows_and_what_they_were_measured_on(photos: Path, tmp_path: Path) -> None:
    chosen = "limit-copy or limit-reads or ffcv or help"
    results = tmp_path / "a.json"
    done = _pytest("--benchmark-only", "-k", chosen, "--data", photos / "train", "--benchmark-json", results)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    found: dict[str, Any] = json.loads(results.read_text())
    rows = [one["extra_info"] for one in found["benchmarks"]]
    assert {row.get("limit", row.get("figure")) for row in rows} == {"copy", "reads", "help"}
    assert all(len(row.get("rates", row.get("values"))) >= 5 for row in rows)
    assert found["suite"]["name"] == "default"
    assert found["suite"]["photos"]["folder"] == "train"
    assert found["machine_info"]["environment"]["tensorflow"]
    (skipped,) = {one["row"]: one["why"] for one in found["not_measured"]}.items()
    assert "ffcv" in skipped[0]
    assert "FFCV" in skipped[1]
    command = [sys.executable, "-m", "bench.report", str(results), "--output", str(tmp_path / "out")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0


def test_wrong_options_are_one_line(tmp_path: Path) -> None:
    done = _pytest("--benchmark-only", "--collect-only", "--data", tmp_path / "none")
    assert done.returncode == 4
    assert "--data must be a folder of photos" in done.stderr
    done = _pytest("--benchmark-only", "--collect-only", "--quick", "--full")
    assert "exclude each other" in done.stderr


def test_photos_that_hold_no_class_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    done = _pytest("--benchmark-only", "--collect-only", "--data", tmp_path)
    assert done.returncode == 4
    assert "one folder a class" in done.stderr


@pytest.mark.slow
def test_a_photo_that_ends_an_arm_is_named(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "train"
    shutil.copytree(photos / "train", folder)
    broken = sorted(folder.glob("*/*"))[3]
    broken.write_bytes(broken.read_bytes()[:200])
    done = _pytest("--benchmark-only", "--quick", "-k", "limit-decode", "--data", folder)
    assert done.returncode == 1
    assert "Photos that cannot be decoded" in done.stdout
    assert str(broken) in done.stdout


@pytest.mark.slow
def test_the_search_ranks_settings_and_outlives_one_that_fails(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from bench.arms import ARMS

    settings: list[dict[str, Any]] = [{"of": "batches"}, {"nonsense": 1}, {"of": "pictures"}]
    monkeypatch.setitem(ARMS, "keras-layers", dataclasses.replace(ARMS["keras-layers"], settings=lambda _: settings))
    found = search(Entry("keras-layers", CENTRE.changed(batch=10, side=32)), str(photos / "train"), 0.1)
    assert [setting for setting, _ in found][-1] == {"nonsense": 1}
    assert found[-1][1] == 0
    assert found[0][1] >= found[1][1] > 0
    assert search(Entry("limit-copy", CENTRE), str(photos / "train"), 0.1) == []


@pytest.mark.slow
def test_fits_are_timed_epoch_by_epoch(photos: Path) -> None:
    cell = CENTRE.changed(batch=10, side=64)
    fits = [Fit("constant", "light", cell=cell), Fit("generator-adapter", "light", cell=cell)]
    constant, generator = run(fits, str(photos / "train"), 2)
    for one in (constant, generator):
        assert one.failure == ""
        assert len(one.seconds) == 2
        assert 0 < one.waiting < 1
        assert one.first > 0
    assert constant.waiting < generator.waiting
