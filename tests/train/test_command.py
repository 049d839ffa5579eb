"""The command in real processes: it reads folders and writes a run directory and one line of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
from PIL import Image

from pipeline import from_directory
from pipeline.config import FitConfig, TrainConfig
from pipeline.console import arguments as cli
from pipeline.console.arguments import run_command
from pipeline.errors import InputError
from pipeline.runs.history import read_history
from pipeline.runs.run_folder import run_lock
from pipeline.train.command import main
from pipeline.train.continued import _check_epochs
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

CATS_DOGS = ROOT / "configs" / "cats_dogs.yaml"
SMALL = ["--image.size", "24", "--model.filters", "[4]", "--model.dense", "[8]"]
CLASSES = {"고양이": 10, "개": 14}


@pytest.fixture(scope="module")
def training(photo_folder: PhotoFolder) -> Path:
    return photo_folder(CLASSES)


@pytest.fixture(scope="module")
def validation(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"고양이": 4, "개": 3}, seed=100)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def start(folder: Path, *argv: str | Path, before: Sequence[str] = (), **more: str) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", "pipeline.train", *map(str, argv)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment(**more), stdout=pipe, stderr=pipe)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process in a new folder, and return (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["train", *map(str, argv)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            run_command(main)
        return (int(left.value.code or 0), *capfd.readouterr())

    return run


Command = Callable[..., tuple[int, str, str]]


def refused(result: tuple[int, str, str]) -> str:
    """Check that a command ended with 2, one `error:` line, no traceback and an empty stdout; return the line."""
    code, out, err = result
    assert (code, out) == (2, ""), err
    assert "Traceback" not in err
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, err
    assert err.endswith(errors[0] + "\n")
    return errors[0]


# ---- one run, looked at from all sides


class Run:
    """A finished process and its run directory."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        out, err = process.communicate()
        self.folder, self.code, self.out = folder, process.returncode, out
        self.err = err.decode()

    @property
    def record(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        return content


@pytest.fixture(scope="module")
def arguments(training: Path, validation: Path) -> list[str]:
    folders = ["--data.train", str(training), "--data.validation", str(validation)]
    rest = ["--train.epochs", "2", "--loader.batch_size", "5", "--seed", "15", "--output", "out/first"]
    return [*folders, *SMALL, *rest, "--augment.rotation_range", "20", "--data.max_bad", "0.5"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, arguments: list[str]) -> Run:
    """Run the command in an ASCII terminal, with classes named in Korean."""
    folder = tmp_path_factory.mktemp("work")
    return Run(folder / "out" / "first", start(folder, *arguments, PYTHONIOENCODING="ascii"))


def test_it_ends_well_with_one_line_of_json_on_stdout(run: Run) -> None:
    assert run.code == 0, run.err
    lines = run.out.decode("utf-8").splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0]) == run.record


def test_the_record_says_what_was_done(run: Run) -> None:
    record = run.record
    assert record["finished"] is True
    expected = {
        "examples": 24,
        "validation_examples": 7,
        "classes": ["개", "고양이"],
        "epochs": 2,
        "steps": 5,
    }
    assert {name: record[name] for name in expected} == expected
    assert (record["skipped"], record["seed"], record["output"]) == (0, 15, "out/first")
    assert record["cache"].startswith("memory (auto):")
    assert record["seconds"] > 0
    assert record["images_per_second"] > 0
    assert record["best_epoch"] in (1, 2)
    assert record["versions"]["keras"] == keras.__version__


def test_the_folder_holds_what_it_should_and_nothing_else(run: Run) -> None:
    names = {
        "config.yaml",
        "history.csv",
        "history.png",
        "model.keras",
        "last.keras",
        "classes.json",
        "run.json",
    }
    assert {name for name in tree(run.folder) if not name.startswith("checkpoints")} == names
    assert len(list((run.folder / "checkpoints").iterdir())) == 1
    with Image.open(run.folder / "history.png") as picture:
        assert picture.size == (1100, 462)
    classes = json.loads((run.folder / "classes.json").read_text(encoding="utf-8"))
    assert classes == {"class_names": ["개", "고양이"], "label_mode": "binary"}


def test_its_configuration_reads_back_equal(run: Run, arguments: list[str]) -> None:
    def parsed(*argv: str) -> TrainConfig:
        return cli.parse(TrainConfig, argv, prog="train", description="")

    assert parsed("--config", str(run.folder / "config.yaml")) == parsed(*arguments)


def test_the_history_has_a_row_an_epoch(run: Run) -> None:
    rows = read_history(run.folder / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2]
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds"}
    assert run.record["best_epoch"] == best_row(run.folder)["epoch"]


def check_model(model: Path, folder: Path, row: dict[str, float]) -> None:
    """Check that the model is the one of that epoch: it gives the same loss and accuracy for the photos."""
    data = from_directory(folder, image_size=24, cache="none", verify="never")
    found = keras.models.load_model(model).evaluate(data.train, verbose=0, return_dict=True)
    for name in ("loss", "accuracy"):
        assert found[name] == pytest.approx(row[f"val_{name}"], rel=1e-4)


def best_row(folder: Path) -> dict[str, float]:
    return max(read_history(folder / "history.csv"), key=lambda row: row["val_accuracy"])


def test_the_best_model_reaches_the_accuracy_that_is_said(run: Run, validation: Path) -> None:
    """Evaluate the model in another process than it was trained in."""
    row = best_row(run.folder)
    check_model(run.folder / "model.keras", validation, row)
    assert run.record["val_accuracy"] == pytest.approx(row["val_accuracy"], abs=1e-4)


def test_the_last_model_is_the_last_epoch_s(run: Run, validation: Path) -> None:
    check_model(run.folder / "last.keras", validation, read_history(run.folder / "history.csv")[-1])


def test_people_are_told_what_happens_on_stderr(run: Run) -> None:
    assert "Traceback" not in run.err
    for words in (
        "labels: binary, float32 [B, 1]",
        "train: 24 photos = 4 batches of 5 + 1 of 4 = 5 steps",
        "model: ",
        "sigmoid over 1 output, binary_crossentropy (from the labels)",
        "Epoch 2/2",
        "saved in out/first: model.keras (best, epoch ",
        'note: data.max_bad changes nothing: data.on_error is not "skip". Received: 0.5',
        "how good it is, and on which photos it is wrong: python -m pipeline.evaluate out/first\n",
        "what is in new photos: python -m pipeline.predict out/first PHOTO.jpg\n",
    ):
        assert words in run.err
    assert "oneDNN" not in run.err


# ---- an output that is there


def test_an_output_that_is_there_is_refused_before_anything_is_read(command: Command, run: Run) -> None:
    before = tree(run.folder)
    line = refused(command("--data.train", "nowhere", "--output", run.folder))
    assert repr(str(run.folder)) in line
    assert "--overwrite" in line
    assert tree(run.folder) == before


def test_overwrite_deletes_nothing_that_is_no_run(command: Command, tmp_path: Path, training: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    line = refused(command("--data.train", training, "--output", "thesis", "--overwrite"))
    assert "'thesis' holds no run.json" in line
    assert tree(tmp_path) == {"thesis/chapter1.tex": b"years of work"}


def test_overwrite_trains_again_and_the_same_seed_gives_the_same_history(
    command: Command, run: Run, arguments: list[str], tmp_path: Path
) -> None:
    """Resume in another process."""
    shutil.copytree(run.folder, tmp_path / "out" / "first")
    (tmp_path / "out" / "first" / "note.txt").write_text("of the old run")
    code, _, err = command(*arguments, "--overwrite")
    assert code == 0, err
    files = tree(tmp_path / "out" / "first")
    assert "note.txt" not in files
    assert files["run.json"] != tree(run.folder)["run.json"]

    def history(folder: Path) -> list[dict[str, float]]:
        rows = read_history(folder / "history.csv")
        return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]

    assert history(tmp_path / "out" / "first") == history(run.folder)
    first, again = (keras.models.load_model(f / "last.keras") for f in (run.folder, tmp_path / "out" / "first"))
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)


# ---- other runs


def test_four_classes_early_stopping_a_drawn_seed_and_a_run_by_date(
    command: Command, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    """Stop after the second epoch, which is no better than the first, since nothing is learnt at this learning rate."""
    four = photo_folder({"a": 5, "b": 5, "c": 5, "d": 5})
    code, out, err = command(
        "--data.train", four, *SMALL, "--train.early_stopping", "1", "--train.epochs", "50",
        "--train.optimizer", "sgd", "--train.learning_rate", "1e-30", "--seed", "null",
    )  # fmt: skip
    assert code == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    record = json.loads(out)
    assert record["output"] == f"runs/{folder.name}"
    assert (record["epochs"], record["finished"], record["best_epoch"]) == (2, True, 1)
    assert (record["examples"], record["validation_examples"]) == (16, 4)
    assert "20% of the training photos are kept for it" in err
    assert "softmax over 4 outputs, sparse_categorical_crossentropy" in err
    model = keras.models.load_model(folder / "model.keras")
    assert model.output_shape == (None, 4)
    assert model.layers[-1].activation.__name__ == "softmax"
    assert f"seed: {record['seed']} (drawn" in err
    assert f"\nseed: {record['seed']}\n" in (folder / "config.yaml").read_text()
    before = tree(folder)
    for more in ([], ["--train.epochs", "60"]):
        code, out, err = command("--resume", folder, *more)
        assert (code, json.loads(out)) == (0, record)
        assert "is finished: train.early_stopping ended it after 2 of 50 epochs" in err
    assert tree(folder) == before


def test_one_photo_a_class_is_too_few_to_keep_some_for_validation(command: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
        Image.new("RGB", (30, 30)).save(tmp_path / "in" / name / "x.jpg")
    assert "too few of ['a', 'b']" in refused(command("--data.train", "in", *SMALL))


def test_skipped_photos_are_counted_and_listed_even_under_names_that_are_no_utf_8(
    command: Command, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    root = photo_folder({"cats": 6, "dogs": 6})
    bad = os.path.join(os.fsencode(root), b"dogs", b"\xff.jpg")
    Path(os.fsdecode(bad)).write_bytes(b"text")
    Path(os.fsdecode(bad + b".jpg")).symlink_to("nowhere")
    code, out, err = command(
        "--data.train",
        root,
        *SMALL,
        "--train.epochs",
        "1",
        "--data.on_error",
        "skip",
        "--data.max_bad",
        "0.9",
        "--output",
        "run",
    )
    assert code == 0, err
    record = json.loads(out)
    assert record == json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["skipped"] == 2
    assert {os.fsencode(one["path"]) for one in record["skipped_photos"]} == {bad, bad + b".jpg"}
    assert record["examples"] + record["validation_examples"] == 12
    assert bad.replace(b"\xff", rb"\udcff") + b"," in (tmp_path / "run" / "skipped.csv").read_bytes()


# ---- signals


def until(process: subprocess.Popen[bytes], beginning: bytes) -> list[bytes]:
    """Read the lines of stderr up to one that begins with a text."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(beginning):
            return lines
    raise AssertionError(b"".join(lines).decode())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, b"Epoch 3/"), (signal.SIGTERM, 143, b"Epoch 1/")]
)
def test_a_signal_in_mid_training_saves_and_says_where(
    tmp_path: Path, training: Path, validation: Path, number: int, code: int, said: bytes
) -> None:
    """Send Ctrl-C after two whole epochs, and SIGTERM in the first, when no best model is saved yet."""
    folders = ["--data.train", str(training), "--data.validation", str(validation)]
    process = start(tmp_path, *folders, *SMALL, "--train.epochs", "1000000", "--output", "run")
    until(process, said)
    process.send_signal(number)
    run = Run(tmp_path / "run", process)
    assert run.code == code, run.err
    assert "Traceback" not in run.err
    assert "interrupted; saved in run:" in run.err
    assert run.err.endswith("; go on with: python -m pipeline.train --resume run\n")
    record = run.record
    assert json.loads(run.out) == record
    assert record["finished"] is False
    history = run.folder / "history.csv"
    rows = read_history(history) if history.exists() else []
    assert len(rows) == record["epochs"]
    assert len(rows) >= 2 or said == b"Epoch 1/"
    assert not [name for name in tree(run.folder) if name.startswith(".")]
    assert keras.models.load_model(run.folder / "last.keras").count_params() > 0
    if rows:
        assert (run.folder / "history.png").is_file()
        check_model(run.folder / "model.keras", validation, best_row(run.folder))
        assert record["best_epoch"] == best_row(run.folder)["epoch"]
    else:
        assert (run.folder / "model.keras").is_file()
        assert "before an epoch was finished" in run.err


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (Path.unlink, "No such file"),
        pytest.param(lambda path: path.chmod(0), "ermission denied", marks=pytest.mark.slow),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:300]), "", marks=pytest.mark.slow),
        pytest.param(lambda path: path.write_text("a text now"), "its content is not", marks=pytest.mark.slow),
    ],
    ids=["gone", "forbidden", "cut", "changed"],
)
def test_a_photo_that_goes_away_or_changes_in_mid_training_is_named(
    tmp_path: Path, photo_folder: PhotoFolder, bound: list[str], spoil: Callable[[Path], object], why: str
) -> None:
    root = photo_folder({"cats": 6, "dogs": 6})
    lazy = ["--data.verify", "never", "--loader.cache", "none", "--train.epochs", "1000000", "--output", "run"]
    process = start(tmp_path, "--data.train", root, *SMALL, *lazy, before=bound)
    until(process, b"model: ")
    gone = sorted((root / "cats").iterdir())
    for path in gone:  # whichever the split kept for training, one of them is read in the next epoch
        spoil(path)
    run = Run(tmp_path / "run", process)
    line = refused((run.code, run.out.decode(), run.err))
    assert "photos cannot be read" in line
    assert any(str(path) in line for path in gone)
    assert why in line
    assert run.record == {"finished": False, "directory": str(tmp_path)}


# ---- bad input: one line, exit code 2, before training


@pytest.fixture
def bad(photo_folder: PhotoFolder) -> Path:
    """Make two classes with one corrupt JPEG."""
    root = photo_folder({"cats": 3, "dogs": 3})
    path = root / "dogs" / "0001.jpg"
    path.write_bytes(path.read_bytes()[:200])
    return root


def test_a_corrupt_photo_in_a_real_process(tmp_path: Path, bad: Path) -> None:
    process = start(tmp_path, "--data.train", bad, *SMALL, "--data.validation_split", "0.4", "--output", "run")
    out, err = process.communicate()
    line = refused((process.returncode, out.decode(), err.decode()))
    assert f"photos cannot be read: {bad / 'dogs' / '0001.jpg'}: " in line
    assert "on_error" in line
    assert tree(tmp_path) == {}


def test_more_bad_photos_than_max_bad_end_it_with_the_list(command: Command, photo_folder: PhotoFolder) -> None:
    root = photo_folder({"cats": 20, "dogs": 20})
    spoilt = sorted((root / "dogs").iterdir())[:4]
    for path in spoilt:
        path.write_text("no picture")
    skipping = ["--data.train", root, *SMALL, "--data.on_error", "skip", "--data.validation", root]
    code, out, err = command(*skipping)
    line = refused((code, out, err))
    assert "4 of 40 photos cannot be read, more than max_bad = 0.05 of them" in line
    listed = [one for one in err.splitlines() if one.startswith("cannot be read: ")]
    assert [one.split(": ")[1] for one in listed] == list(map(str, spoilt))
    code, out, err = command(*skipping, "--data.max_bad", "0.1", "--train.epochs", "1")
    assert code == 0, err
    assert (json.loads(out)["skipped"], json.loads(out)["examples"]) == (8, 36)


def test_a_text_named_jpg_is_named(command: Command, bad: Path, tmp_path: Path) -> None:
    (bad / "dogs" / "0001.jpg").write_text("no picture")
    line = refused(command("--data.train", bad, *SMALL, "--loader.cache", "none"))
    assert f"{bad / 'dogs' / '0001.jpg'}: its content is not that of a picture" in line
    assert not (tmp_path / "runs").exists()


def test_a_photo_without_permission_is_named(
    command: Command, open_folder: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    for name in ("cats", "dogs"):
        (open_folder / name).mkdir()
        for k in range(2):
            Image.new("RGB", (30, 30)).save(open_folder / name / f"{k}.jpg")
    (open_folder / "cats" / "1.jpg").chmod(0)
    arguments = ("--data.train", open_folder, "--data.validation", open_folder, *SMALL)
    with as_nobody():
        line = refused(command(*arguments))
    assert f"{open_folder / 'cats' / '1.jpg'}: " in line
    assert "ermission denied" in line


DISK = ("--loader.cache", "disk", "--loader.cache_folder")
VGG = ("--model.name", "vgg16", "--model.weights")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--data.train", "no/such"], ["'no/such'", "--data.train DIR", "--data.download true"]),
        (["--data.train", "{in}", "--data.validation", "no/such"], ["'no/such'"]),
        (["--data.train", "empty"], ["'empty' holds no class folders"]),
        (["--data.train", "{in}", "--image.size", "0"], ["image.size", "Received: 0"]),
        (["--data.train", "{in}", "--image.size", "big"], ["image.size", "Received: 'big'"]),
        (["--data.train", "{in}", "--image.size", "8"], ["too small for model.filters", "Received: 8x8"]),
        (["--data.train", "{in}", "--loader.batch_size", "0"], ["batch_size", "Received: 0"]),
        (["--data.train", "{in}", "--loader.batchsize", "8"], ["did you mean --loader.batch_size?"]),
        (["--data.train", "{in}", "--data.validation", "1.5"], ["data.validation_split", "Received: '1.5'"]),
        (["--data.train", "{in}", "--data.validation_split", "1.5"], ["between 0 and 1", "Received: 1.5"]),
        (["--data.train", "{in}", "--data.validation", "{four}"], ["different classes", "['개', '고양이']"]),
        (["--data.train", "{in}", "--data.label_mode", "none"], ["label_mode must name labels"]),
        (["--data.train", "{in}", "--loader.cache", "tape"], ["loader.cache", "Received: 'tape'"]),
        (["--data.train", "{in}", "--output", "{in}/run"], ["output must lie outside the photos", "/run' is inside"]),
        (["--data.train", "."], ["output must lie outside the photos", "'runs' is inside '.'"]),
        (["--data.train", "{in}", *DISK, "{in}/kept"], ["loader.cache_folder must lie outside the photos"]),
        (["--data.train", "{in}", *VGG, "gone.h5"], ["there is no file 'gone.h5'"]),
        (["--data.train", "{in}", *VGG, "empty"], ["'empty' is a folder"]),
        (["--data.train", "{in}", "--output", "file"], ["must be a folder", "'file'"]),
        (["--config", str(CATS_DOGS)], ["--data.train DIR", "--data.download true"]),
        (["--config", "nowhere.yaml"], ["'nowhere.yaml'", "must be a YAML file"]),
        (["--config", "unknown.yaml"], ["loader.batchsize is not a field", "loader.batch_size"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_made(
    command: Command, training: Path, four: Path, tmp_path: Path, argv: list[str], words: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "unknown.yaml").write_text("loader:\n  batchsize: 8\n")
    before = tree(tmp_path)
    line = refused(command(*(word.replace("{in}", str(training)).replace("{four}", str(four)) for word in argv)))
    assert not [word for word in words if word not in line], line
    assert tree(tmp_path) == before


@pytest.fixture(scope="module")
def four(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"a": 2, "b": 2, "c": 2, "d": 2})


# ---- continuing


def rows(folder: Path) -> list[dict[str, float]]:
    """Return the history without the times."""
    return [
        {name: value for name, value in row.items() if name != "seconds"}
        for row in read_history(folder / "history.csv")
    ]


def weights(folder: Path) -> list[bytes]:
    return [array.tobytes() for array in keras.models.load_model(folder / "last.keras").get_weights()]


@pytest.fixture(scope="module")
def longer(arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Train with the arguments of `run` for four epochs."""
    folder = tmp_path_factory.mktemp("longer")
    return Run(folder / "out" / "first", start(folder, *arguments, "--train.epochs", "4"))


@pytest.mark.slow
def test_a_killed_run_is_continued_as_if_nothing_had_happened(
    arguments: list[str], longer: Run, tmp_path: Path, command: Command
) -> None:
    more = ["--train.epochs", "4", "--train.checkpoint_steps", "2"]
    process = start(tmp_path, *arguments, *more)
    until(process, b"Epoch 3/4")
    process.kill()
    process.communicate()
    folder = tmp_path / "out" / "first"
    (folder / ".1234.model.keras").write_bytes(b"half")  # a kill while the model was written
    with (folder / "history.csv").open("a") as file:
        file.write("3,0.5,")  # and while the history was
    code, out, err = command("--resume", "out/first")
    assert code == 0, err
    assert "continuing in epoch 3 after " in err
    assert "warning" not in err
    record = json.loads(out)
    assert record == json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (record["finished"], record["epochs"]) == (True, 4)
    assert record["val_accuracy"] == longer.record["val_accuracy"]
    assert record["best_epoch"] == longer.record["best_epoch"]
    assert rows(folder) == rows(longer.folder)
    assert weights(folder) == weights(longer.folder)
    assert {Path(name).parts[0] for name in tree(folder)} == {Path(name).parts[0] for name in tree(longer.folder)}
    assert "resume: null" in (folder / "config.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_run_killed_before_its_first_checkpoint_begins_anew(
    arguments: list[str], run: Run, tmp_path: Path, command: Command
) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    for name in ("config.yaml", "run.json", "model.keras"):
        shutil.copy(run.folder / name, folder)
    # A kill between the first epoch's row and its checkpoint.
    (folder / "history.csv").write_text("".join((run.folder / "history.csv").read_text().splitlines(True)[:2]))
    (folder / "run.json").write_text('{"finished": false}')
    code, _, err = command("--resume", "killed")
    assert code == 0, err
    assert "killed has no checkpoint yet: beginning anew" in err
    assert rows(folder) == rows(run.folder)
    assert weights(folder) == weights(run.folder)


def test_a_finished_run_says_so_and_takes_more_epochs(longer: Run, run: Run, tmp_path: Path, command: Command) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    before = tree(tmp_path / "run")
    code, out, err = command("--resume", "run")
    assert code == 0, err
    assert "run is finished; give it more epochs with --train.epochs N (it had 2)" in err
    assert json.loads(out) == run.record
    assert tree(tmp_path / "run") == before
    code, out, err = command("--resume", "run", "--train.epochs", "4")
    assert code == 0, err
    assert json.loads(out)["epochs"] == 4
    assert rows(tmp_path / "run") == rows(longer.folder)
    assert weights(tmp_path / "run") == weights(longer.folder)


def test_a_run_that_lost_its_checkpoints_is_left_as_it_is(run: Run, tmp_path: Path, command: Command) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    (checkpoint,) = (tmp_path / "run" / "checkpoints").iterdir()
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    line = refused(command("--resume", "run", "--train.epochs", "3"))
    assert "holds no whole checkpoint, so the run cannot go on; begin anew with python -m pipeline.train" in line
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    before = tree(tmp_path / "run")
    assert "holds no whole checkpoint" in refused(command("--resume", "run", "--train.epochs", "3"))
    assert tree(tmp_path / "run") == before


def test_training_that_diverges_is_said(command: Command, training: Path, tmp_path: Path) -> None:
    rate = ["--train.learning_rate", "1e30", "--train.epochs", "2"]
    code, out, err = command("--data.train", training, *SMALL, *rate, "--output", "run")
    assert code == 1
    for text in (out, (tmp_path / "run" / "run.json").read_text()):
        assert json.loads(text, parse_constant=pytest.fail)["val_loss"] is None
    assert re.search("warning: the loss is no number from epoch [12] on: training has diverged", err)
    assert "smaller --train.learning_rate than 1e+30" in err


def test_a_running_training_is_not_overwritten(command: Command, run: Run, tmp_path: Path, training: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    before = tree(tmp_path / "run")
    with run_lock(tmp_path / "run"):
        line = refused(command("--data.train", training, "--output", "run", "--overwrite"))
    assert "another process is training in 'run'" in line
    assert tree(tmp_path / "run") == before


@pytest.mark.slow
def test_a_run_is_continued_from_another_folder_and_with_photos_that_were_moved(
    training: Path, run: Run, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read paths of a run's configuration relative to the folder in which it was started."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    shutil.copytree(training, tmp_path / "here" / "photos")
    monkeypatch.chdir(tmp_path / "here")
    code, _, err = command("--data.train", "photos", *SMALL, "--train.epochs", "1", "--output", "run")
    assert code == 0, err
    monkeypatch.chdir(tmp_path / "there")
    code, out, err = command("--resume", "../here/run", "--train.epochs", "2")
    assert code == 0, err
    assert json.loads(out)["epochs"] == 2
    (tmp_path / "here" / "photos").rename(tmp_path / "there" / "moved")
    line = refused(command("--resume", "../here/run", "--train.epochs", "3"))
    assert "../here/photos" in line
    assert "--data.train DIR" in line
    code, out, err = command("--resume", "../here/run", "--train.epochs", "3", "--data.train", "moved")
    assert code == 0, err
    assert json.loads(out)["epochs"] == 3
    (tmp_path / "there" / "moved" / "개" / "0000.jpg").unlink()
    before = tree(tmp_path / "here" / "run")
    line = refused(command("--resume", "../here/run", "--train.epochs", "4", "--data.train", "moved"))
    assert "the training photos" in line
    assert tree(tmp_path / "here" / "run") == before


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--resume", "nowhere"], ["there is no folder 'nowhere'"]),
        (["--resume", "empty"], ["'empty' holds no run.json"]),
        (["--resume", "run/config.yaml"], ["'run/config.yaml' is a file, and the run that it belongs to is 'run'"]),
        (["--resume", "run", "--model.unfreeze", "2"], ["model.unfreeze must be null where model.name is 'cnn'"]),
        (["--resume", "run", "--image.size", "0"], ["image.size must be"]),
        (["--resume", "damaged"], ["run.json in 'damaged' is damaged"]),
        (["--resume", "run", "--image.size", "30"], ["image.size may not be given beside it"]),
        (["--resume", "run", "--seed", "1", "--augment.zoom_range", "0.1"], ["augment.zoom_range, seed may not"]),
        (
            ["--resume", "run", "--train.epochs", "1"],
            ["train.epochs must be at least 2, so many are done", "Received: 1"],
        ),
        (["--resume", "run", "--output", "other"], ["output may not be given"]),
        (["--resume", "run", "--overwrite"], ["overwrite may not be given"]),
        (["--resume", "7"], ["there is no folder '7'"]),
    ],
)
def test_what_cannot_be_continued_is_one_line(
    command: Command, run: Run, tmp_path: Path, argv: list[str], words: list[str]
) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    for name in ("empty", "damaged"):
        (tmp_path / name).mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    before = tree(tmp_path)
    line = refused(command(*argv))
    assert not [word for word in words if word not in line], line
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("head", "tuned", "asked", "words"),
    [
        ((3, 0), None, FitConfig(epochs=2, fine_tune_epochs=3), "train.epochs must be at least 3"),
        ((2, 5), None, FitConfig(epochs=2, fine_tune_epochs=3), "train.epochs must be at least 3"),
        ((3, 0), (4, 1), FitConfig(epochs=4, fine_tune_epochs=3), "before fine-tuning, which has begun"),
        ((3, 0), (4, 1), FitConfig(epochs=3, fine_tune_epochs=1), "train.fine_tune_epochs must be at least 2"),
        ((3, 0), (4, 1), FitConfig(epochs=3, fine_tune_epochs=2), None),
        ((3, 0), None, FitConfig(epochs=9, fine_tune_epochs=0), None),
    ],
)
def test_no_epoch_is_taken_back(
    tmp_path: Path, head: tuple[int, int], tuned: tuple[int, int] | None, asked: FitConfig, words: str | None
) -> None:
    for name, place in (("checkpoints", head), ("checkpoints-fine-tuning", tuned)):
        if place is not None:
            (tmp_path / name).mkdir()
            (tmp_path / name / f"epoch-{place[0]:06d}-step-{place[1]:09d}-{'0' * 32}.npz").touch()
    before = FitConfig(epochs=3, fine_tune_epochs=3)
    with contextlib.nullcontext() if words is None else pytest.raises(InputError, match=words):
        _check_epochs(tmp_path, before, asked)


def test_two_processes_do_not_train_in_one_folder(command: Command, run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    (tmp_path / "run" / ".1234.model.keras").write_bytes(b"what the other is writing just now")
    before = tree(tmp_path / "run")
    with run_lock(tmp_path / "run"):
        line = refused(command("--resume", "run", "--train.epochs", "3"))
    assert tree(tmp_path / "run") == before
    assert "another process is training in 'run'" in line


# ---- before TensorFlow


def test_help_needs_nothing_heavy(tmp_path: Path) -> None:
    arguments = [sys.executable, "-X", "importtime", "-m", "pipeline.train", "--help"]
    done = subprocess.run(arguments, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "pipeline.config" in imported
    assert not imported & {"tensorflow", "keras", "numpy", "pandas", "matplotlib", "sklearn"}
    for words in ("python -m pipeline.train", "--data.train", "--augment.rotation_range", "--output", "--resume"):
        assert words in done.stdout


@pytest.mark.slow
def test_without_an_argument_it_draws_a_sample_and_learns_it(tmp_path: Path) -> None:
    """Train on the drawn sample as the README says; the sample's own tests check the drawings."""
    run = Run(tmp_path, start(tmp_path))
    assert run.code == 0, run.err
    record = json.loads(run.out)
    assert "the drawn sample" in run.err
    assert record["classes"] == ["cats", "dogs"]
    assert record["val_accuracy"] >= 0.9
    assert (tmp_path / "data" / "sample" / "train" / "cats").is_dir()
    assert (tmp_path / record["output"] / "model.keras").is_file()
