"""Tests that a change has the effect that a profile predicts. The change is made through the public functions.

Machines are noisy, so ratios are compared loosely: a large predicted gain must be seen, and no other.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pipeline
from pipeline.config import DataConfig, ImageConfig, LoaderConfig, TrainConfig
from pipeline.profile.measure import measure
from pipeline.profile.report import record
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

LARGE, SMALL = 3.0, 1.2  # a ratio above the first is a gain, below the second it is none
SEEN, UNSEEN = 1.5, 2.0  # a predicted gain must be at least the first, no predicted gain at most the second


def agrees(predicted: float, real: float) -> bool:
    """Return whether a predicted and a measured ratio agree in both directions."""
    forth = real >= SEEN if predicted >= LARGE else real <= UNSEEN if predicted <= SMALL else True
    back = predicted >= SEEN if real >= LARGE else predicted <= UNSEEN if real <= SMALL else True
    return forth and back


@pytest.fixture(scope="module")
def large(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"a": 6, "b": 6}, size=(900, 1200))


def rates(**streams: Any) -> dict[str, float]:
    """Return batches a second of each data set, measured in rounds."""
    iterators = {name: iter(data.stream) for name, data in streams.items()}
    taken: dict[str, list[float]] = {name: [] for name in streams}
    for number in range(6):
        for name, iterator in iterators.items():
            for _ in range(8):  # draws the batches that are ready
                next(iterator)
            begun = time.perf_counter()
            for _ in range(12):
                next(iterator)
            if number:  # the first round compiles
                taken[name].append(time.perf_counter() - begun)
    return {name: 12 / statistics.median(values) for name, values in taken.items()}


@pytest.mark.slow
def test_the_changes_that_are_predicted_are_those_that_come(large: Path) -> None:
    """Check the memory cache and the fast decode, starting from the exact decode of large photos."""
    config = TrainConfig(
        data=DataConfig(train=str(large), validation_split=0.5, label_mode="none"),
        image=ImageConfig(size=48, decode="exact"),
        loader=LoaderConfig(batch_size=4, cache="none"),
    )
    changes = {change["option"]: change for change in record(measure(config, 2.0))["changes"]}
    options: dict[str, Any] = {"image_size": 48, "batch_size": 4, "verify": "never"}
    real = rates(
        now=pipeline.from_directory(large, cache="none", decode="exact", **options),
        memory=pipeline.from_directory(large, cache="memory", decode="exact", **options),
        fast=pipeline.from_directory(large, cache="none", decode="fast", **options),
    )
    predicted = {"memory": changes["--loader.cache memory"], "fast": changes["--image.decode fast"]}
    for name, change in predicted.items():
        assert agrees(change["times"], real[name] / real["now"]), (name, change["times"], real)
    assert predicted["memory"]["times"] >= LARGE
    assert (real["memory"] > real["fast"]) == (predicted["memory"]["times"] > predicted["fast"]["times"])


def test_what_counts_as_agreement() -> None:
    assert agrees(5.0, 3.0)
    assert agrees(1.1, 1.4)
    assert agrees(2.0, 1.3)
    assert not agrees(5.0, 1.2)
    assert not agrees(1.1, 2.5)
    assert not agrees(1.2, 3.5)
    assert not agrees(2.4, 1.1)


def run(module: str, folder: Path, *argv: str | Path) -> dict[str, Any]:
    """Run a command in a process of its own and return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, argv)],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kept: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "bottleneck"),
    [
        (("--model.filters", "[2]", "--model.dense", "[]"), "decode"),
        (("--model.filters", "[64,128]", "--model.dense", "[512]", "--image.size", "96"), "model step"),
    ],
)
def test_commands_agree_on_what_the_cache_gives(
    photo_folder: PhotoFolder, tmp_path: Path, model: tuple[str, ...], bottleneck: str
) -> None:
    """Compare the prediction of `pipeline.profile` with the images a second that `pipeline.train` records."""
    folder = photo_folder({"a": 80, "b": 80}, size=(600, 800))
    common = (
        "--data.train",
        str(folder),
        "--image.decode",
        "exact",
        "--image.size",
        "48",
        "--loader.batch_size",
        "8",
        *model,
    )
    kept = run(
        "pipeline.profile", tmp_path, *common, "--loader.cache", "none", "--output", "profile", "--seconds", "12"
    )
    assert kept["bottleneck"] == bottleneck
    predicted = next(one for one in kept["changes"] if one["option"] == "--loader.cache memory")
    training = (*common, "--train.epochs", "4", "--data.verify", "never")
    real = {
        cache: run("pipeline.train", tmp_path, *training, "--loader.cache", cache, "--output", cache)[
            "images_per_second"
        ]
        for cache in ("none", "memory")
    }
    assert agrees(predicted["times"], real["memory"] / real["none"]), (predicted, real)
