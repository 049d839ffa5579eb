"""Tests of `python -m pipeline.predict`: rows, exit codes, and resuming a file after a kill."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.predict.command import main
from pipeline.sources.labels import Mode
from tests.support.places import ROOT
from tests.support.small_runs import SMALL, make_run
from tests.support.versions import rows_depend_on_their_number

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

COMMAND = [sys.executable, "-m", "pipeline.predict"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    """Return a folder of 80 photos, of which the eleventh is broken, and a file that is not a photo."""
    folder = photo_folder({"new": 80})
    (folder / "new" / "0010.jpg").write_bytes(b"\xff\xd8\xff broken")
    (folder / "notes.txt").write_text("no picture")
    return folder


def rows_of(text: str | bytes) -> list[dict[str, str]]:
    text = text if isinstance(text, str) else text.decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def predicted(model_file: Path, path: str) -> NDArray[np.float32]:
    """Return the prediction of Keras alone."""
    pixels = load_image(path, SMALL.image_size, "pad", pad_value=9)
    model = keras.saving.load_model(model_file)
    return np.asarray(model.predict(pixels[None] * np.float32(1 / 255), verbose=0)[0], np.float32)


def test_rows_in_the_order_asked(run: Path, photos: Path, capfd: pytest.CaptureFixture[str]) -> None:
    last = str(photos / "new" / "0079.jpg")
    assert main([str(run), last, "gone.jpg", str(photos), "--top", "2"]) == 1
    captured = capfd.readouterr()
    rows = rows_of(captured.out)
    names = [str(photos / "new" / f"{number:04d}.jpg") for number in range(80)]
    assert [row["path"] for row in rows] == [last, "gone.jpg", *names]
    assert [row["path"] for row in rows if row["error"]] == ["gone.jpg", names[10]]
    assert rows[0] == rows[-1] or rows_depend_on_their_number()
    numbers = predicted(run / "model.keras", last)
    order = np.argsort(-numbers)
    assert [rows[0][key] for key in ("class", "class_2")] == [("cats", "dogs", "owls")[k] for k in order[:2]]
    np.testing.assert_allclose([float(rows[0][key]) for key in ("probability", "probability_2")], numbers[order[:2]])
    assert "82 inputs, 2 failed" in captured.err
    assert "notes.txt" in captured.err


@pytest.mark.parametrize(
    "mode",
    [
        "multi_label",
        "regression",
        pytest.param("binary", marks=pytest.mark.slow),
        pytest.param("categorical", marks=pytest.mark.slow),
    ],
)
def test_every_kind_of_labels(mode: Mode, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = ("cats", "dogs") if mode == "binary" else ("cats", "dogs", "owls")
    run = make_run(tmp_path / "run", mode, names)
    photo = str(photos / "new" / "0003.jpg")
    assert main([str(run), photo, "--format", "jsonl"]) == 0
    line = json.loads(capfd.readouterr().out)
    wanted = predicted(run / "model.keras", photo)
    wanted = np.array([1 - wanted[0], wanted[0]]) if mode == "binary" else wanted
    found = line["values" if mode == "regression" else "probabilities"]
    assert tuple(found) == names
    np.testing.assert_allclose(list(found.values()), wanted, rtol=1e-5)
    if mode == "multi_label":
        assert set(line["class"]) == {name for name, number in zip(names, wanted, strict=True) if number > 0.5}
    elif mode != "regression":
        assert line["class"] == names[wanted.argmax()]


@pytest.mark.slow
def test_an_answer_that_is_no_number_is_an_error(
    photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run")
    model = keras.saving.load_model(run / "model.keras")
    model.layers[-1].bias.assign([np.nan] * 3)
    model.save(run / "model.keras")
    assert main([str(run), str(photos / "new" / "0001.jpg"), "--format", "jsonl"]) == 1
    assert "NaN" in json.loads(capfd.readouterr().out)["error"]


def test_a_file_for_the_rows(run: Path, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = str(tmp_path / "rows.csv")
    arguments = [str(run), str(photos), "--output", output]
    assert main(arguments) == 1
    record = json.loads(capfd.readouterr().out)
    assert (record["inputs"], record["failed"], record["output"]) == (80, 1, output)
    assert record["images_per_second"] > 0
    before = Path(output).read_bytes()
    assert len(rows_of(before)) == 80
    with pytest.raises(InputError, match="--output exists already"):
        main(arguments)
    assert main([*arguments, "--resume"]) == 1
    captured = capfd.readouterr()
    assert (json.loads(captured.out)["inputs"], json.loads(captured.out)["failed"]) == (80, 1)
    assert "keeping 64 rows (whole batches) and continuing after them" in captured.err
    assert Path(output).read_bytes() == before
    with pytest.raises(InputError, match=r"format of .* is 'csv'\. Received: 'jsonl'"):
        main([*arguments, "--resume", "--format", "jsonl"])
    assert main([*arguments, "--overwrite", "--format", "jsonl"]) == 1
    assert [json.loads(line)["path"] for line in Path(output).read_bytes().splitlines()] == [
        row["path"] for row in rows_of(before)
    ]


def test_rows_that_are_there_outlive_a_model_that_cannot_be_read(run: Path, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "rows.csv"
    arguments = [str(photos), "--output", str(output)]
    main([str(run), *arguments])
    before = output.read_bytes()
    damaged = tmp_path / "damaged"
    shutil.copytree(run, damaged)
    content = (damaged / "model.keras").read_bytes()
    (damaged / "model.keras").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"model\.keras' is damaged, such as cut short"):
        main([str(damaged), *arguments, "--overwrite"])
    assert output.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x.jpg", "--top", "0"], "at least 1"),
        (["x.jpg", "--top", "4"], "at most the 3 classes"),
        (["x.jpg", "--format", "xml"], "invalid choice: 'xml'"),
        (["x.jpg", "--resume"], "--resume needs --output FILE"),
        (["x.jpg", "--output", "f", "--resume", "--overwrite"], "not allowed with"),
        (["-", "-"], "may be named once"),
        ([], "a run and photos must be named"),
    ],
)
def test_wrong_use_is_one_line(run: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(InputError) as raised:
        main([str(run), *arguments])
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_run_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a run's folder must be named"):
        main([str(tmp_path / "none"), "x.jpg"])


def test_help_is_quick() -> None:
    code = "import sys, pipeline.predict.command as it\ntry: it.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print({'tensorflow', 'numpy', 'pandas', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


# ---- processes, signals


class _Process:
    """A process of the command that reads paths from stdin, of which only `sent` have been written."""

    def __init__(self, run: Path, output: Path, names: list[str], *options: str) -> None:
        command = [*COMMAND, str(run), "-", "--output", str(output), *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdin is not None
        self.process.stdin.write("".join(name + "\n" for name in names).encode())
        self.process.stdin.flush()
        self.output = output

    def wait_for(self, rows: int) -> None:
        while not self.output.exists() or self.output.read_bytes().count(b"\n") <= rows:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                pytest.fail("it ended")

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        with self.process:  # its stdin stays open until it ends
            assert self.process.stderr is not None
            said = self.process.stderr.read().decode()
            return self.process.wait(), said


@pytest.fixture(scope="module")
def names(photos: Path) -> list[str]:
    """Return 120 paths. The first 100 make three groups of 32 for the graph, and two batches of readable images."""
    return [str(photos / "new" / f"{number % 80:04d}.jpg") for number in range(120)]


@pytest.fixture(scope="module")
def undisturbed(run: Path, names: list[str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("whole") / "rows.csv"
    main([str(run), *names, "--output", str(output)])
    return output.read_bytes()


def resume(run: Path, names: list[str], output: Path) -> None:
    assert main([str(run), *names, "--output", str(output), "--resume"]) == 1


@pytest.mark.slow
def test_after_a_kill_the_file_becomes_what_it_would_have_been(
    run: Path, names: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "rows.csv"
    process = _Process(run, output, names[:100])
    process.wait_for(64)
    assert process.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert undisturbed.startswith(output.read_bytes())
    with output.open("ab") as file:
        file.write(b'"half a ro')
    resume(run, names, output)
    assert output.read_bytes() == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_when_what_was_done_is_written(
    number: int, code: int, run: Path, names: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "rows.csv"
    process = _Process(run, output, names[:100])
    process.wait_for(64)
    returned, said = process.end(number)
    assert (returned, "Traceback" in said) == (code, False)
    assert "interrupted; what was done is written in" in said
    assert "--resume goes on" in said
    assert len(rows_of(output.read_bytes())) == 64
    resume(run, names, output)
    assert output.read_bytes() == undisturbed


@pytest.mark.slow
def test_paths_on_stdin_are_answered_before_its_end(run: Path, names: list[str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, str(run), "-"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"path,class,probability,error\n"
    for name in (names[0], "gone.jpg", names[1]):
        process.stdin.write(name.encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(name.encode() + b",")
    process.stdin.close()
    assert process.stdout.read() == b""
    assert process.wait() == 1
    process.stdout.close()


@pytest.mark.slow
def test_a_reader_that_leaves_ends_it(run: Path, photos: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(run), str(photos)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 141


@pytest.mark.slow
def test_names_that_are_no_utf_8_are_answered(run: Path, names: list[str], tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b'/\xff, "a"\nb.jpg'
    os.link(names[0], name)
    done = subprocess.run([*COMMAND, os.fsencode(run), name], cwd=ROOT, capture_output=True, check=True)
    assert rows_of(done.stdout)[0]["path"] == os.fsdecode(name).replace("\udcff", r"\udcff")
    done = subprocess.run([*COMMAND, os.fsencode(run), name, "--format", "jsonl"], cwd=ROOT, capture_output=True)
    assert os.fsencode(json.loads(done.stdout)["path"]) == name


def test_a_photo_without_a_run_is_told_which_runs_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"predict RUN photo.jpg. Received: 'photo.jpg' alone. .*none in runs/"):
        main(["photo.jpg"])
    (tmp_path / "runs" / "first").mkdir(parents=True)
    (tmp_path / "runs" / "first" / "run.json").write_text("{}")
    with pytest.raises(InputError, match=r"'photo.jpg' alone. Of runs there is 'runs/first'"):
        main(["photo.jpg"])
    with pytest.raises(InputError, match=r"pipeline.predict runs/first PHOTO.jpg. Received: 'runs/first' alone"):
        main(["runs/first"])
    with pytest.raises(InputError, match=r"a run's folder must be named, .* there is 'runs/first'"):
        main(["photo.jpg", "other.jpg"])
