"""Tests of the profile command: its arguments, its errors, its files. The real command runs in processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.config import TrainConfig
from pipeline.errors import InputError
from pipeline.profile import command
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

QUICK = ("--seconds", "1")
SMALL = ("--image.size", "24", "--model.filters", "[4]", "--model.dense", "[]", "--loader.batch_size", "8")


def run(folder: Path, *argv: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, *options.pop("python", ()), "-m", "pipeline.profile", *map(str, argv)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False, **options
    )


def last_line(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    kept: dict[str, Any] = json.loads(line)
    return kept


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"고양이": 20, "개": 12})


# ---- arguments


def asked(*argv: str) -> Any:
    return command._parse(argv)


def test_without_arguments_it_asks_what_training_would() -> None:
    found = asked()
    assert (found.config, found.seconds, found.trace) == (TrainConfig(), command.SECONDS, False)


def test_a_file_comes_first_and_options_win_over_it(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text("loader: {batch_size: 7, cache: none}\n")
    found = asked(str(tmp_path / "some.yaml"), "--trace", "--loader.batch_size", "9", "--seconds=3", "--overwrite")
    assert (found.config.loader.batch_size, found.config.loader.cache) == (9, "none")
    assert (found.seconds, found.trace, found.config.overwrite) == (3.0, True, True)


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["nowhere.yaml"], "'nowhere.yaml'"),
        (["--seconds"], "--seconds must be followed by a number. Received: nothing"),
        (["--seconds", "0"], "--seconds must be a number greater than 0. Received: '0'"),
        (["--seconds", "nan"], "Received: 'nan'"),
        (["--trace=maybe"], "--trace must be given alone, or be true or false. Received: 'maybe'"),
        (["--resume", "runs/first"], "python -m pipeline.profile RUN/config.yaml"),
        (["--loader.cash", "none"], "--loader.cash is not a field; did you mean --loader.cache?"),
        (["--overwrite", "stray"], "Received: 'stray'"),
    ],
)
def test_wrong_use_is_one_line_that_names_it(argv: list[str], named: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(*argv)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_help_needs_nothing_heavy(tmp_path: Path) -> None:
    done = run(tmp_path, "--help", python=["-X", "importtime"])
    assert done.returncode == 0
    assert "[CONFIG.yaml] [--seconds N] [--trace]" in done.stdout
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {"tensorflow", "keras", "matplotlib", "numpy", "pandas"}


# ---- errors before anything is measured


def test_a_profile_is_not_replaced_unasked_and_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text("{}")
    with pytest.raises(InputError, match=r"holds a profile\.json already.*--overwrite"):
        command._check_output(str(tmp_path), False)
    command._check_output(str(tmp_path), True)
    command._check_output(str(tmp_path / "new"), False)
    with pytest.raises(InputError, match=r"output must be a folder\. Received a file"):
        command._check_output(str(tmp_path / "profile.json"), False)


def test_a_missing_folder_is_refused_before_tensorflow_is_imported(tmp_path: Path) -> None:
    done = run(tmp_path, "--data.train", "nowhere", python=["-X", "importtime"])
    assert (done.returncode, done.stdout) == (2, "")
    (error,) = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert error.startswith("error: data.train: there is no folder 'nowhere'")
    assert not any(line.split("|")[-1].strip() == "tensorflow" for line in done.stderr.splitlines())


# ---- measurements


@pytest.mark.slow
def test_the_command_measures_says_draws_and_writes(photos: Path, tmp_path: Path) -> None:
    arguments = ("--data.train", photos, *SMALL, "--loader.cache", "none", "--augment.rotation_range", "20")
    done = run(tmp_path, *arguments, *QUICK, "--output", "found", "--trace")
    kept = last_line(done)
    names = [row["name"] for row in kept["stages"]]
    assert names[:6] == ["read", "decode", "resize", "augment", "batch", "model step"]
    assert sum(row["share"] for row in kept["stages"]) == pytest.approx(1)
    assert (kept["measured_photos"], kept["photos"], kept["cache"]) == (32, 32, "none")
    assert kept["picture_bytes"] == 24 * 24 * 3
    assert {"input", "model", "together"} <= set(kept["images_per_second"])
    assert json.loads((tmp_path / "found" / "profile.json").read_text()) == kept
    assert (tmp_path / "found" / "profile.png").stat().st_size > 10_000
    assert list((tmp_path / "found" / "trace").rglob("*.xplane.pb"))
    assert "xprof --logdir found/trace" in done.stderr
    assert f"in short: {kept['verdict']}" in done.stderr.splitlines()
    assert done.stderr.count("Traceback") == 0
    again = run(tmp_path, *arguments, *QUICK, "--output", "found")
    assert (again.returncode, again.stdout) == (2, "")
    assert "holds a profile.json already" in again.stderr


@pytest.mark.slow
def test_a_photo_that_cannot_be_read_is_named(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    folder = photo_folder({"a": 9, "b": 9})
    (folder / "a" / "0003.jpg").write_bytes(b"no picture")
    done = run(tmp_path, "--data.train", folder, *SMALL, *QUICK, "--output", "found")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "found").exists()
    assert done.stderr.splitlines()[-1].startswith("error: 1 of ")
    assert "0003.jpg: its content is not" in done.stderr
