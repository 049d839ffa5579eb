"""`from_arrays`: the same `ImageData` as from photos, to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pipeline
from pipeline import Augment, ImageData, from_arrays, from_directory
from pipeline.dataset.order import example_at
from pipeline.errors import InputError
from pipeline.runtime.shared_array import allocate

RANDOM = np.random.default_rng(5)
COUNT = 23
X = RANDOM.integers(0, 256, (COUNT, 9, 12, 3), np.uint8)
Y = np.sort(np.arange(COUNT) % 3)
MOVING = Augment(
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=10,
    zoom_range=0.2,
    horizontal_flip=True,
    brightness_range=(0.5, 1.5),
    channel_shift_range=20,
)
BRIGHTER = Augment(brightness_range=(0.5, 1.5))  # draws as well, and compiles in a moment
MODES: dict[str, Any] = {
    "binary": Y > 0,
    "int": Y,
    "categorical": np.eye(3)[Y],
    "multi_label": np.stack([Y > 0, Y < 2], axis=1),
    "regression": np.linspace(-1, 1, COUNT)[:, None] * [1, 3],
}


def epoch(dataset: Any) -> tuple[np.ndarray, np.ndarray]:
    """All images and all labels of one iteration."""
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def lines(data: ImageData) -> list[str]:
    said: list[str] = []
    data.summary(print_fn=said.append)
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of X as exact files, in X's order."""
    root = tmp_path_factory.mktemp("exact")
    for k, (pixels, label) in enumerate(zip(X, Y, strict=True)):
        (root / str(label)).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(root / str(label) / f"{k:02d}.png")
    return root


# ---- parity


def test_batches_are_the_rows_in_the_epoch_s_order_times_1_255() -> None:
    data = from_arrays(X, Y, batch_size=5, seed=3)
    for number in range(2):
        order = np.asarray(example_at(np.arange(COUNT), COUNT, seed=3, epoch=number, shuffle=True))
        images, labels = epoch(data.train)
        np.testing.assert_array_equal(images, X[order] * np.float32(1 / 255))
        np.testing.assert_array_equal(labels, Y[order])
        assert (str(images.dtype), str(labels.dtype)) == ("float32", "int32")
        assert sorted(order) == list(range(COUNT))


@pytest.mark.parametrize(
    "options",
    [
        {"image_size": (9, 12), "augment": MOVING},
        {"image_size": (9, 12), "validation_split": 0.3, "label_mode": "categorical", "augment": BRIGHTER},
        {"image_size": (6, 7), "resize": "pad", "pad_value": 9, "color_mode": "grayscale", "augment": MOVING},
        {"image_size": (16, 10), "resize": "crop", "rescale": None, "drop_remainder": True, "shuffle": False},
    ],
)
def test_the_same_photos_in_files_and_as_arrays_are_the_same_batches(folder: Path, options: dict[str, Any]) -> None:
    options = {"batch_size": 4, "seed": 8, **options}
    files, arrays = from_directory(folder, **options), from_arrays(X, Y, **options)
    for number in range(2):
        for one, other in zip(epoch(files.train), epoch(arrays.train), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"epoch {number}")
            assert one.dtype == other.dtype
    if files.validation is not None:
        assert arrays.validation is not None
        for one, other in zip(epoch(files.validation), epoch(arrays.validation), strict=True):
            np.testing.assert_array_equal(one, other)
    assert files.class_names == arrays.class_names
    assert files.class_weight == arrays.class_weight
    assert files.counts.equals(arrays.counts)


@pytest.mark.parametrize("mode", list(MODES))
def test_each_mode_s_labels(mode: str) -> None:
    y = np.asarray(MODES[mode])
    data = from_arrays(X, y, (X[:4], y[:4]), batch_size=6, shuffle=False)
    assert data.label_mode == mode
    assert data.validation is not None
    _, labels = epoch(data.train)
    _, measured = epoch(data.validation)
    expected = {"binary": y.reshape(COUNT, -1).astype(np.float32), "categorical": keras.utils.to_categorical(Y)}
    wanted = expected.get(mode, y.astype(np.int32 if mode == "int" else np.float32))
    np.testing.assert_array_equal(labels, wanted)
    np.testing.assert_array_equal(measured, wanted[:4])
    assert labels.dtype == (np.int32 if mode == "int" else np.float32)
    assert data.train.element_spec[1].dtype == labels.dtype
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(labels.shape[1] if labels.ndim == 2 else 3)])
    loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if mode == "int" else "mse"
    model.compile(loss=loss, run_eagerly=True)
    history = model.fit(data.train, validation_data=data.validation, verbose=0).history
    assert np.isfinite([*history["loss"], *history["val_loss"]]).all()


@settings(deadline=None, max_examples=8)
@given(
    st.integers(1, 9),
    st.sampled_from([None, 0.4]),
    st.sampled_from(list(MODES)),
    st.booleans(),
    st.integers(0, 5),
)
def test_every_example_once_an_epoch_with_its_own_label(
    batch_size: int, split: float | None, mode: str, shuffle: bool, seed: int
) -> None:
    marked = X.copy()
    marked[:, 0, 0, 0] = np.arange(COUNT)
    y = np.asarray(MODES[mode])
    data = from_arrays(
        marked, y, validation_split=split, batch_size=batch_size, shuffle=shuffle, seed=seed, rescale=None
    )
    sides = [data.train] if data.validation is None else [data.train, data.validation]
    seen: list[int] = []
    for side in sides:
        images, labels = epoch(side)
        rows = images[:, 0, 0, 0].astype(int)
        wanted = keras.utils.to_categorical(Y)[rows] if mode == "categorical" else y[rows].astype(np.float32)
        np.testing.assert_array_equal(labels.reshape(len(rows), -1), wanted.reshape(len(rows), -1).astype(np.float32))
        seen += rows.tolist()
    assert sorted(seen) == list(range(COUNT))


# ---- a stream that is the same


def test_a_state_goes_on_there_and_other_data_are_refused() -> None:
    options: dict[str, Any] = {"batch_size": 4, "augment": BRIGHTER}
    data = from_arrays(X, Y, **options)
    state = json.loads(json.dumps(data.state(8)))
    whole = [batch for _, batch in zip(range(14), data.stream.as_numpy_iterator(), strict=False)]
    going_on = from_arrays(X.copy(), Y.copy(), start=state, **options).stream.as_numpy_iterator()
    for before, after in zip(whole[8:], going_on, strict=False):
        np.testing.assert_array_equal(before[0], after[0])
        np.testing.assert_array_equal(before[1], after[1])
    pixel, label = X.copy(), Y.copy()
    pixel[22, 8, 11, 2] ^= 1
    label[0] = 1
    others = [(pixel, Y), (X, label), (X[:-1], Y[:-1]), (X[::-1], Y), (X, [*Y.astype(str).tolist()[:-1], "9"])]
    for x, y in others:
        with pytest.raises(InputError, match=r"arrays \(pixels or labels\)"):
            from_arrays(x, y, start=state, **options)
    with pytest.raises(InputError, match="arrays"):
        from_arrays(X, Y, start=state, validation_split=0.2, **options)
    with pytest.raises(InputError, match="options of image or augment"):
        from_arrays(X, Y, start=state, image_size=8, **options)


def test_resume_continues_a_fit_on_arrays(tmp_path: Path) -> None:
    def fitted(folder: Path, *epochs: int) -> list[np.ndarray]:
        for upto in epochs:
            keras.utils.set_random_seed(1)
            data = from_arrays(X, Y, batch_size=8, augment=BRIGHTER)
            model = keras.Sequential([keras.Input((9, 12, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
            model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(data.train, epochs=upto, verbose=0, callbacks=[pipeline.Resume(data, folder)])
        return list(model.get_weights())

    for one, other in zip(fitted(tmp_path / "a", 3), fitted(tmp_path / "b", 1, 3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_not_copied_changes_with_the_array_and_what_is_copied_does_not() -> None:
    shared = allocate(COUNT, (9, 12, 3))
    shared[...] = X
    aside = allocate(COUNT + 1, (9, 12, 3))[1:]
    aside[...] = X
    for x, words in ((shared, "not copied"), (aside, "copied once")):
        data = from_arrays(x, Y, rescale=None, shuffle=False, batch_size=COUNT)
        assert data.cache.endswith(words) or words in data.cache
        x[0] = 7
        first = epoch(data.train)[0][0]
        assert (first == 7).all() == (words == "not copied")


# ---- what it says


def test_the_summary_and_the_tables() -> None:
    data = from_arrays(X, Y, (X[:3], [2, 2, 0]), batch_size=10)
    assert lines(data) == [
        "class  label  train  validation",
        "0          0      8           1",
        "1          1      8           0",
        "2          2      7           2",
        "labels: int, int32 [B]: softmax over the classes, sparse categorical cross-entropy",
        "images: 9x12 (height x width), rgb, as in the array; uint8 0-255, times 0.00392157 (1/255)",
        "train: 23 pictures = 2 batches of 10 + 1 of 3 = 3 steps",
        "validation: 3 pictures = 1 batch of 3 = 1 step; never shuffled, never augmented",
        f"cache: {data.cache}",
    ]
    table = data.examples
    assert list(table.columns) == ["row", "class_name", "label", "split"]
    assert table["row"].tolist() == [*range(COUNT), 0, 1, 2]
    assert table["label"].tolist() == [*Y.tolist(), 2, 2, 0]
    assert data.train_examples.name(17) == "row 17"
    split = from_arrays(X, Y, validation_split=0.3)
    assert sorted(split.examples["row"]) == list(range(COUNT))
    assert split.counts.to_dict()["validation"] == {"0": 3, "1": 2, "2": 2}  # stratified


def test_tables_of_other_labels() -> None:
    several = from_arrays(X, MODES["multi_label"], class_names=["wild", "tame"])
    assert list(several.examples.columns) == ["row", "label: wild", "label: tame", "split"]
    assert several.counts.to_dict() == {"train": {"wild": 15, "tame": 16}}
    values = from_arrays(X, MODES["regression"])
    assert values.counts.to_dict() == {"train": {"all": COUNT}}
    assert lines(values)[0] == "value 0: from -1 to 1, mean 0 (training)"
    assert lines(values)[1].startswith("value 1: from -3 to 3, mean ")
    alone = from_arrays(X)
    assert alone.counts.to_dict() == {"train": {"all": COUNT}}
    assert lines(alone)[0] == "labels: none: images alone"
    assert np.asarray(next(alone.train.as_numpy_iterator())).shape == (COUNT, 9, 12, 3)
    for data in (several, values, alone):
        with pytest.raises(InputError, match=r"class_weight needs one class a picture .*leave class_weight out of fit"):
            _ = data.class_weight


def test_a_class_without_a_picture_has_no_weight() -> None:
    data = from_arrays(X, Y, class_names=["a", "b", "c", "never"])
    assert data.class_weight == from_arrays(X, Y).class_weight


@pytest.mark.parametrize("scale", [lambda x: x, lambda x: x / 255, lambda x: x / 127.5 - 1])
def test_a_batch_is_drawn_at_its_own_levels_whatever_the_scale(tmp_path: Path, scale: Any) -> None:
    x = X.copy()
    x[0, 0, 0], x[0, 0, 1] = 0, 255
    data = from_arrays(scale(x.astype(np.float64)), Y, shuffle=False, rescale=None)
    figure = data.show_batch(tmp_path / "batch.png", count=4)
    shown = np.asarray(figure.axes[0].images[0].get_array())
    np.testing.assert_array_equal(shown, x[0])
    assert (tmp_path / "batch.png").stat().st_size > 0


def test_titles_of_other_labels() -> None:
    several = from_arrays(X, MODES["multi_label"], class_names=["wild", "tame"], shuffle=False)
    titles = [axis.get_title() for axis in several.show_batch(count=COUNT).axes[:COUNT]]
    assert (titles[0], titles[8], titles[22]) == ("tame", "wild, tame", "wild")
    values = from_arrays(X, MODES["regression"], shuffle=False)
    assert values.show_batch(count=1).axes[0].get_title() == "-1, -3"


def test_floats_that_look_unscaled_are_said_and_only_those(capsys: pytest.CaptureFixture[str]) -> None:
    floats = X.astype(np.float32)
    assert any(line.startswith("note: x holds floats from 0 to 255") for line in lines(from_arrays(floats, Y)))
    assert "rescale=1/255 brings levels 0-255 there" in capsys.readouterr().err
    for x, options in ((floats, {"rescale": 1 / 255}), (floats, {"rescale": None}), (floats / 255, {}), (X, {})):
        assert not any(line.startswith("note") for line in lines(from_arrays(x, Y, batch_size=4, **options)))
    assert capsys.readouterr().err == ""
    assert any("float32 from 0 to 1 (float64 made float32), as they are" in s for s in lines(from_arrays(X / 255, Y)))
    scaled = from_arrays(floats, Y, rescale=1 / 255, shuffle=False, augment=BRIGHTER)
    levels = from_arrays(X, Y, shuffle=False, augment=BRIGHTER)
    np.testing.assert_array_equal(epoch(scaled.train)[0], epoch(levels.train)[0])


# ---- refusals


REFUSED: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    ((X, Y, X), {}, r"validation must be a pair of arrays, \(x_val, y_val\)\. Received: uint8 \[23, 9, 12, 3\]"),
    ((X, Y, (X, Y, Y)), {}, r"validation must be a pair"),
    ((X, None, (X, Y)), {}, r"validation must be pictures alone"),
    ((X, Y, (X[:, :5], Y)), {}, r"like x's, uint8 of \[9, 12, 3\].*Received: uint8 of \[5, 12, 3\]"),
    ((X, Y, (X / 255, Y)), {}, r"Received: float32 of \[9, 12, 3\]"),
    ((X, Y, (X[:2], [0, 9])), {}, r"validation's y must hold class numbers below 3"),
    ((X, Y, (X[:2], [0])), {}, r"validation's x holds 2 pictures\. Received: 1 labels"),
    ((X, Y, (X[..., 0] > 1, Y)), {}, r"validation's x must be an array of uint8.*Received: bool"),
    ((X, Y, (X, Y)), {"validation_split": 0.2}, r"validation_split must be None where validation names arrays"),
    ((X, Y), {"validation_split": 2}, r"data\.validation_split must be"),
    ((X, Y[:-1]), {}, r"x holds 23 pictures\. Received: 22 labels"),
    ((X, Y), {"label_mode": None}, r"label_mode=None reads pictures alone: leave y out"),
    ((X,), {"label_mode": "int"}, r"y must hold the labels that label_mode='int' asks for\. Received: None"),
    (
        (X, Y),
        {"label_mode": "sparse"},
        r'label_mode must be one of "auto", .*"regression", or None.* \'sparse',
    ),
    ((X, Y), {"class_names": ["a", "a", "b"]}, r"data\.class_names must be .*distinct"),
    ((X, Y), {"image_size": 0}, r"image\.size must be"),
    ((X, Y), {"rescale": "yes"}, r"image\.rescale must be"),
    ((X, Y), {"batch_size": 24, "drop_remainder": True}, r"at most the 23 training pictures"),
    ((X, Y), {"augment": 3}, r"augment must be"),
    ((X, [0] * 22 + [1]), {"validation_split": 0.2}, r"needs two pictures or more of each class; too few of \['1'\]"),
    ((X[:1], [0.5]), {"validation_split": 0.2}, r"leaves a side, or a class on it, without an example.*validation arr"),
    ((X / 255, Y), {"augment": MOVING}, r"brightness_range, channel_shift_range counts levels 0-255, and x holds fl"),
    ((X / 255, Y), {"image_size": 20, "resize": "pad", "pad_value": 9}, r"pad_value counts levels 0-255"),
    ((X / 255, Y), {"augment": Augment(rotation_range=9, fill_mode="constant", cval=9)}, r"cval counts levels"),
]


@pytest.mark.parametrize(("arrays", "options", "words"), REFUSED)
def test_what_cannot_be_is_one_line(arrays: tuple[Any, ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        from_arrays(*arrays, **options)
    assert "\n" not in str(refused.value)


def test_a_service_s_worker_does_not_see_this_memory() -> None:
    with pytest.raises(InputError, match=r"has no part in this process's memory.*Received: data of from_arrays"):
        from_arrays(X, Y).check_for_service()


def test_a_folder_of_classes_makes_no_other_labels(folder: Path) -> None:
    for mode in ("multi_label", "regression"):
        with pytest.raises(InputError, match=r"data\.label_mode must be .*from_arrays takes those\. Received"):
            from_directory(folder, label_mode=mode)  # type: ignore[arg-type]
