"""Tests that every arm delivers the same mean image, labels and range of values, and a new order in each epoch.

The arms of TensorFlow run together in one process, those of each other library in a process of their own. Their images
are compared with Pillow's, and with SciPy's warp under Keras' ranges.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import affine_transform

from bench.arms import ARMS
from bench.arms.augmentation import matrices
from bench.arms.listing import listed
from bench.measure.places import PHOTOS
from tests.support.places import ROOT

CATS, DOGS, SIDE, BATCH, EPOCHS = 40, 20, 64, 20, 8
DRAWS = 48  # augmentations of each image in the expected mean
COARSE = 8  # the mean image is compared on a grid of so many squares on each side
SERVICE = ("pipeline-service",)  # the epochs of its two workers are mixed
DRAW = """
import json, os, sys
import numpy as np
from bench.arms import ARMS
from bench.arms.cells import Cell

names, folder, side, batch, count, epochs = json.loads(sys.argv[1])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for name, augmented in names:
    arm = ARMS[name]
    arm.prepare()
    setting = arm.settings(2)[-1 if "service" in name else 0]
    stream = arm.stream(folder, Cell(augmented=augmented, side=side, batch=batch), setting)
    total, low, high, orders = 0.0, [], [], []
    for epoch in range(epochs):
        labels = []
        for _ in range(count // batch):
            images, these = next(stream)
            images = np.asarray(images)
            shape = images.shape
            if images.shape[1] == 3:
                images = images.transpose(0, 2, 3, 1)
            total = total + images.sum(0, dtype=np.float64)
            low.append(float(images.min()))
            high.append(float(images.max()))
            labels += np.asarray(these).ravel().astype(int).tolist()
        orders.append(labels)
    row = dict(arm=name, augmented=augmented, mean=(total / count / epochs).tolist(), low=min(low), high=max(high),
               orders=orders, shape=shape, dtype=str(images.dtype))
    print(json.dumps(row), file=answers, flush=True)
os._exit(0)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="shared/photos is not beside the repository"),
]
ASKED = [(name, augmented) for name, arm in ARMS.items() for augmented in arm.augments]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of links to photos, with twice as many cats as dogs."""
    made = tmp_path_factory.mktemp("arms")
    for name, count in (("cats", CATS), ("dogs", DOGS)):
        (made / name).mkdir()
        for path in sorted((PHOTOS / name).iterdir())[:count]:
            (made / name / path.name).symlink_to(path)
    return made


@pytest.fixture(scope="module")
def drawn(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the batches of some epochs, by arm and augmentation. Each process draws for all arms of its library."""
    results = tmp_path_factory.mktemp("drawn")

    @functools.cache
    def process(kind: str) -> dict[tuple[str, bool], Row] | str:
        names = [one for one in ASKED if _kind(one[0]) == kind and not ARMS[one[0]].missing()]
        task = json.dumps([names, str(folder), SIDE, BATCH, CATS + DOGS, EPOCHS])
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        out, errors = results / f"{kind}.out", results / f"{kind}.err"
        with out.open("w") as stdout, errors.open("w") as stderr:
            # Output goes to files, since a process that an arm leaves behind would keep a pipe open.
            one = subprocess.Popen(
                [sys.executable, "-c", DRAW, task],
                cwd=ROOT,
                env=environment,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                one.wait(timeout=300)
            except subprocess.TimeoutExpired:
                print("timed out", file=stderr)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.pid, signal.SIGKILL)
                one.wait()
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        if len(rows) < len(names):  # every test of these arms fails with this message
            return f"{len(rows)} of {len(names)} arms delivered: {errors.read_text()[-3000:]}"
        return {(row["arm"], row["augmented"]): row for row in rows}

    def row(name: str, augmented: bool) -> Row:
        rows = process(_kind(name))
        if isinstance(rows, str):
            pytest.fail(rows)
        return rows[(name, augmented)]

    return row


def _kind(name: str) -> str:
    return name if ARMS[name].needs else "TensorFlow"


def _images(folder: Path) -> NDArray[Any]:
    def read(path: Path) -> NDArray[Any]:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32) / 255

    return np.stack([read(path) for path in listed(folder)])


def _coarse(mean: Any) -> NDArray[np.float64]:
    square = SIDE // COARSE
    squares: NDArray[np.float64] = np.asarray(mean).reshape(COARSE, square, COARSE, square, 3)
    return np.asarray(squares.mean((1, 3)))


@pytest.fixture(scope="module")
def plain(folder: Path) -> NDArray[np.float64]:
    """Return the mean of Pillow's images."""
    return _coarse(_images(folder).mean(0))


@pytest.fixture(scope="module")
def augmented(folder: Path) -> NDArray[np.float64]:
    """Return the mean of images that SciPy warped under the notebook's ranges."""
    total, random, images = np.zeros((SIDE, SIDE, 3)), np.random.default_rng(1), _images(folder)
    for _ in range(DRAWS):
        for image, matrix in zip(images, matrices(random, len(images), SIDE), strict=True):
            rows = matrix[::-1][:, [1, 0, 2]]  # from (x, y) to (row, column)
            for channel in range(3):
                total[:, :, channel] += affine_transform(
                    image[:, :, channel], rows[:, :2], rows[:, 2], order=1, mode="nearest"
                )
    return _coarse(total / len(images) / DRAWS)


def _skip_missing(name: str) -> None:
    if why := ARMS[name].missing():
        pytest.skip(f"{name}: {why}")


@pytest.mark.parametrize(("name", "is_augmented"), ASKED, ids=[f"{name}-{kind}" for name, kind in ASKED])
def test_labels_values_and_order(drawn: Any, name: str, is_augmented: bool) -> None:
    _skip_missing(name)
    row = drawn(name, is_augmented)
    if name not in SERVICE:
        for order in row["orders"]:
            assert (order.count(0), order.count(1)) == (CATS, DOGS)
        assert row["orders"][1] != row["orders"][2]
    assert row["dtype"] == "float32"
    assert sorted(row["shape"][1:]) in ([3, SIDE, SIDE], [3, 24, 24])
    if "whitened" not in name:
        assert -1e-5 <= row["low"] < 0.1
        assert 0.9 < row["high"] <= 1 + 1e-5


@pytest.mark.parametrize(("name", "is_augmented"), ASKED, ids=[f"{name}-{kind}" for name, kind in ASKED])
def test_mean_picture(
    drawn: Any, plain: NDArray[np.float64], augmented: NDArray[np.float64], name: str, is_augmented: bool
) -> None:
    """Allow 2 levels from Pillow's mean image, and 3 from SciPy's, since 480 other draws leave noise."""
    _skip_missing(name)
    if "whitened" in name:
        pytest.skip("whitened images have no scale")
    mean = _coarse(drawn(name, is_augmented)["mean"])
    if "function" in name:
        mean = 1 - mean
    expected = augmented if is_augmented else plain
    distance = np.abs(mean - expected).mean() * 255
    print(f"{name}, augmented {is_augmented}: {distance:.2f} levels")
    assert distance < (3 if is_augmented else 2)


def test_a_swapped_channel_or_side_would_be_seen(plain: NDArray[np.float64], augmented: NDArray[np.float64]) -> None:
    """Check that the test above would notice swapped channels or a mirrored image."""
    for wrong in (plain[:, :, ::-1], plain[::-1], plain.transpose(1, 0, 2)):
        assert np.abs(wrong - plain).mean() * 255 > 4
    assert np.abs(augmented[:, :, ::-1] - augmented).mean() * 255 > 10
    assert np.abs(plain - augmented).mean() * 255 > 3.5
