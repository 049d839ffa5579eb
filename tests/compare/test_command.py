"""Tests of the compare command: its table, its JSON, its files, its exit codes, and a run that was really trained."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import pytest

from pipeline.compare import curves
from pipeline.compare.command import main
from pipeline.compare.parameters import count_parameters
from pipeline.errors import InputError
from tests.support.places import ROOT
from tests.support.run_folders import epochs_to, run_folder
from tests.support.small_run import train_small

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

Captured = pytest.CaptureFixture[str]


def test_a_trained_run_s_figures_are_those_of_its_record(
    photo_folder: PhotoFolder, tmp_path: Path, capsys: Captured
) -> None:
    photos = photo_folder({"cats": 10, "dogs": 10})
    folder = train_small(tmp_path / "runs" / "first", photos)
    assert main([str(tmp_path / "runs"), "--output", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["run", "epochs", "best"]
    (run,) = json.loads(lines[-1])["runs"]
    recorded = json.loads((folder / "run.json").read_text())
    assert run["val_accuracy"] == pytest.approx(recorded["val_accuracy"], abs=5e-5)
    assert [run[key] for key in ("epochs", "best_epoch", "finished", "seed")] == [
        recorded[key] for key in ("epochs", "best_epoch", "finished", "seed")
    ]
    model = keras.saving.load_model(folder / "model.keras")
    assert run["parameters"] == model.count_params()
    assert sorted(os.listdir(tmp_path / "out")) == ["compare.csv", "compare.json", "compare.png"]


def test_parameters_of_layers_with_states_that_do_not_count(tmp_path: Path) -> None:
    between = [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), *between, keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    assert count_parameters(tmp_path / "model.keras") == model.count_params()
    (tmp_path / "broken.keras").write_bytes((tmp_path / "model.keras").read_bytes()[:-100])
    assert count_parameters(tmp_path / "broken.keras") is None
    assert count_parameters(tmp_path / "none.keras") is None


def test_what_is_missing_is_named_and_the_code_is_1(tmp_path: Path, capsys: Captured) -> None:
    run_folder(tmp_path / "runs" / "whole", epochs_to(0.7), "--image.resize", "pad")
    run_folder(tmp_path / "runs" / "begun", [], finished=False)
    run_folder(tmp_path / "runs" / "cut", epochs_to(0.6)[:2], finished=False)
    broken = run_folder(tmp_path / "runs" / "broken", epochs_to(0.6))
    (broken / "history.csv").write_text("epoch,loss\n1,x\n")
    arguments = [str(tmp_path / "runs"), str(broken), "--output", str(tmp_path / "out")]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    table = {line.split()[0]: line for line in captured.out.splitlines()[:5]}
    assert table[str(tmp_path / "runs" / "begun")].endswith("image.resize=stretch; not finished: no epoch yet")
    assert table[str(tmp_path / "runs" / "cut")].endswith("not finished: 2 of 10 epochs")
    assert "history.csv is damaged" in table[str(broken)]
    assert "image.resize=pad" in table[str(tmp_path / "runs" / "whole")]
    assert f"{broken} was named more than once" in captured.err
    found = json.loads(captured.out.splitlines()[-1])
    assert (len(found["runs"]), found["differs"], found["output"]) == (4, ["image.resize"], str(tmp_path / "out"))


def test_epochs_of_both_parts_are_counted(tmp_path: Path, capsys: Captured) -> None:
    tuned = ["--model.name", "vgg16", "--train.fine_tune_epochs", "2"]
    run_folder(tmp_path / "a", epochs_to(0.6), *tuned, finished=False)
    assert main([str(tmp_path / "a"), "--output", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("not finished: 3 of 12 epochs")


def test_much_that_differs_stands_below_the_table(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    many = ["--image.resize=pad", "--image.size=[96,128]", "--model.name=mobilenet_v2", "--train.learning_rate=0.0001"]
    run_folder(tmp_path / "a", epochs_to(0.7), *many)
    run_folder(tmp_path / "b", epochs_to(0.6))
    assert main(["a", "b", "--output", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines[:-1]) <= 120
    place = lines.index("what differs:")
    assert lines[place + 1].split() == ["a", "b"]
    below = {line.split()[0]: line.split()[1:] for line in lines[place + 2 : lines.index("", place)]}
    assert below["image.size"] == ["[96,128]", "[150,150]"]
    assert below["model.name"] == ["mobilenet_v2", "cnn"]
    for name in "cdefghijklmnop":
        run_folder(tmp_path / name, epochs_to(0.6), f"--seed={ord(name)}")
    assert main([*"abcdefghijklmnop", "--output", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = lines.index("what differs:")
    end = next(k for k in range(place, len(lines)) if lines[k].startswith("b: "))
    assert "image.size=[96,128]" in " ".join(lines[place + 1 : end]).split()
    assert max(len(line) for line in lines[place:end]) <= 120


def test_a_signal_ends_it_with_its_code_and_a_line(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_folder(tmp_path / "a", epochs_to(0.7))

    def draw(_groups: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(curves, "draw_curves", draw)
    assert main([str(tmp_path / "a"), "--output", str(tmp_path / "out")]) == 143
    assert "interrupted; the comparison was not finished" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_epoch_anywhere_leaves_no_old_picture(tmp_path: Path, capsys: Captured) -> None:
    run_folder(tmp_path / "a", [], finished=False)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "compare.png").write_bytes(b"old")
    assert main([str(tmp_path / "a"), "--output", str(tmp_path / "out")]) == 0
    assert not (tmp_path / "out" / "compare.png").exists()
    assert "there is no plot" in capsys.readouterr().err


def test_wrong_use_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the following arguments are required: RUN"):
        main([])
    with pytest.raises(InputError, match="there is no folder"):
        main([str(tmp_path / "none")])
    run_folder(tmp_path / "a", [])
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="must be a folder that can be written to"):
        main([str(tmp_path / "a"), "--output", str(tmp_path / "file")])
    with pytest.raises(InputError, match="must lie outside the photos"):
        main([str(tmp_path / "a"), "--output", str(tmp_path / "photos" / "report")])
    assert not (tmp_path / "photos").exists()


def test_it_goes_by_the_time_and_loads_no_tensorflow(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "a", epochs_to(0.7), "--seed", "1")
    run_folder(tmp_path / "runs" / "b", epochs_to(0.75), "--seed", "2")
    code = (
        "import sys\nfrom pipeline.compare.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'numpy', 'matplotlib', 'jsonargparse', 'h5py'} & set(sys.modules)\n"
        "assert main(['runs']) == 0\n"
        "assert not {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["output"].startswith("comparisons/2")
    assert (found["groups"][0]["n"], found["groups"][0]["val_accuracy"]) == (2, 0.725)
    assert (tmp_path / found["output"] / "compare.png").is_file()
