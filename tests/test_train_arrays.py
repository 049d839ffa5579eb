"""`data.dataset` in the commands: trained, resumed, and refused by name where files are wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pipeline.builders.build import build
from pipeline.builders.directory import scan
from pipeline.config import DataConfig, ImageConfig, LoaderConfig
from pipeline.errors import InputError
from pipeline.runs.trained_run import read_run
from pipeline.train.command import main
from tests.support.places import ROOT

MNIST = ROOT / "configs" / "mnist.yaml"
NOWHERE = "http://127.0.0.1:9"  # nothing listens there: no network, on any machine
SMALL = ["--model.filters", "[4]", "--model.dense", "[]", "--train.epochs", "1"]


def command(module: str, *argv: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process without network, with a Keras folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    proxies = {"https_proxy": NOWHERE, "HTTPS_PROXY": NOWHERE}
    environment = {**kept, **proxies, "KERAS_HOME": str(folder / "keras"), "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", f"pipeline.{module}", *map(str, argv)]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_mnist_configuration_trains_offline_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keras").mkdir()
    done = command("train", "--config", MNIST, *SMALL, "--output", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["examples"], record["validation_examples"], record["epochs"]) == (1437, 360, 1)
    assert record["classes"] == list("0123456789")
    assert record["cache"].startswith("memory: the resized arrays themselves")
    assert record["val_accuracy"] > 0.2  # of ten classes
    assert "digits stand in for it" in done.stderr
    assert "note: digits are scikit-learn's 1,797 handwritten digits of 8x8, not MNIST" in done.stderr
    kept = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text(encoding="utf-8"))
    assert kept["data"]["dataset"] == "digits"  # what it was trained on
    assert read_run(tmp_path / "run").class_names == tuple("0123456789")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "--resume", "run", "--train.epochs", "2"])
    capfd.readouterr()
    assert main() == 0
    out, err = capfd.readouterr()
    record = json.loads(out)
    assert record["epochs"] == 2
    assert "continuing in epoch 2" in err
    done = command("evaluate", "run", folder=tmp_path)  # on the data set's own validation part
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    assert (measured["examples"], measured["source"]) == (360, "the data set digits")
    assert round(measured["accuracy"], 4) == record["val_accuracy"]


@pytest.mark.parametrize(
    ("module", "argv"),
    [
        ("prepare", ["cache", "--config", MNIST]),
        ("profile", [MNIST]),
        ("inspect", [MNIST, "--output", "page"]),
    ],
)
def test_commands_that_read_files_refuse_by_name(tmp_path: Path, module: str, argv: list[Any]) -> None:
    done = command(module, *argv, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [one for one in done.stderr.splitlines() if one.startswith("error: ")]
    assert f"pipeline.{module}" in line
    assert "reads photos in folders, and data.dataset names arrays, which have no files: use pipeline.train" in line
    assert line.endswith('Received: "mnist"')
    assert list(tmp_path.iterdir()) == []


def test_the_digits_in_the_size_colours_and_labels_asked_for() -> None:
    image = ImageConfig(size=(12, 12), color_mode="rgb", resize="pad")
    data = build(DataConfig(dataset="digits", label_mode="categorical"), image, LoaderConfig(batch_size=40))
    images, labels = next(data.train.as_numpy_iterator())
    assert (images.shape, labels.shape) == ((40, 12, 12, 3), (40, 10))
    assert images.max() <= 1
    assert data.counts.sum().to_dict() == {"train": 1437, "validation": 360}
    shares = data.counts["validation"] / data.counts.sum(axis=1)
    assert np.allclose(shares, 0.2, atol=0.01)  # stratified
    alone = build(DataConfig(dataset="digits", label_mode=None, class_names=None), image)
    assert alone.label_mode is None
    named = build(DataConfig(dataset="digits", class_names=tuple("abcdefghij")), image)
    assert named.class_names == tuple("abcdefghij")


@pytest.mark.parametrize("cache", ["none", "disk"])
def test_another_cache_than_memory_is_refused(cache: Any) -> None:
    with pytest.raises(InputError, match=rf'loader\.cache must be "auto" or "memory" .* Received: "{cache}"'):
        build(DataConfig(dataset="digits"), loader=LoaderConfig(cache=cache))


def test_a_scan_of_files_refuses_arrays() -> None:
    with pytest.raises(InputError, match="reads photos in folders"):
        scan(DataConfig(dataset="digits"))


@pytest.mark.parametrize(
    "options", [{"train": "photos"}, {"validation": "photos"}, {"validation_split": 0.3}, {"download": True}]
)
def test_folders_beside_a_data_set_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"names the pictures.*Received: dataset=mnist, {next(iter(options))}="):
        DataConfig(dataset="mnist", **options)


def test_a_data_set_that_there_is_none_of() -> None:
    with pytest.raises(InputError, match=r'data\.dataset must be one of "mnist", .*, or null\. Received: \'imagenet'):
        DataConfig(dataset="imagenet")  # type: ignore[arg-type]
