"""A run directory, as the commands after training read it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.config import DataConfig, FitConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.models.saved import load_model
from pipeline.runs import fit
from pipeline.runs.trained_run import read_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def run(photo_folder: PhotoFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    photos = photo_folder({"cats": 4, "dogs": 4, "owls": 4})
    folder = tmp_path_factory.mktemp("runs") / "first"
    config = TrainConfig(
        data=DataConfig(train=str(photos), validation=str(photos)),
        image=ImageConfig(size=(12, 16), resize="pad", pad_value=9, decode="exact"),
        loader=LoaderConfig(batch_size=4),
        model=ModelConfig(filters=(2,), dense=()),
        train=FitConfig(epochs=1),
        output=str(folder),
    )
    fit.train(config)
    return folder


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    there = tmp_path / "copy"
    there.mkdir()
    for name in ("run.json", "config.yaml", "classes.json", "model.keras"):
        (there / name).write_bytes((run / name).read_bytes())
    return there


def test_what_training_wrote_is_read(run: Path) -> None:
    read = read_run(run)
    assert read.class_names == ("cats", "dogs", "owls")
    assert read.label_mode == "int"
    assert read.image == ImageConfig(size=(12, 16), resize="pad", pad_value=9, decode="exact")
    assert read.record["epochs"] == 1
    model = load_model(read.model_file)
    assert model.output_shape == (None, 3)
    assert model(np.zeros((1, 12, 16, 3), np.float32)).shape == (1, 3)


def test_reading_imports_no_tensorflow(run: Path) -> None:
    code = "import sys, pipeline.runs.trained_run as it; it.read_run(sys.argv[1]); print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(run)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def unfinished(folder: Path) -> None:
    (folder / "model.keras").unlink()
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "finished": False}))


def renamed(folder: Path, names: list[str]) -> None:
    content = json.loads((folder / "classes.json").read_text())
    (folder / "classes.json").write_text(json.dumps({**content, "class_names": names}))


def without(folder: Path, field: str, instead: str = "") -> None:
    lines = (folder / "config.yaml").read_text().splitlines()
    lines = [f"  {instead}" if line.strip().startswith(f"{field}:") else line for line in lines]
    (folder / "config.yaml").write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "run.json").unlink(), "holds no run.json"),
        (
            lambda folder: (folder / "model.keras").unlink(),
            r"model\.keras is gone from the finished run .* last\.keras",
        ),
        (unfinished, r"has no model\.keras yet: go on with it by"),
        (lambda folder: (folder / "classes.json").unlink(), r"classes\.json' must name the classes"),
        (lambda folder: (folder / "classes.json").write_text("[1]"), r"classes\.json' must name the classes"),
        (lambda folder: (folder / "classes.json").write_text('{"class_names": [3], "label_mode": "int"}'), "classes"),
        (
            lambda folder: (folder / "classes.json").write_text(json.dumps({"class_names": ["a"], "label_mode": "x"})),
            "classes",
        ),
        (
            lambda folder: renamed(folder, ["b", "a"]),
            r"the classes in .*classes\.json' are \['b', 'a'\], and run\.json",
        ),
        (lambda folder: without(folder, "resize"), r"config\.yaml' is damaged: image\.resize is not in it"),
        (lambda folder: (folder / "config.yaml").write_text(""), r"is damaged: image\.size, image\.resize"),
        (lambda folder: without(folder, "resize", "sice: 3"), r"image\.resize is not in it"),
        (lambda folder: (folder / "run.json").write_text("[]"), r"run\.json in .* is damaged"),
        (lambda folder: (folder / "config.yaml").unlink(), "config"),
    ],
)
def test_what_is_missing_or_damaged_is_named(copy: Path, damage: Any, words: str) -> None:
    damage(copy)
    with pytest.raises(InputError, match=words):
        read_run(copy)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        read_run(tmp_path / "none")


def test_a_model_that_is_none(copy: Path) -> None:
    with pytest.raises(MissingPathError, match="there is no model file"):
        load_model(copy / "other.keras")
    with pytest.raises(InputError, match=r"must be a \.keras file"):
        load_model(copy / "run.json")
    whole = (copy / "model.keras").read_bytes()
    (copy / "model.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is damaged, such as cut short"):
        load_model(copy / "model.keras")
    with zipfile.ZipFile(copy / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(InputError, match="cannot be read"):
        load_model(copy / "model.keras")
