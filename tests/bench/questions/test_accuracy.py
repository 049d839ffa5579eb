"""Tests of the accuracy script with short trainings by the generator and this package."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.measure.places import ROOT
from bench.questions.accuracy import ARMS, table

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

SHORT = ("generator", "pad")


def test_the_table_says_means_spreads_and_seeds() -> None:
    found = {
        "pad": [{"accuracies": [0.5, 0.75, 0.5], "seconds": 2.0}, {"accuracies": [0.5, 0.5, 0.75], "seconds": 3.0}]
    }
    row = table(found).splitlines()[2]
    spread = statistics.stdev([0.5, 0.75])
    assert row == (
        f"| this package, padded | 0.625 ± {spread:.3f} (0.500, 0.750) | 0.750 ± 0.000 (0.750, 0.750) | "
        f"2.5 ± {statistics.stdev([2, 3]):.1f} (2.0, 3.0) |"
    )


def written_by(output: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Return the record and the table that the command wrote."""
    command = [sys.executable, "-m", "bench.questions.accuracy", *options, "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((output / "accuracy.json").read_text()), (output / "accuracy.md").read_text()


@pytest.mark.slow
def test_what_is_learnt_is_written_down(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    folder = str(photo_folder({"cats": 4, "dogs": 4}))
    data = ("--data", folder, "--validation", folder)
    record, text = written_by(tmp_path / "it", "--epochs", "1", "--seeds", "2", *data, "--arms", *SHORT)
    assert tuple(record["arms"]) == SHORT
    for arm, results in record["arms"].items():
        assert [len(one["accuracies"]) for one in results] == [1, 1]
        assert all(0 <= value <= 1 for one in results for value in one["accuracies"])
        assert all(one["seconds"] > 0 for one in results)
        assert re.search(rf"\| {re.escape(ARMS[arm])} \| \d\.\d+ ± ", text)
    assert table(record["arms"]) in text
    # A run depends on its seed alone, so another seed gives other weights.
    assert record["arms"]["pad"][0] != record["arms"]["pad"][1]


@pytest.mark.slow
def test_every_arm_learns_from_real_photos(photos: Path, tmp_path: Path) -> None:
    """Train each arm for two epochs."""
    arms = ("generator", "stretch", "pad", "crop")
    data = ("--data", str(photos / "train"), "--validation", str(photos / "validation"))
    record, text = written_by(
        tmp_path / "it", "--epochs", "2", "--seeds", "1", "--workers", "2", *data, "--arms", *arms
    )
    for arm in arms:
        first, second = record["arms"][arm][0]["losses"]
        assert second < first, arm
    assert "1000 training and 500 validation photos" in text
