"""Tests of `python -m pipeline.export`: the folder, the record, and the errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import pytest

from pipeline.errors import InputError
from pipeline.export import compare, graph
from pipeline.export.command import main
from tests.support.places import ROOT
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"new": 5})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), "binary", ("cats", "dogs"))


def test_a_folder_that_says_what_is_in_it(
    run: Path, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "cats" / "1"
    assert main([str(run), "--to", str(to), "--photos", str(photos)]) == 0
    line = json.loads(capfd.readouterr().out)
    assert (line["photos"], line["different_classes"], line["output"]) == (5, 0, str(to))
    assert line["largest_difference"] <= line["comparison"]["tolerance"] == 1e-5
    record = json.loads((to / "export.json").read_text())
    assert record["saved_model"]["input"]["image_bytes"]["dtype"] == "string"
    assert record["saved_model"]["outputs"]["probabilities"] == {"dtype": "float32", "shape": [None, 2]}
    assert record["keras"]["input"]["pixels"] == {"dtype": "uint8", "shape": [None, 12, 16, 3]}
    assert record["comparison"]["keras"] == {
        **{"photos": 5, "different_classes": 0, "refused": [], "sound": True},
        "largest_difference": record["comparison"]["keras"]["largest_difference"],
    }
    assert (to / "classes.json").read_bytes() == (run / "classes.json").read_bytes()
    assert "cats, dogs" in (to / "README.txt").read_text()
    assert {path.name for path in to.iterdir()} >= {"saved_model.pb", "variables", "model.keras"}
    assert [path.name for path in to.parent.iterdir()] == ["1"]
    _, rescale, _, *_ = keras.saving.load_model(to / "model.keras").layers
    assert rescale.name == "rescale"


def test_what_is_there_is_replaced_on_request_alone(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "export"
    (to / "deep").mkdir(parents=True)
    arguments = [str(run), "--to", str(to)]
    with pytest.raises(InputError, match="--to must lie outside the photos"):
        main([*arguments[:2], str(tmp_path / "export" / "deep" / "new"), "--photos", str(to)])
    with pytest.raises(InputError, match="--to exists already"):
        main(arguments)
    with pytest.raises(InputError, match=r"holds no export\.json"):
        main([*arguments, "--overwrite"])
    (to / "export.json").write_text("{}")
    make_run(to / "run", "binary", ("a", "b"))
    with pytest.raises(InputError, match="would delete the run itself"):
        main([str(to / "run"), "--to", str(to), "--overwrite"])

    def fails(*_: object) -> None:
        raise InputError("no")

    with monkeypatch.context() as patch:
        patch.setattr(graph, "save_keras", fails)
        with pytest.raises(InputError, match=r"^no$"):
            main([*arguments, "--overwrite"])
    assert sorted(path.name for path in to.iterdir()) == ["deep", "export.json", "run"]
    assert main([*arguments, "--overwrite"]) == 0
    captured = capfd.readouterr()
    assert json.loads(captured.out)["comparison"] is None
    assert "nothing was compared: the run has no photos, or they are gone; --photos DIR compares" in captured.err
    assert not (to / "deep").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


@pytest.mark.slow
def test_an_answer_that_differs_is_exit_code_1(
    run: Path, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "TOLERANCE", -1.0)
    assert main([str(run), "--to", str(tmp_path / "export"), "--photos", str(photos)]) == 1
    assert json.loads(capfd.readouterr().out)["comparison"]["keras"]["sound"] is False
    assert json.loads((tmp_path / "export" / "export.json").read_text())["comparison"]["keras"]["sound"] is False


def test_help_is_quick() -> None:
    code = "import sys, pipeline.export.command as it\ntry: it.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print({'tensorflow', 'numpy', 'pandas', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_folder_that_tensorflow_cannot_name_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--to must be a path in UTF-8"):
        main([str(run), "--to", os.fsdecode(os.fsencode(tmp_path) + b"/\xb0\xad")])
    assert not list(tmp_path.iterdir())
