"""A `.keras` file that `model.fit` trained, with its data's options beside it: predict, evaluate and export take it."""

from __future__ import annotations

import csv
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import pipeline
from pipeline.config import ImageConfig
from pipeline.dataset.model_options import Options, options_file, read_options
from pipeline.errors import InputError, MissingPathError
from pipeline.evaluate.command import main as evaluate
from pipeline.export.command import main as export
from pipeline.inference.feed import Feed
from pipeline.inference.inputs import Input
from pipeline.predict.command import main as predict
from pipeline.runs.trained_run import read_run
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

COMMANDS: list[Callable[[list[str]], int]] = [
    lambda arguments: predict([*arguments, "photo.jpg"]),
    lambda arguments: evaluate([*arguments, "--data.validation", "."]),
    lambda arguments: export([*arguments, "--to", "exported"]),
]
WAYS: dict[str, dict[str, Any]] = {
    "as it comes": {"image_size": (12, 16)},
    "pad": {"image_size": 14, "resize": "pad", "pad_value": "edge", "decode": "exact", "color_mode": "grayscale"},
    "crop": {"image_size": (9, 20), "resize": "crop", "rescale": None, "exif": False, "color_mode": "rgba"},
    "categorical": {"image_size": 16, "label_mode": "categorical", "rescale": 0.017, "class_names": ["owls", "cats"]},
}


def network(data: pipeline.ImageData, *ending: Any, inside: tuple[Any, ...] = ()) -> keras.Model:
    """Fitted for a step or two."""
    keras.utils.set_random_seed(1)
    binary = data.label_mode == "binary"
    units = 1 if binary else len(data.class_names)
    ends = ending or (keras.layers.Dense(units, activation="sigmoid" if binary else "softmax"),)
    shape = (*data.image.image_size, data.image.channels)
    scale = 1.0 if data.image.rescale is not None else 1 / 255
    pooled = [keras.layers.Rescaling(scale), keras.layers.Conv2D(4, 3), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([keras.Input(shape), *inside, *pooled, *ends])
    losses = {"binary": "binary_crossentropy", "int": "sparse_categorical_crossentropy"}
    model.compile("adam", losses.get(str(data.label_mode), "categorical_crossentropy"), metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 6, "dogs": 5, "owls": 7})


def own_model(photos: Path, file: Path, *ending: Any, inside: tuple[Any, ...] = (), **options: Any) -> Any:
    """Data and a model of the user's own, saved with the data's options beside it."""
    data = pipeline.from_directory(photos, photos, batch_size=8, cache="none", **options)
    model = network(data, *ending, inside=inside)
    model.fit(data.train, epochs=1, verbose=0)
    model.save(file)
    assert data.save_options(file) == file.with_name(f"{file.stem}.options.json")
    return data, model


@pytest.mark.parametrize("way", WAYS)
def test_images_and_answers_are_those_of_validation(
    way: str, photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cats.v2.keras"
    data, model = own_model(photos, file, **WAYS[way])
    found = read_options(file)
    assert found == Options(data.image, data.class_names, data.label_mode)
    assert found == read_options(tmp_path / "cats.v2.keras")
    trained = read_run(file)
    assert (trained.image, trained.class_names, trained.label_mode) == (
        found.image,
        found.class_names,
        found.label_mode,
    )

    paths = list(data.validation_examples.paths)
    made = np.concatenate([batch.pixels for batch in Feed(map(Input, paths), trained.image).batches()])
    rescale = 1 if found.image.rescale is None else np.float32(found.image.rescale)
    images = np.concatenate([images for images, _ in data.validation.as_numpy_iterator()])
    np.testing.assert_array_equal(made.astype(np.float32) * rescale, images)

    assert predict([str(file), *paths, "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    wanted = model.predict(data.validation, verbose=0)
    if data.label_mode == "binary":
        wanted = np.concatenate([1 - wanted, wanted], axis=1)
    given = [[row["probabilities"][name] for name in data.class_names] for row in rows]
    np.testing.assert_allclose(given, wanted, atol=1e-6)


def test_evaluate_measures_it_on_a_folder_and_export_serves_it(
    photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.keras"
    data, model = own_model(photos, file, image_size=12)
    assert evaluate([str(file), "--data.validation", str(photos)]) == 0
    record = json.loads(capfd.readouterr().out.splitlines()[-1])
    _, accuracy = model.evaluate(data.validation, verbose=0)
    assert record["accuracy"] == pytest.approx(accuracy, abs=1e-4)
    assert record["run"] == str(file)
    with (tmp_path / "mine-evaluate" / "predictions.csv").open() as rows:
        assert len(list(csv.reader(rows))) == 1 + 18
    assert "does not say how accuracy went" in (tmp_path / "mine-evaluate" / "evaluate.html").read_text("utf-8")

    assert export([str(file), "--to", str(tmp_path / "served"), "--photos", str(photos)]) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["photos"] == 18
    serve = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"]
    path = data.validation_examples.paths[0]
    answer = serve(image_bytes=tf.constant([Path(path).read_bytes()]))["probabilities"]
    np.testing.assert_allclose(answer, model.predict(data.validation.take(1), verbose=0)[:1], atol=1e-5)

    with pytest.raises(InputError, match=r"mine\.keras' names no photos to measure on: .*--data\.validation DIR"):
        evaluate([str(file)])


@pytest.mark.slow
def test_a_model_with_our_layer_inside_is_read_by_another_process(photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.keras"
    data, model = own_model(
        photos, file, inside=(pipeline.layers.RandomAffine(rotation_range=40, seed=1),), image_size=12
    )
    path = data.validation_examples.paths[0]
    command = [sys.executable, "-m", "pipeline.predict", str(file), path, "--format", "jsonl"]
    row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    wanted = model.predict(data.validation.take(1), verbose=0)[0]
    np.testing.assert_allclose([row["probabilities"][name] for name in data.class_names], wanted, atol=1e-5)


def without(*keys: str) -> Callable[[dict[str, Any]], None]:
    def take_away(found: dict[str, Any]) -> None:
        for key in keys[:-1]:
            found = found[key]
        del found[keys[-1]]

    return take_away


def put(value: Any, *keys: str) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        for key in keys[:-1]:
            found = found[key]
        found[keys[-1]] = value

    return change


DAMAGED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no classes": (without("class_names"), "damaged: class_names is not in it; write it again with data.save_options"),
    "no resize": (without("image", "resize"), r"damaged: image\.resize is not in it"),
    "an unknown one": (put(3, "image", "sice"), r"damaged: it has image\.sice, which is no option"),
    "a value": (put("squash", "image", "resize"), r"options\.json': image\.resize must be one of .*squash"),
    "names": (put("cats", "class_names"), "class_names in .* must be a list of names. Received: 'cats'"),
    "mode": (put("auto", "label_mode"), "label_mode in .* must be one of .* Received: 'auto'"),
    "size": (
        put([24, 16], "image", "size"),
        r"must take pictures of \(24, 16, 3\), as mine\.options\.json beside it says. It takes \(None, 12, 16, 3\)",
    ),
    "colours": (
        put("grayscale", "image", "color_mode"),
        r"must take pictures of \(12, 16, 1\), as mine\.options\.json",
    ),
    "a class more": (
        put(["a", "b", "c", "d"], "class_names"),
        r"has 3 outputs, and .* 4 outputs for the 4 names .* in mine\.options\.json beside it",
    ),
}


@pytest.fixture(scope="module")
def saved(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("saved") / "mine.keras"
    own_model(photos, file, image_size=(12, 16))
    return file


@pytest.mark.parametrize("name", DAMAGED)
def test_options_that_lack_something_or_contradict_the_model_are_refused(
    name: str, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    change, message = DAMAGED[name]
    found = json.loads(options_file(saved).read_text("utf-8"))
    change(found)
    Path("mine.keras").write_bytes(saved.read_bytes())
    Path("mine.options.json").write_text(json.dumps(found), "utf-8")
    (tmp_path / "cats").mkdir()
    for command in COMMANDS[:1] if name in ("no resize", "mode") else COMMANDS[::2]:
        with pytest.raises(InputError, match=message):
            command(["mine.keras"])


def test_a_model_without_options_is_told_how_it_gets_them(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.keras").write_bytes(saved.read_bytes())
    for command in COMMANDS:
        with pytest.raises(MissingPathError, match=r"'mine\.options\.json' is missing.*save_options\('mine\.keras'\)"):
            command(["mine.keras"])
        with pytest.raises(MissingPathError, match=r"there is no model file 'other\.keras'"):
            command(["other.keras"])
    Path("mine.options.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"'mine\.options\.json' cannot be read: .*save_options"):
        predict(["mine.keras", "photo.jpg"])
    run = make_run(tmp_path / "run")
    with pytest.raises(InputError, match=r"the run that it belongs to is '.*run'"):
        predict([str(run / "model.keras"), "photo.jpg"])


LOGITS = "are no probabilities, as where the loss was given from_logits=True.*Activation"


@pytest.mark.parametrize("hidden", [False, True])
def test_logits_are_not_taken_for_probabilities(hidden: bool, photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.keras"
    ending: list[Any] = [keras.layers.Dense(3, bias_initializer="ones", kernel_initializer="ones")]
    if hidden:  # its activation cannot be known
        ending += [keras.layers.Reshape((3,))]
    data, model = own_model(photos, file, *ending, image_size=12)
    assert np.abs(model.predict(data.validation, verbose=0)).max() > 1
    with pytest.raises(InputError, match=LOGITS + r"\('softmax'\)"):
        predict([str(file), data.validation_examples.paths[0]])
    keras.Sequential([model, keras.layers.Activation("softmax")]).save(file)  # the way out
    assert predict([str(file), data.validation_examples.paths[0]]) == 0


def test_options_are_written_where_they_tell_a_model_s_answers(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (8, 6, 5), np.uint8)
    labels = np.arange(8) % 2
    data = pipeline.from_arrays(levels, labels)
    data.save_options(str(tmp_path / "mine.keras"))
    wanted = Options(ImageConfig(size=(6, 5), color_mode="grayscale"), ("0", "1"), "binary")
    assert read_options(tmp_path / "mine.keras") == wanted
    written = json.loads((tmp_path / "mine.options.json").read_text("utf-8"))
    assert set(written["image"]) == {field.name for field in dataclasses.fields(ImageConfig)}
    with pytest.raises(InputError, match=r"path must name the model's \.keras file.* Received: 'mine\.h5'"):
        data.save_options("mine.h5")
    with pytest.raises(InputError, match=r"cannot be written: .*No such file"):
        data.save_options(tmp_path / "none" / "mine.keras")
    with pytest.raises(InputError, match=r"told by the labels.*Received: label_mode=None"):
        pipeline.from_arrays(levels).save_options("mine.keras")
    with pytest.raises(InputError, match=r"photos have levels 0-255.*Received: x with values from 0 to 1"):
        pipeline.from_arrays(levels / np.float32(255), labels).save_options("mine.keras")
