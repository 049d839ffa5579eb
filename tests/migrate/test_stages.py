"""The equivalent of preprocessing_function and class_mode="input": its batches hold Keras' own values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.migrated import equivalent

keras_image = pytest.importorskip("keras.src.legacy.preprocessing.image")

HEAD = """\
import functools
import numpy as np
import tensorflow as tf
from keras.applications import vgg16
from keras.applications.mobilenet_v2 import preprocess_input
from tensorflow.keras.preprocessing.image import ImageDataGenerator

def centred(x):
    x -= 128.0
    return x

def between(x, low, high):
    return np.clip(x, low, high)

class Steps:
    def halve(self, image):
        assert image.shape == (6, 5, 3) and image.dtype == np.float32
        return image * 0.5

RESCALE = 1 / 255
"""
FLOW = "flow_from_directory(folder, target_size=(6, 5), batch_size=4, shuffle=False, interpolation='bilinear'"
BINARY = f"{FLOW}, class_mode='binary')"
PAIR = f"""\
train = ImageDataGenerator(TRAIN).{BINARY}
val = ImageDataGenerator(VAL).{BINARY}
history = model.fit(train, epochs=3, validation_data=val)
"""
BOTH = "preprocessing_function={0}, rescale=1./255"


class Model:
    """Keeps the data that it is fitted and asked with."""

    def fit(self, train: Any, epochs: int, validation_data: Any = None) -> str:
        self.train, self.validation, self.epochs = train, validation_data, epochs
        return "history"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that need no resizing, in a format without loss: two classes of three."""
    root = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(5)
    for name in ("cats", "dogs"):
        (root / name).mkdir()
        for k in range(3):
            Image.fromarray(random.integers(0, 256, (6, 5, 3), np.uint8)).save(root / name / f"{k}.png")
    return root


def run(code: str, folder: Path) -> Model:
    names: dict[str, Any] = {"folder": str(folder), "model": Model()}
    exec(HEAD + code, names)
    model = names["model"]
    assert isinstance(model, Model)
    return model


def batches(data: Any) -> list[Any]:
    """An epoch: of the original by index, of a data set by iterating."""
    original = isinstance(data, keras_image.Iterator)
    return [data[k] for k in range(len(data))] if original else list(data.as_numpy_iterator())


def assert_same(ours: Any, theirs: Any) -> None:
    """Return whether all batches are Keras': images, and labels where it has them."""
    for mine, other in zip(batches(ours), batches(theirs), strict=True):
        assert isinstance(mine, tuple) is isinstance(other, tuple)
        pairs = zip(mine, other, strict=True) if isinstance(mine, tuple) else [(mine, other)]
        for a, b in pairs:
            np.testing.assert_allclose(np.squeeze(a), np.squeeze(b), atol=2e-5)


@pytest.mark.parametrize(
    ("train", "val"),
    [
        (BOTH.format("lambda x: x - 128"), BOTH.format("centred")),  # which changes what it is given
        ("preprocessing_function=preprocess_input", BOTH.format("vgg16.preprocess_input")),
        ("preprocessing_function=functools.partial(between, low=9, high=99)", "rescale=RESCALE"),
        ("rescale=1/255", "preprocessing_function=lambda x:\n        np.flip(x, 1)"),
        (BOTH.format("Steps().halve"), BOTH.format("lambda x: tf.image.per_image_standardization(x)")),
    ],
)
def test_preprocessing_function_gives_the_originals_values(folder: Path, train: str, val: str) -> None:
    source = HEAD + PAIR.replace("TRAIN", train).replace("VAL", val)
    theirs, ours = run(source.removeprefix(HEAD), folder), run(equivalent(source), folder)
    assert ours.epochs == 3
    assert_same(ours.train, theirs.train)
    assert_same(ours.validation, theirs.validation)


@pytest.mark.parametrize(("mode", "settings"), [(None, BOTH.format("centred")), ("input", "rescale=1/255")])
def test_without_labels_and_with_images_as_labels(folder: Path, mode: str | None, settings: str) -> None:
    source = f"{HEAD}g = ImageDataGenerator({settings}).{FLOW}, class_mode={mode!r})\nmodel.fit(g, epochs=1)\n"
    assert_same(run(equivalent(source), folder).train, run(source.removeprefix(HEAD), folder).train)


@pytest.mark.parametrize("labels", ["", ", y"])
def test_a_function_on_arrays(folder: Path, labels: str) -> None:
    above = "x, y = np.arange(270.0).reshape(3, 6, 5, 3) % 256, np.eye(3)\n"
    flow = (
        f"ImageDataGenerator(preprocessing_function=centred, rescale=1/2).flow(x{labels}, batch_size=2, shuffle=False)"
    )
    source = f"{HEAD}{above}model.fit({flow}, epochs=1)\n"
    theirs = run(source.removeprefix(HEAD), folder).train
    assert_same(run(above + equivalent(source), folder).train, theirs)


def test_a_function_that_draws_is_called_once_where_images_are_labels(folder: Path) -> None:
    settings = "preprocessing_function=lambda x: x + np.random.rand()"
    source = f"{HEAD}g = ImageDataGenerator({settings}).{FLOW}, class_mode='input')\nmodel.fit(g, epochs=1)\n"
    for images, labels in batches(run(equivalent(source), folder).train):
        np.testing.assert_array_equal(images, labels)


def test_names_that_the_file_uses_are_not_used_again() -> None:
    source = HEAD.replace("import numpy as np", "np = tf = prepare = preprocess = train = 3")
    code = equivalent(
        source + "data = ImageDataGenerator(preprocessing_function=centred).flow_from_directory(folder)\n"
    )
    assert code.startswith("import numpy as np_2\nimport tensorflow as tf_2\nimport pipeline\n")
    for line in ("preprocess_2 = centred", "def prepare_2(images):", "train_2 = data_2.train.map("):
        assert f"\n{line}" in code


def test_without_a_function_nothing_is_mapped() -> None:
    for settings in ("", "preprocessing_function=None, rescale=1/255"):
        assert ".map(" not in equivalent(f"{HEAD}ImageDataGenerator({settings}).flow_from_directory(folder)\n")
