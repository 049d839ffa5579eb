"""`~` in paths: the home folder, in options, YAML and functions alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pipeline
from pipeline.config import TrainConfig
from pipeline.console.arguments import parse
from pipeline.console.streams import Parser
from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.predict.command import arguments


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8), (90, 60, 30)).save(tmp_path / "photos" / name / "1.png")
    return tmp_path


FIELDS = ("data.train", "data.validation", "output", "resume", "loader.cache_folder", "model.weights")


def test_every_path_of_a_configuration(home: Path) -> None:
    for field in FIELDS:
        options = [f"--{field}=~/x", *(["--model.name=mobilenetv2"] if field == "model.weights" else [])]
        config: Any = parse(TrainConfig, options, prog="", description="")
        for name in field.split("."):
            config = getattr(config, name)
        assert str(config) == str(home / "x"), field
    (home / "c.yaml").write_text("data: {train: ~/photos, validation: '~/other'}\nmodel: ~/m.yaml\n")
    with pytest.raises(InputError, match="mapping"):
        parse(TrainConfig, ["--config", "~/c.yaml"], prog="", description="")
    (home / "c.yaml").write_text("data: {train: ~/photos, validation: '~/other'}\n")
    (home / "m.yaml").write_text("filters: [3]\n")
    config = parse(TrainConfig, ["--config", "~/c.yaml", "--model", "~/m.yaml"], prog="", description="")
    assert (config.data.train, config.data.validation) == (str(home / "photos"), str(home / "other"))
    assert config.model.filters == (3,)


def test_arguments_and_options_of_the_other_commands(home: Path) -> None:
    given = arguments(["~/run", "~/new/*.jpg", "-", "--output=~/rows.csv"])
    assert (given.run, given.inputs, given.output) == (f"{home}/run", [f"{home}/new/*.jpg", "-"], f"{home}/rows.csv")
    parser = Parser()
    parser.add_argument("--to")
    assert parser.parse_args(["--to", "~"]).to == str(home)
    assert parser.parse_args(["--to", "a~b"]).to == "a~b"


def test_functions(home: Path) -> None:
    data = pipeline.from_directory("~/photos", image_size=8, cache="disk", cache_folder="~/cache")
    assert len(data.train_examples) == 2
    assert (home / "cache").is_dir()
    data.show_batch(path="~/pages/batch.png")
    assert (home / "pages" / "batch.png").is_file()
    assert np.asarray(load_image("~/photos/cats/1.png")).shape == (8, 8, 3)
    assert not list((home / "elsewhere").iterdir())
