"""`ImageData`: what it says about the photos, and how it shows them."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
from PIL import Image

from pipeline import Augment, ImageData, from_directory
from pipeline.errors import InputError

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder
    from tests.support.fonts import Machine


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    """10 cats and 4 dogs."""
    return photo_folder({"cats": 10, "dogs": 4})


@pytest.fixture(scope="module")
def other(photo_folder: PhotoFolder) -> Path:
    """3 cats and 4 dogs, for validation."""
    return photo_folder({"cats": 3, "dogs": 4}, seed=100)


@pytest.fixture(scope="module")
def data(folder: Path, other: Path) -> ImageData:
    return from_directory(folder, other, image_size=(10, 12), batch_size=5, cache="memory")


def lines(data: ImageData) -> list[str]:
    said: list[str] = []
    data.summary(print_fn=said.append)
    return said


# ---- tables


def test_examples_are_a_row_each(data: ImageData, folder: Path, other: Path) -> None:
    table = data.examples
    assert list(table.columns) == ["path", "class_name", "label", "split", "size"]
    assert len(table) == 14 + 7
    assert set(table["path"]) == {str(path) for root in (folder, other) for path in root.rglob("*.jpg")}
    for row in table.itertuples():
        assert Path(str(row.path)).parent.name == row.class_name
        assert data.class_names.index(str(row.class_name)) == row.label
        assert (row.split == "train") == str(row.path).startswith(str(folder))
        assert row.size == os.path.getsize(str(row.path))


def test_counts_are_class_by_split(data: ImageData) -> None:
    assert data.counts.to_dict() == {"train": {"cats": 10, "dogs": 4}, "validation": {"cats": 3, "dogs": 4}}
    assert data.counts.index.name == "class"


def test_class_weights_let_each_class_count_the_same(data: ImageData) -> None:
    assert data.class_weight == {0: 14 / 20, 1: 14 / 8}
    totals = [data.class_weight[label] * count for label, count in enumerate(data.counts["train"])]
    assert totals[0] == pytest.approx(totals[1])
    assert sum(totals) == pytest.approx(14)


@pytest.mark.parametrize("mode", ["binary", "int", "categorical"])
def test_fit_takes_data_and_class_weights_as_they_are(folder: Path, mode: Any) -> None:
    data = from_directory(folder, image_size=8, validation_split=0.25, label_mode=mode)
    units, loss = {
        "binary": (1, "binary_crossentropy"),
        "int": (2, "sparse_categorical_crossentropy"),
        "categorical": (2, "categorical_crossentropy"),
    }[mode]
    model = keras.Sequential(
        [keras.layers.Flatten(), keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax")]
    )
    model.compile(loss=loss, metrics=["accuracy"])
    history = model.fit(
        data.train,
        validation_data=data.validation,
        class_weight=data.class_weight,
        epochs=2,
        verbose=0,
        shuffle=False,
    ).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()
    assert max(history["val_accuracy"]) <= 1


def test_steps_are_the_batches_that_come(data: ImageData) -> None:
    assert (data.steps, data.validation_steps) == (3, 2)
    assert len(list(data.train)) == 3
    assert data.validation is not None
    assert len(list(data.validation)) == 2


# ---- the summary


def test_the_summary_says_what_there_is(data: ImageData) -> None:
    said = lines(data)
    assert [line.split() for line in said[:3]] == [
        ["class", "label", "train", "validation"],
        ["cats", "0", "10", "3"],
        ["dogs", "1", "4", "4"],
    ]
    text = "\n".join(said)
    assert "labels: binary, float32 [B, 1]: one sigmoid output" in text
    assert "images: 10x12 (height x width), rgb, stretched to fit: shapes are distorted" in text
    assert "train: 14 photos = 2 batches of 5 + 1 of 4 = 3 steps" in said
    assert "validation: 7 photos = 1 batch of 5 + 1 of 2 = 2 steps; never shuffled, never augmented" in said
    assert any(line.startswith("cache: memory, as asked:") for line in said)
    assert not any("skipped" in line or "note" in line for line in said)


def test_a_rare_class_is_said(photo_folder: PhotoFolder) -> None:
    text = "\n".join(lines(from_directory(photo_folder({"고양이": 8, "개": 2}), image_size=8, cache="none")))
    assert "note: 8 photos of '고양이' and 2 of '개': the model may answer '고양이' always" in text
    text = "\n".join(lines(from_directory(photo_folder({"a": 7, "b": 2}), image_size=8, batch_size=4, cache="none")))
    assert "note" not in text


def test_columns_stand_below_each_other_whatever_the_letters(photo_folder: PhotoFolder) -> None:
    from pipeline.text.plain_text import _width

    said = lines(from_directory(photo_folder({"고양이": 2, "dogs": 3}), image_size=8, cache="none"))[:3]
    assert len({_width(line) for line in said}) == 1


def test_the_summary_s_sum_holds_without_a_rest_and_with_one_dropped(folder: Path) -> None:
    even = from_directory(folder, image_size=8, batch_size=7, cache="none", verify="never")
    assert "train: 14 photos = 2 batches of 7 = 2 steps" in lines(even)
    dropped = from_directory(folder, image_size=8, batch_size=4, drop_remainder=True, cache="none", verify="never")
    assert "train: 14 photos = 3 batches of 4 = 3 steps, 2 photos sit out each epoch" in lines(dropped)
    assert dropped.steps == 3


def test_the_summary_counts_one_photo_one_batch_and_one_step_in_the_singular(photo_folder: PhotoFolder) -> None:
    data = from_directory(
        photo_folder({"a": 2, "b": 3}), photo_folder({"a": 1, "b": 1}), image_size=8, batch_size=4, drop_remainder=True
    )
    assert "train: 5 photos = 1 batch of 4 = 1 step, 1 photo sits out each epoch" in lines(data)
    assert any(line.startswith("validation: 2 photos = 1 batch of 2 = 1 step;") for line in lines(data))


@pytest.mark.parametrize(("resize", "words"), [("pad", "bars around"), ("crop", "centre cut out")])
def test_the_summary_explains_the_resize(folder: Path, resize: Any, words: str) -> None:
    data = from_directory(folder, image_size=8, resize=resize, cache="none", verify="never")
    assert any("8x8" in line and words in line and "shapes are kept" in line for line in lines(data))


def test_the_summary_names_what_was_passed_over_and_left_out(photo_folder: PhotoFolder) -> None:
    root = photo_folder({"a": 2, "b": 2, "c": 2})
    (root / "a" / "notes.txt").touch()
    (root / "b" / "0000.jpg").write_bytes(b"text")
    data = from_directory(root, image_size=8, on_error="skip", max_bad=0.2)
    text = "\n".join(lines(data))
    assert "note: passed over 1 file that is not" in text
    assert f"skipped: {root / 'b' / '0000.jpg'}: its content is not that of a picture" in text
    assert "labels: int, int32 [B]: softmax over the classes" in text


# ---- the picture


@pytest.mark.parametrize("mode", ["binary", "int", "categorical"])
def test_show_batch_draws_each_picture_under_its_class(folder: Path, tmp_path: Path, mode: Any) -> None:
    data = from_directory(folder, image_size=8, batch_size=5, label_mode=mode, shuffle=False, cache="none")
    figure = data.show_batch(tmp_path / "made" / "batch.png")
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[:5] == ["cats"] * 5
    with Image.open(tmp_path / "made" / "batch.png") as picture:
        assert picture.width > 300


def test_show_batch_writes_every_letter(
    photo_folder: PhotoFolder, tmp_path: Path, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    data = from_directory(photo_folder({"고양이": 2, "개": 2}), image_size=8, cache="none", verify="never")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that is missing is only warned of
        numbered = data.show_batch(tmp_path / "batch.png")
        note = capfd.readouterr().err
        machine.install_korean("고양이개")
        named = data.show_batch(tmp_path / "batch.png")
    assert {axis.get_title() for axis in numbered.axes} <= {"0", "1", ""}
    assert "0 = 개, 1 = 고양이" in note
    assert "apt-get install fonts-nanum" in note
    assert {axis.get_title() for axis in named.axes} <= {"개", "고양이", ""}
    assert "fonts" not in capfd.readouterr().err


def test_show_batch_draws_what_the_model_gets(data: ImageData) -> None:
    figure = data.show_batch(split="validation", count=3)
    assert data.validation is not None
    images, labels = next(data.validation.as_numpy_iterator())
    drawn = [axis for axis in figure.axes if axis.images]
    assert len(drawn) == 3
    for axis, image, label in zip(drawn, images, labels, strict=False):
        assert np.array_equal(np.asarray(axis.images[0].get_array()), np.rint(image * 255).astype(np.uint8))
        assert axis.get_title() == data.class_names[int(label[0])]


def test_show_batch_leaves_the_epoch_where_it_was(data: ImageData) -> None:
    data.epoch.assign(4)
    data.show_batch()
    assert int(data.epoch) == 4
    shown = next(data.train.as_numpy_iterator())[0]
    data.epoch.assign(4)
    data.show_batch(split="validation")
    assert np.array_equal(next(data.train.as_numpy_iterator())[0], shown)


def test_a_start_in_mid_epoch_is_a_stream_s_alone(folder: Path) -> None:
    options: dict[str, Any] = {"image_size": 8, "batch_size": 5, "cache": "none", "verify": "never"}
    options["augment"] = Augment(rotation_range=40)
    whole = from_directory(folder, **options)
    wanted = [images for _ in range(3) for images, _ in whole.train.as_numpy_iterator()]
    data = from_directory(folder, **options, start=whole.state(4))
    found = [images for images, _ in data.stream.take(5).as_numpy_iterator()]
    assert all(np.array_equal(*pair) for pair in zip(found, wanted[4:], strict=True))
    assert data.steps == whole.steps == 3
    assert "start: step 1 of epoch 1 (both from 0)" in lines(data)
    with pytest.raises(InputError, match=r"step 1 of the 3 of epoch 1: read data\.stream"):
        _ = data.train
    data.first.assign(1)
    data.show_batch()
    assert int(data.first) == 1


def test_a_start_at_an_epoch_s_beginning_is_train_s_too(folder: Path) -> None:
    options: dict[str, Any] = {"image_size": 8, "batch_size": 5, "cache": "none", "verify": "never"}
    whole = from_directory(folder, **options)
    _, second = ([images for images, _ in whole.train.as_numpy_iterator()] for _ in range(2))
    found = [images for images, _ in from_directory(folder, **options, start=3).train.as_numpy_iterator()]
    assert all(np.array_equal(*pair) for pair in zip(found, second, strict=True))


def test_show_batch_without_labels_has_no_titles(folder: Path) -> None:
    data = from_directory(folder, image_size=8, label_mode=None, color_mode="grayscale", rescale=None)
    assert {axis.get_title() for axis in data.show_batch(count=4).axes} == {""}


def test_show_batch_refuses_what_is_not_there(folder: Path) -> None:
    data = from_directory(folder, image_size=8, cache="none", verify="never")
    with pytest.raises(InputError, match=r"\['train'\]\. Received: 'validation'"):
        data.show_batch(split="validation")
    with pytest.raises(InputError, match="Received: 'test'"):
        data.show_batch(split="test")
    with pytest.raises(InputError, match="Received: 0"):
        data.show_batch(count=0)
