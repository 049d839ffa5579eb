"""A disk that fails for a while, as a network's does: photos are read again, and training goes on at its step."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from tests.support.places import ROOT, SUPPORT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

SOURCE = SUPPORT / "failing_disk.c"
SMALL = ["--image.size", "24", "--model.filters", "[4]", "--model.dense", "[8]", "--loader.batch_size", "4"]
LAZY = ["--data.verify", "never", "--loader.cache", "none"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    built = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, SOURCE, "-ldl"], check=True)
    return built


def train(
    folder: Path, photos: Path, library: Path, failures: int, code: int, *argv: str
) -> subprocess.CompletedProcess[str]:
    """A run in `folder` whose reads of dogs/0001.jpg fail so many times; what is left of them stands in `count`."""
    folder.mkdir()
    (folder / "count").write_text(f"{failures:<8}")
    more = {
        "LD_PRELOAD": str(library),
        "FAILING_NAME": "dogs/0001.jpg",
        "FAILING_COUNT": str(folder / "count"),
        "FAILING_ERRNO": str(code),
        "PYTHONPATH": str(ROOT),
        "TF_NUM_INTRAOP_THREADS": "1",
    }
    command = [sys.executable, "-m", "pipeline.train", "--data.train", str(photos), "--data.validation_split", "0.25"]
    command += [*SMALL, *argv, "--train.epochs", "2", "--output", "run"]
    return subprocess.run(command, cwd=folder, env={**os.environ, **more}, capture_output=True, text=True)


def left(folder: Path) -> int:
    return int((folder / "count").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_training_goes_on_at_its_step_as_if_nothing_had_happened(
    code: int, library: Path, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    photos = photo_folder({"cats": 8, "dogs": 8})
    undisturbed = train(tmp_path / "one", photos, library, 0, code, *LAZY)
    disturbed = train(tmp_path / "two", photos, library, 2, code, *LAZY)
    assert (undisturbed.returncode, disturbed.returncode) == (0, 0), disturbed.stderr
    assert left(tmp_path / "two") == 0
    assert f"{os.strerror(code)}; going on at the same step (1 of 3)" in disturbed.stderr
    assert "going on" not in undisturbed.stderr
    for name in ("model.keras", "last.keras"):
        one, two = (keras.models.load_model(tmp_path / run / "run" / name) for run in ("one", "two"))
        for wanted, found in zip(one.get_weights(), two.get_weights(), strict=True):
            np.testing.assert_array_equal(wanted, found)


@pytest.mark.slow
def test_a_check_before_training_reads_again(library: Path, photo_folder: PhotoFolder, tmp_path: Path) -> None:
    photos = photo_folder({"cats": 8, "dogs": 8})
    done = train(tmp_path / "one", photos, library, 2, errno.EIO, "--loader.cache", "memory")
    assert done.returncode == 0, done.stderr
    assert left(tmp_path / "one") == 0
    assert "reading it again (1 of 3)" in done.stderr


@pytest.mark.slow
def test_a_disk_that_stays_broken_ends_with_the_photos_name(
    library: Path, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    photos = photo_folder({"cats": 8, "dogs": 8})
    done = train(tmp_path / "one", photos, library, 10_000, errno.EIO, *LAZY)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert "dogs/0001.jpg: " in lines[0]
    assert os.strerror(errno.EIO) in lines[0]
    assert left(tmp_path / "one") > 9_000
