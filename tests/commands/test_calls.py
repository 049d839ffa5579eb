"""Tests of the commands as functions: options and checks, answers as objects, signals."""

from __future__ import annotations

import csv
import inspect as reflection
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from pipeline import Augment, InputError, commands, load_image
from pipeline.commands import calls
from pipeline.config import ImageConfig, TrainConfig
from pipeline.console.arguments import parse
from pipeline.runtime.interrupt import Interrupted, called
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

# Options that concern printed output, which functions do not have.
PRINTED = {"help", "format", "json"}


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 10, "dogs": 8})


@pytest.fixture(scope="module")
def validation(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 4, "dogs": 4}, seed=50)


@pytest.fixture(scope="module")
def run(photos: Path, validation: Path, tmp_path_factory: pytest.TempPathFactory) -> commands.Training:
    return commands.train(
        data={"train": photos, "validation": validation},
        image=ImageConfig(size=(12, 16), resize="pad"),
        augment=Augment(horizontal_flip=True),
        model={"filters": [3], "dense": []},
        output=tmp_path_factory.mktemp("runs") / "first",
        **{"train.epochs": 2, "loader.batch_size": 6},
    )


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Any:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


# ---- options


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"data": {"train": "photos"}, "image": {"resize": "pad", "size": [20, 30]}, "seed": None},
        {"data.train": "photos", "image.resize": "pad", "image.size": "[20, 30]", "seed": None},
    ],
)
def test_options_make_the_configuration_that_arguments_make(options: dict[str, Any]) -> None:
    """Compare `--GROUP.FIELD VALUE` with nested and dotted keywords."""
    from pipeline.console.arguments import configure

    arguments = []
    nested: dict[str, Any] = {}
    for name, value in options.items():
        fields = {f"{name}.{field}": one for field, one in value.items()} if isinstance(value, dict) else {name: value}
        for field, one in fields.items():
            arguments.append(f"--{field}={'null' if one is None else one}")
        nested[name] = [20, 30] if name == "image.size" else value
    assert configure(TrainConfig, nested) == parse(TrainConfig, arguments, prog="", description="")


def test_a_configuration_lies_below_the_options(tmp_path: Path) -> None:
    from pipeline.console.arguments import configure

    file = tmp_path / "c.yaml"
    file.write_text("image: {resize: pad, size: 20}\nseed: 4\n")
    wanted = TrainConfig(image=ImageConfig(resize="pad", size=20), seed=5)
    for base in (file, {"image": {"resize": "pad", "size": 20}}, TrainConfig(image=ImageConfig(resize="pad", size=20))):
        assert configure(TrainConfig, {"seed": 5}, base) == wanted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"imge": {}}, "imge is not a field; did you mean image?"),
        ({"image": {"resise": "pad"}}, "image.resise is not a field; did you mean image.resize?"),
        ({"image": {"resize": "fill"}}, 'image.resize must be one of "stretch", "pad", "crop". Received: \'fill\''),
        ({"image": 3}, "image must be a mapping of its fields to values. Received: 3"),
        ({"seed": -1}, "seed must be null or an integer from 0"),
        ({"data": {"train": "nowhere"}}, "data.train: there is no folder 'nowhere'"),
    ],
)
def test_wrong_options_are_one_error(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        commands.train(**options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


WRONG: list[Any] = [3.5, None, "de", "yes"]
NAMES = {"data.validation": "validation"}


@pytest.mark.parametrize("name", ["inspect", "evaluate", "predict", "export", "compare", "migrate"])
def test_keywords_are_the_command_s_options_with_its_defaults(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse
    import importlib

    parsers: list[argparse.ArgumentParser] = []

    class Caught(argparse.ArgumentParser):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            parsers.append(self)

        def parse_args(self, *_: Any, **__: Any) -> Any:
            raise KeyError("caught")

    module = importlib.import_module(f"pipeline.{name}.command")
    monkeypatch.setattr(module, "Parser", Caught)
    with pytest.raises(KeyError, match="caught"):
        module.arguments([])
    options: dict[str, Any] = {}
    for action in parsers[0]._actions:
        for flag in action.option_strings:
            if flag.startswith("--"):
                options[NAMES.get(flag[2:], flag[2:])] = action.default
    signature = reflection.signature(getattr(commands, name)).parameters.values()
    keywords = {one.name: one.default for one in signature if one.kind is one.KEYWORD_ONLY}
    if name == "export":
        options.pop("to")  # required, and the second positional argument
    assert keywords == {option: default for option, default in options.items() if option not in PRINTED}


@pytest.mark.parametrize("name", calls.__all__)
def test_every_command_is_a_function_with_words(name: str) -> None:
    from pipeline.__main__ import find_commands

    assert set(calls.__all__) == {command.name for command in find_commands()}
    assert f"python -m pipeline.{name}" in (getattr(commands, name).__doc__ or "")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: commands.evaluate("nowhere"), "there is no folder 'nowhere'"),
        (lambda: commands.evaluate(WRONG[0]), "there is no folder '3.5'"),
        (lambda: commands.evaluate(WRONG[1]), "run must be text, a path or a number. Received: None"),
        (lambda: commands.inspect("nowhere", lang=WRONG[2]), "argument --lang: invalid choice: 'de'"),
        (lambda: commands.predict("nowhere", []), "inputs must be a path or a list of paths. Received: []"),
        (lambda: commands.predict("nowhere", "-"), "only the command reads a list from stdin"),
        (lambda: commands.predict("nowhere", "a.jpg", top=0), "must be an integer of at least 1"),
        (lambda: commands.predict("nowhere", "a.jpg", resume=True), "--resume needs --output FILE"),
        (lambda: commands.compare(), "the following arguments are required: RUN"),
        (lambda: commands.migrate("nowhere.py"), "nowhere.py"),
        (lambda: commands.profile(seconds=0), "seconds must be a number greater than 0. Received: 0"),
        (lambda: commands.prepare(clear=WRONG[3]), "clear must be true or false. Received: 'yes'"),
        (lambda: commands.Training("nowhere"), "there is no folder 'nowhere'"),
        (lambda: commands.train("a.yaml", resume="b"), "leave out the one beside it"),
    ],
)
def test_wrong_use_is_one_error_and_nothing_exits(call: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)


# ---- answers


def test_train_returns_the_run(run: commands.Training, validation: Path) -> None:
    record = json.loads((run.folder / "run.json").read_text())
    with (run.folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert run.finished
    assert run.ok
    assert run.accuracy == record["val_accuracy"]
    assert run.class_names == ("cats", "dogs")
    assert list(run.history.index) == [1, 2]
    assert run.history["val_loss"].tolist() == [float(row["val_loss"]) for row in rows]
    assert os.fspath(run) == str(run.folder)
    assert repr(run).startswith(f"<Training in {str(run.folder)!r}: 2 epochs, best epoch ")
    assert len(repr(run)) < 200 + len(str(run.folder))
    assert 'src="data:image/png;base64,' in run._repr_html_()
    assert commands.Training(run.folder).accuracy == run.accuracy
    images = np.stack([load_image(path, (12, 16), "pad") for path in sorted(validation.rglob("*.jpg"))]) / np.float32(
        255
    )
    right = (run.model.predict(images, verbose=0)[:, 0] > 0.5) == np.repeat([False, True], 4)
    assert run.accuracy == pytest.approx(right.mean(), abs=1e-4)


@pytest.mark.slow
def test_it_trains_what_the_command_trains(
    run: commands.Training, photos: Path, validation: Path, tmp_path: Path
) -> None:
    """Compare the weights bit for bit with those of a process of the command."""
    arguments = ["--data.train", photos, "--data.validation", validation, "--image.size", "[12, 16]"]
    arguments += ["--image.resize", "pad", "--augment.horizontal_flip", "true", "--model.filters", "[3]"]
    arguments += [
        "--model.dense",
        "[]",
        "--train.epochs",
        "2",
        "--loader.batch_size",
        "6",
        "--output",
        tmp_path / "run",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.train", *map(str, arguments)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    theirs = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert all(
        np.array_equal(one, other) for one, other in zip(run.model.get_weights(), theirs.get_weights(), strict=True)
    )
    assert json.loads(done.stdout)["val_accuracy"] == run.accuracy


def test_a_finished_run_is_returned_as_it_is_and_takes_more_epochs(
    run: commands.Training, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run.folder, copy)
    assert commands.train(resume=copy).history.equals(run.history)
    assert 'give it more epochs with train={"epochs": N}' in capsys.readouterr().err
    longer = commands.train(resume=copy, train={"epochs": 3})
    assert len(longer.history) == 3
    assert longer.folder == copy
    assert f"pipeline.commands.evaluate({str(copy)!r})" in capsys.readouterr().err


def test_evaluate_returns_figures_and_rows(run: commands.Training, tmp_path: Path) -> None:
    found = commands.evaluate(run, output=tmp_path / "page", lang="ko")
    assert found.ok
    assert found.page == tmp_path / "page" / "evaluate.html"
    assert found.page.is_file()
    assert found.accuracy == pytest.approx(run.accuracy, abs=1e-4)
    assert len(found.predictions) == found.record["examples"] == 8
    assert found.predictions["correct"].mean() == pytest.approx(found.accuracy)
    assert found.confusion is not None
    assert found.confusion.to_numpy().trace() == found.predictions["correct"].sum()
    assert "accuracy" in repr(found)
    assert "\n" not in repr(found)
    assert "<img" in found._repr_html_()
    assert found.text.splitlines()[1].split()[0] == "cats"


def test_predict_returns_a_row_an_input(run: commands.Training, validation: Path, tmp_path: Path) -> None:
    bad = tmp_path / "<b>.jpg"
    bad.write_bytes(b"no image")
    paths = sorted((validation / "cats").glob("*.jpg"))
    found = commands.predict(run, [*paths, bad])
    table = found.table
    assert not found.ok
    assert table["path"].tolist() == [*map(str, paths), str(bad)]
    assert table["error"].isna().tolist() == [True] * 4 + [False]
    images = np.stack([load_image(path, (12, 16), "pad") for path in paths]) / np.float32(255)
    dogs = run.model.predict(images, verbose=0)[:, 0]
    assert table["probability: dogs"][:4].to_numpy() == pytest.approx(dogs, abs=1e-5)
    assert table["class"][:4].tolist() == ["dogs" if one > 0.5 else "cats" for one in dogs]
    shown = found._repr_html_()
    assert "&lt;b&gt;.jpg" in shown
    assert "<b>.jpg" not in shown
    assert repr(found) == "<Predictions: 5 inputs, 1 failed; some of it failed, see .record>"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_predict_writes_a_file_that_the_table_is_of(
    run: commands.Training, validation: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    found = commands.predict(run, validation / "dogs", output=file, top=2)
    assert found.ok
    assert found.output == file
    assert len(found.table) == 4
    with pytest.raises(InputError, match="overwrite"):
        commands.predict(run, validation / "dogs", output=file, top=2)
    assert commands.predict(run, validation / "dogs", output=file, top=2, overwrite=True).table.equals(found.table)


def test_inspect_returns_the_table_and_the_page(photos: Path, tmp_path: Path) -> None:
    found = commands.inspect(photos, output=tmp_path / "report")
    assert found.ok
    assert found.page is not None
    assert found.page.read_text().startswith("<!doctype html>")
    name, label, *counts = found.text.splitlines()[
        1
    ].split()  # counts of training photos and of those kept for validation
    assert (name, label, sum(map(int, counts))) == ("cats", "0", 10)
    assert found.text.splitlines()[1] in found._repr_html_()


@pytest.mark.slow
def test_inspect_moves_and_restores_files(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    folder = photo_folder({"a": 2, "b": 2})
    bad = folder / "a" / "bad.jpg"
    bad.write_bytes(b"no image")
    assert not commands.inspect(folder, output=tmp_path / "report").ok
    assert commands.inspect(folder, output=tmp_path / "report", fix="quarantine").record["moved"] == 1
    assert not bad.exists()
    assert commands.inspect(folder, fix="restore").record == {"restored": 1, "not_restored": 0}
    assert bad.exists()


def test_compare_returns_the_table_and_every_epoch(run: commands.Training, tmp_path: Path) -> None:
    found = commands.compare(run, output=tmp_path / "compared")
    assert found.ok
    assert len(found.epochs) == 2
    assert found.text.split()[0] == "run"
    assert "<img" in found._repr_html_()


def test_prepare_fills_and_clears(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"image": {"size": 16}, "loader": {"cache_folder": tmp_path / "cache"}}
    filled = commands.prepare(data={"train": photos}, **options)
    assert (filled.ok, filled.record["decoded"]) == (True, 18)
    assert commands.prepare(data={"train": photos}, **options).record["kept_before"] == 18
    assert commands.prepare(clear=True, **options).record["sets"] == 1


def test_migrate_returns_the_change_and_writes_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "a.py"
    before = "from keras.preprocessing.image import ImageDataGenerator\ng = ImageDataGenerator(rescale=1 / 255)\n"
    script.write_text(before)
    (found,) = commands.migrate(script)
    assert found.ok
    assert "+from pipeline import ImageDataGenerator" in found.diff
    assert script.read_text() == before
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "write=True changes the file as shown" in captured.err
    (written,) = commands.migrate(script, write=True)
    assert written.written
    assert script.read_text() != before


@pytest.mark.slow
def test_export_and_profile_return_their_answers(run: commands.Training, tmp_path: Path, photos: Path) -> None:
    made = commands.export(run, tmp_path / "export")
    assert made.ok
    assert made.record["different_classes"] == 0
    assert (tmp_path / "export" / "saved_model.pb").is_file()
    found = commands.profile(
        data={"train": photos}, image={"size": 16}, model={"filters": [3], "dense": []}, seconds=2,
        output=tmp_path / "profile",
    )  # fmt: skip
    assert found.record["verdict"] == found.text
    assert "<img" in found._repr_html_()


# ---- signals and threads


def test_ctrl_c_is_one_error_and_the_handler_is_put_back() -> None:
    def work(_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the signal came before this")

    with pytest.raises(KeyboardInterrupt, match=r"^interrupted; nothing was written$") as caught:
        called(work, "interrupted; nothing was written")
    assert isinstance(caught.value, Interrupted)
    assert caught.value.__suppress_context__


def test_an_error_of_its_own_stays_what_it_is() -> None:
    def work(_: object) -> None:
        raise InputError("bad")

    with pytest.raises(InputError, match=r"^bad$"):
        called(work, "interrupted")


def test_a_thread_may_call_them(run: commands.Training, validation: Path) -> None:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(commands.predict(run, validation / "cats").table))
    thread.start()
    thread.join()
    assert len(answers[0]) == 4


INTERRUPTED = """
import os, signal, sys
import keras
import pipeline

class Signal(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            os.kill(os.getpid(), signal.SIGINT)

import pipeline.runs.phase as phase
others = phase._configured_callbacks
phase._configured_callbacks = lambda *given: [*others(*given), Signal()]
options = dict(data=dict(train=sys.argv[1], validation_split=.25), image=dict(size=12), loader=dict(batch_size=4),
               model=dict(filters=[3], dense=[]))
before = signal.getsignal(signal.SIGINT)
try:
    pipeline.commands.train(**options, train=dict(epochs=2), output=sys.argv[2])
except KeyboardInterrupt as error:
    print(error)
assert signal.getsignal(signal.SIGINT) is before
phase._configured_callbacks = others
print(pipeline.commands.Training(sys.argv[2]).finished)
run = pipeline.commands.train(resume=sys.argv[2])
print(run.finished, len(run.history))
"""


@pytest.mark.slow
def test_an_interrupted_training_is_saved_and_goes_on(photos: Path, tmp_path: Path) -> None:
    """Send a real signal in the middle of an epoch to a process."""
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, photos, folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = f"interrupted; saved. Go on with pipeline.commands.train(resume={str(folder)!r})"
    assert done.stdout.splitlines() == [said, "False", "True 2"]


def test_the_functions_are_there_without_tensorflow() -> None:
    code = "import pipeline, sys; pipeline.commands.train; print('tensorflow' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "False False\n", done.stderr


def test_a_card_holds_names_as_text(tmp_path: Path) -> None:
    answer = commands.Answer({}, text="<script>", folder=tmp_path / "<b>")
    assert "<script>" not in answer._repr_html_()
    assert "<b></b>" not in answer._repr_html_()
