"""The command on really trained runs: which photos, which figures, what is written, exit codes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import sklearn.metrics as reference

import pipeline
from pipeline.errors import InputError, MissingPathError
from pipeline.evaluate.command import main
from tests.support.places import ROOT
from tests.support.small_run import train_small

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("photos")
    shutil.move(photo_folder({"cats": 12, "dogs": 13, "owls": 15}), root / "train")
    shutil.move(photo_folder({"cats": 7, "dogs": 5, "owls": 6}, seed=100), root / "validation")
    return root


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return train_small(folder, photos / "train", photos / "validation", resize="pad")


@pytest.fixture(scope="module")
def split_run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small(tmp_path_factory.mktemp("runs") / "split", photos / "train")


def result(captured: Captured) -> dict[str, Any]:
    return dict(json.loads(captured.readouterr().out.splitlines()[-1]))


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_run_s_own_photos_give_the_run_s_own_accuracy_and_loss(
    run: Path, photos: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert main([str(run), "--output", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out.splitlines()[-1])
    recorded = json.loads((run / "run.json").read_text())
    assert found["accuracy"] == pytest.approx(recorded["val_accuracy"], abs=5e-5)
    assert (found["examples"], found["val_accuracy"]) == (18, recorded["val_accuracy"])
    with (run / "history.csv").open(newline="") as file:
        best = list(csv.DictReader(file))[recorded["best_epoch"] - 1]
    assert found["loss"] == pytest.approx(float(best["val_loss"]), rel=1e-4)
    # And what Keras and scikit-learn say of the same photos, read one by one.
    model = keras.saving.load_model(run / "model.keras", compile=False)
    paths = sorted((photos / "validation").glob("*/*.jpg"))
    pictures = np.stack([pipeline.load_image(path, (12, 16), "pad") for path in paths]).astype(np.float32) / 255
    outputs = model.predict(pictures, verbose=0)
    labels = [("cats", "dogs", "owls").index(path.parent.name) for path in paths]
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, outputs.argmax(axis=1)), abs=1e-6)
    written = rows(tmp_path)
    assert [row["path"] for row in written] == [str(path) for path in paths]
    probabilities = [[float(row[f"probability_{name}"]) for name in ("cats", "dogs", "owls")] for row in written]
    np.testing.assert_allclose(probabilities, outputs, atol=2e-5)
    assert [row["true"] for row in written] == [path.parent.name for path in paths]
    assert "own record says" not in (tmp_path / "evaluate.html").read_text(encoding="utf-8")
    # A table for people comes first, and everything is where it is said to be.
    lines = captured.out.splitlines()
    assert lines[0].split()[:3] == ["class", "photos", "precision"]
    assert lines[1].startswith("cats")
    names = {"evaluate.html", "evaluate.json", "predictions.csv"}
    assert (
        names | {f"{name}.png" for name in ("confusion", "roc", "precision_recall", "calibration", "history")}
        >= set(os.listdir(tmp_path))
        >= names
    )


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the pictures, for tests that look elsewhere."""
    monkeypatch.setattr("pipeline.evaluate.plots.draw", lambda *_: {})


@pytest.mark.usefixtures("undrawn")
def test_the_same_split_is_drawn_again(split_run: Path, photos: Path, capsys: Captured) -> None:
    assert main([str(split_run), "--lang", "ko"]) == 0
    found = result(capsys)
    recorded = json.loads((split_run / "run.json").read_text())
    assert found["accuracy"] == pytest.approx(recorded["val_accuracy"], abs=5e-5)
    assert found["examples"] == recorded["validation_examples"]
    assert found["output"] == str(split_run / "evaluate")
    assert found["source"] == f"{photos / 'train'}/ (the 20% kept for validation)"
    page = (split_run / "evaluate" / "evaluate.html").read_text(encoding="utf-8")
    assert f"{photos / 'train'}/(검증용으로 떼어 둔 20%)의 사진 {found['examples']}장으로" in page
    built = pipeline.from_directory(
        photos / "train", validation_split=0.2, image_size=(12, 16), batch_size=8, seed=3, cache="none"
    )
    expected = built.examples[built.examples["split"] == "validation"]["path"]
    assert [row["path"] for row in rows(split_run / "evaluate")] == list(expected)


@pytest.mark.usefixtures("undrawn")
def test_photos_added_since_would_be_measured_though_learned_from(
    split_run: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(split_run, tmp_path / "run")
    shutil.copytree(photos / "train", tmp_path / "train")
    config = (tmp_path / "run" / "config.yaml").read_text()
    # A relative path is meant from where training ran.
    (tmp_path / "run" / "config.yaml").write_text(config.replace(str(photos / "train"), "train"))
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**record, "directory": str(tmp_path)}))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main([str(tmp_path / "run"), "--output", "out"]) == 0
    shutil.copy(tmp_path / "train" / "cats" / "0000.jpg", tmp_path / "train" / "cats" / "new.jpg")
    with pytest.raises(InputError, match=r"41 photos .* now and were 40 .* learned from would be measured"):
        main([str(tmp_path / "run"), "--output", "out"])
    shutil.rmtree(tmp_path / "train")
    with pytest.raises(MissingPathError, match=r"are not in .* any more: name a folder"):
        main([str(tmp_path / "run"), "--output", "out"])


@pytest.mark.usefixtures("undrawn")
def test_photos_that_cannot_be_read_are_named_counted_and_left_out(
    run: Path, photos: Path, tmp_path: Path, capsys: Captured
) -> None:
    folder = shutil.copytree(photos / "validation", tmp_path / "photos")
    (folder / "dogs" / "0002.jpg").write_bytes(b"no picture")
    whole = (folder / "owls" / "0001.jpg").read_bytes()
    (folder / "owls" / "0001.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "loose.jpg").write_bytes(whole)
    (folder / "cats" / "notes.txt").write_text("mine")
    arguments = [str(run), "--data.validation", str(folder), "--output", str(tmp_path / "out")]
    assert main([*arguments, "--lang", "ko"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out.splitlines()[-1])
    assert (found["examples"], found["unreadable"]) == (16, 2)
    assert f"cannot be read, left out: {folder / 'dogs' / '0002.jpg'}" in captured.err
    written = json.loads((tmp_path / "out" / "evaluate.json").read_text())
    assert [(bad["class"], Path(bad["path"]).name) for bad in written["unreadable_photos"]] == [
        ("dogs", "0002.jpg"),
        ("owls", "0001.jpg"),
    ]
    table = rows(tmp_path / "out")
    assert len(table) == 18
    assert [row["path"] for row in table if row["error"]] == [bad["path"] for bad in written["unreadable_photos"]]
    page = (tmp_path / "out" / "evaluate.html").read_text(encoding="utf-8")
    said = ("0002.jpg", "알려진 그림 형식이 아닙니다", "데이터가 중간에 끊겼습니다", "그림이 아닌 파일: 1개")
    assert [one for one in said if one not in page] == []
    assert "클래스 폴더에 들어 있지 않은 그림: 1장(처음 것: loose.jpg)" in page
    assert written["source"] == os.path.join(folder, "")
    assert any("passed over 1 file that is not jpg" in note for note in written["notes"])


@pytest.mark.usefixtures("undrawn")
def test_a_class_may_be_missing_and_an_unknown_one_is_refused(
    run: Path, photos: Path, tmp_path: Path, capsys: Captured
) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(photos / "validation" / "owls", folder / "owls")
    assert main([str(run), "--data.validation", str(folder), "--output", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out.splitlines()[-1])
    assert "no photo of cats, dogs" in captured.err
    # The label of owls is 2, though they are the only class here.
    everyone = [one for one in rows(tmp_path / "out") if one["predicted"] == "owls"]
    assert found["accuracy"] == pytest.approx(len(everyone) / 6)
    assert [one["support"] for one in found["classes"]] == [0, 0, 6]
    assert found["classes"][0]["recall"] is None
    (folder / "wolves").mkdir()
    with pytest.raises(InputError, match=r"classes that the run does not know: \['wolves'\].*move those"):
        main([str(run), "--data.validation", str(folder), "--output", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none"], "there is no folder 'none'"),
        (["{run}", "--data.validation", "none"], "--data.validation must name a folder"),
        (["{run}", "--data.validation", "{photos}"], "which are splits, not classes"),
        (["{run}", "--output", "{photos}/train/out"], "must lie outside the photos"),
        (["{run}", "--wrong"], "unrecognized arguments: --wrong; python -m pipeline.evaluate --help"),
    ],
)
def test_wrong_use_is_one_line(run: Path, photos: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        main([one.format(run=run, photos=photos) for one in arguments])
    assert "\n" not in str(raised.value)


def test_a_run_without_validation_photos_and_another_run_s_model(
    run: Path, split_run: Path, tmp_path: Path, photos: Path
) -> None:
    shutil.copytree(split_run, tmp_path / "run")
    config = (tmp_path / "run" / "config.yaml").read_text()
    (tmp_path / "run" / "config.yaml").write_text(config.replace("validation_split: 0.2", "validation_split: null"))
    with pytest.raises(InputError, match="was trained without validation photos: name a folder"):
        main([str(tmp_path / "run")])
    classes = {"class_names": ["a", "b"], "label_mode": "binary"}
    (tmp_path / "run" / "classes.json").write_text(json.dumps(classes))
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**record, "classes": ["a", "b"]}))
    os.makedirs(tmp_path / "photos" / "a")
    shutil.copy(photos / "train" / "cats" / "0000.jpg", tmp_path / "photos" / "a")
    with pytest.raises(InputError, match="has 3 outputs, and the run's classes take 1"):
        main([str(tmp_path / "run"), "--data.validation", str(tmp_path / "photos")])


@pytest.mark.usefixtures("undrawn")
def test_another_accuracy_than_the_record_s_is_said(run: Path, tmp_path: Path, capsys: Captured) -> None:
    shutil.copytree(run, tmp_path / "run")
    record = json.loads((run / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**record, "val_accuracy": 0.1234}))
    assert main([str(tmp_path / "run")]) == 0
    assert "accuracy of 12.3\u00a0%" in (tmp_path / "run" / "evaluate" / "evaluate.html").read_text(encoding="utf-8")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pipeline.evaluate.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('tensorflow', 'numpy', 'PIL', 'matplotlib', 'jinja2', 'sklearn', 'jsonargparse')\n"
        "assert not [name for name in heavy if name in sys.modules]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--data.validation DIR" in done.stdout


@pytest.mark.usefixtures("undrawn")
def test_photos_that_it_learned_from_are_said(split_run: Path, photos: Path, tmp_path: Path, capsys: Captured) -> None:
    """Count those of a split's training side alone; a class folder may be empty."""
    known = json.loads((split_run / "run.json").read_text())
    folder = photos / "train"
    everyone = sum(len(list(one.iterdir())) for one in folder.iterdir())
    output = ["--output", str(tmp_path / "out")]
    assert main([str(split_run), "--data.validation", str(folder), *output]) == 0
    assert f"note: {known['examples']} of these photos are ones that the run learned from" in capsys.readouterr().err
    record = json.loads((tmp_path / "out" / "evaluate.json").read_text())
    assert (record["learned_from"], record["examples"]) == (known["examples"], everyone)
    (tmp_path / "new" / "cats").mkdir(parents=True)
    (tmp_path / "new" / "dogs").mkdir()
    shutil.copy(next((folder / "cats").iterdir()), tmp_path / "new" / "cats")
    assert main([str(split_run), "--data.validation", str(tmp_path / "new"), *output]) == 0
    said = capsys.readouterr().err
    assert "note: no photo of dogs" in said
    assert "learned from" not in said
