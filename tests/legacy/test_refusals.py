"""Refusals of Keras are refusals here: an error of the same type that begins with Keras' words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.preprocessing import image as keras_image

import pipeline
import pipeline.legacy
from pipeline.legacy import ImageDataGenerator
from tests.support.beside_keras import KERAS, ORIGINAL
from tests.support.versions import KERAS_DATA_SET_HAS_FORMAT

X = np.zeros((10, 8, 8, 3), np.float32)
Y = np.arange(10) % 2


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"a": 3, "b": 3, "c": 3}, (9, 8))


def _error(call: Callable[[], Any]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whichever it is, it is compared
        call()
    return caught.value


def _words(error: Exception) -> str:
    return " ".join(str(error).split())


def _assert_alike(mine: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    """An error of Keras' type, with Keras' words up to the value received, and the value after them."""
    wanted, found = _error(theirs), _error(mine)
    assert isinstance(found, type(wanted)), (wanted, found)
    # What a set holds has no order of its own.
    opening = re.split(r"(?:,| but)? received:|Received|You passed|Got array|\{", _words(wanted))[0].rstrip(" .;,")
    assert len(opening) > 20
    assert _words(found).startswith(opening), (_words(wanted), _words(found))
    assert len(_words(found)) >= len(opening)


def _data_set_calls(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        "labels a word": {"labels": "folder"},
        "labels a number": {"labels": 3},
        "labels and class names": {"labels": [0] * 9, "class_names": ["a"]},
        "labels and no class name": {"labels": [0] * 9, "class_names": []},
        "no labels and class names": {"labels": None, "class_names": ["a"]},
        "no label mode and class names": {"label_mode": None, "class_names": ["a"]},
        "too few labels": {"labels": [0, 1]},
        "label mode": {"label_mode": "both"},
        "binary of three": {"label_mode": "binary"},
        "class names": {"class_names": ["a", "dogs"]},
        "color mode": {"color_mode": "bgr"},
        "image size of one": {"image_size": (3,)},
        "image size a fraction": {"image_size": 3.5},
        "interpolation": {"interpolation": "cubic"},
        "crop and pad": {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
        "data format": {"data_format": "NCHW"},
        "format": {"format": "numpy"},
        "split": {"validation_split": 1.5, "subset": "both"},
        "split without subset": {"validation_split": 0.5},
        "subset without split": {"subset": "training"},
        "subset": {"validation_split": 0.5, "subset": "test"},
        "split without seed": {"validation_split": 0.5, "subset": "both", "seed": None},
        "seed": {"seed": -1},
        "nothing for training": {"validation_split": 0.01, "subset": "training"},
        "nothing for both": {"validation_split": 0.01, "subset": "both"},
        "no such folder": {"directory": folder / "nowhere"},
        "no such folder, no labels": {"directory": folder / "nowhere", "labels": None},
        "a file": {"directory": folder / "a" / "0000.jpg"},
        "a folder without images": {"directory": folder.parent / "empty"},
        "a folder without images, no labels": {"directory": folder.parent / "empty", "labels": None},
    }


NAMES = list(_data_set_calls(Path()))


@pytest.mark.parametrize("name", NAMES)
def test_data_sets_of_a_folder(name: str, folder: Path) -> None:
    if name in ("format", "no such folder", "a file") and not KERAS_DATA_SET_HAS_FORMAT:
        pytest.skip("this Keras has no `format`, and TensorFlow's own errors for such folders")
    (folder.parent / "empty").mkdir(exist_ok=True)
    options = {"directory": folder, "seed": 1, "image_size": (8, 8), "verbose": False, **_data_set_calls(folder)[name]}
    if name == "a file":
        options["directory"] = next((folder / "a").glob("*.jpg"))
    _assert_alike(
        lambda: pipeline.image_dataset_from_directory(**options),
        lambda: keras.utils.image_dataset_from_directory(**options),
    )


GENERATORS: list[dict[str, Any]] = [
    {"data_format": "NCHW"},
    {"validation_split": 1.5},
    {"zoom_range": [1, 2, 3]},
    {"zoom_range": ["a", "b"]},
    {"brightness_range": 2},
    {"brightness_range": [1, 2, 3]},
]


@pytest.mark.parametrize("options", GENERATORS, ids=str)
def test_generators(options: dict[str, Any]) -> None:
    _assert_alike(lambda: ImageDataGenerator(**options), lambda: ORIGINAL(**options))


TABLE = pd.DataFrame({"filename": ["a.png", "b.png"], "class": ["a", "b"], "number": [1.0, 2.0]})
FLOWS: dict[str, Callable[[Any, Path], Any]] = {
    "lengths of x": lambda g, _: g.flow((X, X[:3])),
    "length of y": lambda g, _: g.flow(X, Y[:3]),
    "length of weights": lambda g, _: g.flow(X, Y, sample_weight=Y[:3]),
    "rank": lambda g, _: g.flow(X[0]),
    "subset of arrays": lambda g, _: g.flow(X, subset="test"),
    "classes of subsets": lambda g, _: g.flow(X, np.sort(Y), subset="training"),
    "item": lambda g, _: g.flow(X, batch_size=5)[2],
    "color mode": lambda g, folder: g.flow_from_directory(folder, color_mode="bgr"),
    "class mode": lambda g, folder: g.flow_from_directory(folder, class_mode="both"),
    "subset of a folder": lambda g, folder: g.flow_from_directory(folder, subset="test"),
    "interpolation": lambda g, folder: next(g.flow_from_directory(folder, target_size=(5, 5), interpolation="cubic")),
    "no such folder": lambda g, folder: g.flow_from_directory(folder / "nowhere"),
    "a size that is a number": lambda g, folder: g.flow_from_directory(folder, target_size=3),
    "class mode of a table": lambda g, _: g.flow_from_dataframe(TABLE, class_mode="both"),
    "one column of many": lambda g, _: g.flow_from_dataframe(TABLE, y_col="class", class_mode="multi_output"),
    "names": lambda g, _: g.flow_from_dataframe(TABLE, x_col="number"),
    "labels": lambda g, _: g.flow_from_dataframe(TABLE, y_col="number", class_mode="sparse"),
    "categories": lambda g, _: g.flow_from_dataframe(TABLE, y_col="number", class_mode="categorical"),
    "two classes": lambda g, _: g.flow_from_dataframe(TABLE[:1], class_mode="binary"),
    "two classes given": lambda g, _: g.flow_from_dataframe(TABLE, class_mode="binary", classes=["a", "b", "c"]),
    "weights": lambda g, _: g.flow_from_dataframe(TABLE, weight_col="class"),
    "statistics": lambda g, _: g.fit(X[0]),
}


@pytest.mark.parametrize("name", [name for name in FLOWS if name != "a size that is a number"])
def test_flows(name: str, folder: Path) -> None:
    _assert_alike(lambda: FLOWS[name](ImageDataGenerator(), folder), lambda: FLOWS[name](ORIGINAL(), folder))


def test_a_size_that_is_a_number_has_keras_type(folder: Path) -> None:
    """Keras' words are Python's, and name no argument."""
    flow = FLOWS["a size that is a number"]
    mine, theirs = _error(lambda: flow(ImageDataGenerator(), folder)), _error(lambda: flow(ORIGINAL(), folder))
    assert type(mine) is type(theirs)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "axes alike": lambda m: m.apply_affine_transform(X[0], theta=5, row_axis=0, col_axis=0, channel_axis=2),
    "axes": lambda m: m.apply_affine_transform(X[0], theta=5, row_axis=0, col_axis=1, channel_axis=3),
    "rank": lambda m: m.apply_affine_transform(X, theta=5, row_axis=0, col_axis=1, channel_axis=2),
    "channels between": lambda m: m.apply_affine_transform(X[0], theta=5, row_axis=0, col_axis=2, channel_axis=1),
    "zoom": lambda m: m.random_zoom(X[0], (1, 2, 3)),
    "brightness": lambda m: m.random_brightness(X[0], (1, 2, 3)),
    "size": lambda m: getattr(m, "smart_resize", KERAS.smart_resize)(X, (3, 3, 3)),
    "rank of a resize": lambda m: getattr(m, "smart_resize", KERAS.smart_resize)(X[0, 0], (3, 3)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    _assert_alike(lambda: FUNCTIONS[name](pipeline.legacy), lambda: FUNCTIONS[name](keras_image))


def test_an_iterator_without_batches_has_keras_type() -> None:
    for home in (pipeline.legacy, keras_image):
        with pytest.raises(NotImplementedError):
            next(home.Iterator(3, 1, False, None))
