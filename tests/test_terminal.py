"""A person at a terminal reads tables, a program reads JSON and CSV: each command on a real pseudo-terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.console.streams import print_answer
from tests.support.places import ROOT
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("runs") / "run", names=("cats", "강아지", "owls"))
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "val_accuracy": 0.654, "guess_accuracy": 0.5}))
    return folder


def on_a_terminal(*command: str) -> tuple[int, str, str]:
    """Run with stdout on a pseudo-terminal: (exit code, stdout, stderr)."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=theirs,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                data = os.read(ours, 1 << 16)
            except OSError:  # Linux' way to say that the other end is closed
                break
            if not data:
                break
            said += data
        errors = process.stderr.read() if process.stderr else ""
    os.close(ours)
    return process.returncode, said.decode().replace("\r\n", "\n"), errors


def test_predict_prints_a_table_and_in_a_pipe_csv(run: Path, photo_folder: PhotoFolder, tmp_path: Path) -> None:
    photos = photo_folder({"new": 2})
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    given = [str(run), str(photos / "new"), str(tmp_path / "broken.jpg")]
    code, table, errors = on_a_terminal("pipeline.predict", *given)
    piped = subprocess.run([sys.executable, "-m", "pipeline.predict", *given], cwd=ROOT, capture_output=True, text=True)
    assert code == piped.returncode == 1
    rows = list(csv.DictReader(io.StringIO(piped.stdout)))
    head, *lines = table.splitlines()
    assert head.split() == ["class", "probability", "photo"]
    for row, line in zip(rows, lines, strict=True):
        if row["error"]:
            assert line.split()[:2] == ["–", "–"]
            assert line.endswith(f"{row['path']}: {row['error']}")
        else:
            assert line.split() == [row["class"], f"{float(row['probability']):.1%}", row["path"]]
    assert "right on 65.4% of its validation photos" in errors
    assert "right on 50.0%" in errors


@pytest.mark.parametrize("asked", [False, True])
def test_a_table_alone_or_json_alone(asked: bool, run: Path, tmp_path: Path) -> None:
    more = ["--json"] if asked else []
    code, out, _ = on_a_terminal("pipeline.compare", str(run), "--output", str(tmp_path / "compared"), *more)
    assert code == 0
    assert ("{" not in out) != asked
    if asked:
        assert json.loads(out)["output"] == str(tmp_path / "compared")


@pytest.mark.slow
def test_training_evaluation_and_inspection_print_no_json_on_a_terminal(
    photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    photos = str(photo_folder({"cats": 12, "dogs": 4}))
    small = ["--image.size", "24", "--model.filters", "[4]", "--model.dense", "[]", "--train.epochs", "1"]
    folder = str(tmp_path / "run")
    split = ["--data.validation_split", "0.25"]
    code, out, errors = on_a_terminal("pipeline.train", "--data.train", photos, *split, *small, "--output", folder)
    assert (code, out) == (0, "")
    assert "where guessing gives 0.75" in errors
    assert json.loads((tmp_path / "run" / "run.json").read_text())["guess_accuracy"] == 0.75
    code, out, _ = on_a_terminal("pipeline.evaluate", folder)
    assert code == 0
    assert "{" not in out
    assert "guessing" in out
    assert "75.0\u00a0%" in out
    code, out, _ = on_a_terminal("pipeline.inspect", photos, "--output", str(tmp_path / "report"), "--json")
    assert json.loads(out)["photos"] == 16
    code, out, _ = on_a_terminal("pipeline.export", folder, "--to", str(tmp_path / "export"))
    assert (code, out) == (0, "")


@pytest.mark.parametrize(("json_asked", "printed"), [(False, 'words\n{"a": 1}\n'), (True, '{"a": 1}\n')])
def test_in_a_pipe_the_last_line_is_json(json_asked: bool, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_answer({"a": 1}, "words\n", json=json_asked)
    assert capsys.readouterr().out == printed
