"""The equivalent code: the notebook's, every option one that `from_directory` has, and it runs."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from tests.support.migrated import CATS, equivalent

NOTEBOOK = """\
data = pipeline.from_directory(
    train_dir,
    validation=validation_dir,
    image_size=(150, 150),
    batch_size=32,
    label_mode="binary",
    rescale=1./255,
    augment=pipeline.Augment(
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
    ),
)
history = model.fit(data.train, epochs=30, validation_data=data.validation)
"""
FLOW = [
    "target_size=(30, 20)",
    "target_size=SIZE",
    "color_mode='grayscale'",
    "class_mode='sparse'",
    "classes=['a',\n  # why\n  'b']",
    "batch_size=b",
    "shuffle=False",
    "seed=(s := 1)",
    "save_to_dir='x'",
    "follow_links=True",
    "subset='training'",
    "keep_aspect_ratio=True",
    "nonsense=3",
]
SETTINGS = [
    "rescale=1/255",
    "zoom_range=z",
    "fill_mode='constant'",
    "validation_split=0.25",
    "preprocessing_function=lambda x: (\n  x)",
    "brightness_range=[1, 2]",
    "zca_whitening=True",
    "horizontal_flip=1 > 0",
    "nonsense=3",
]


def test_the_notebook() -> None:
    code = equivalent(CATS)
    assert code.startswith("import pipeline\n\n# line 6: ")
    assert code.endswith(NOTEBOOK)


def name(argument: str) -> str:
    return argument.partition("=")[0]


FLOWS = st.lists(st.sampled_from(FLOW), unique_by=name)
FIT = ["steps_per_epoch=n", "steps_per_epoch=5", "validation_steps=9 // b", "epochs=E", "workers=3", "callbacks=[\n c]"]


@settings(deadline=None)
@given(FLOWS, FLOWS, st.lists(st.sampled_from(SETTINGS), unique=True), st.lists(st.sampled_from(FIT), unique_by=name))
def test_every_option_is_one_that_is_taken(
    flow: list[str], other: list[str], settings: list[str], fit: list[str]
) -> None:
    source = "from keras.preprocessing.image import ImageDataGenerator as I\n"
    source += f"d = I({', '.join(settings)})\n"
    source += f"train = d.flow_from_directory({', '.join(['DIR', *flow])})\n"
    source += f"val = d.flow_from_directory({', '.join(['DIR', *other])})\n"
    source += f"model.fit({', '.join(['train', *fit])}, validation_data=val)\n"
    tree = ast.parse(equivalent(source))
    calls = {ast.unparse(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    signatures = {
        "pipeline.from_directory": inspect.signature(pipeline.from_directory),
        "pipeline.Augment": inspect.signature(pipeline.Augment),
    }
    assert "pipeline.from_directory" in calls
    for name, signature in signatures.items():
        if name in calls:
            assert {keyword.arg for keyword in calls[name].keywords} <= set(signature.parameters)


def test_one_folder_in_two_shares() -> None:
    code = equivalent("""\
        from keras.preprocessing.image import ImageDataGenerator
        d = ImageDataGenerator(validation_split=SHARE, rescale=1/255)
        a = d.flow_from_directory("x", (9, 9), class_mode="sparse", subset="training", interpolation="bilinear")
        b = d.flow_from_directory("x", (9, 9), class_mode="sparse", subset="validation", interpolation="bilinear")
        model.fit(a, validation_data=b)
        """)
    assert code.splitlines()[-8:] == [
        "data = pipeline.from_directory(",
        '    "x",',
        "    validation_split=SHARE,",
        "    image_size=(9, 9),",
        '    label_mode="int",',
        "    rescale=1/255,",
        ")",
        "model.fit(data.train, validation_data=data.validation)",
    ]


def test_names_that_the_file_uses_are_not_used_again() -> None:
    code = equivalent("""\
        from keras.preprocessing.image import ImageDataGenerator
        from sklearn import pipeline
        data = ImageDataGenerator()
        a = data.flow_from_directory("x")
        test = data.flow_from_directory("y")
        """)
    assert "import pipeline as image_pipeline\n" in code
    assert "\ndata_2 = image_pipeline.from_directory(" in code
    assert "\ntest_data = image_pipeline.from_directory(" in code


def test_code_without_folders_and_arrays_has_none() -> None:
    source = "from keras.preprocessing.image import ImageDataGenerator\nImageDataGenerator().flow_from_dataframe(x)\n"
    assert equivalent(source) == ""


ARRAYS = """\
from keras.preprocessing.image import ImageDataGenerator
(x_train, y_train), (x_test, y_test) = load()
datagen = ImageDataGenerator(horizontal_flip=True, rescale=RESCALE)
train = datagen.flow(x_train, y_train, 4, shuffle=False)
val = ImageDataGenerator(rescale=RESCALE).flow(x_test, y_test, batch_size=4)
model.fit(train, epochs=2, validation_data=VALIDATION)
"""


@pytest.mark.parametrize("validation", ["val", "(x_test, y_test)"])
def test_arrays(validation: str) -> None:
    def load() -> Any:
        random = np.random.default_rng(1)
        return [(random.integers(0, 256, (n, 6, 5, 3), np.uint8), np.eye(3)[np.arange(n) % 3]) for n in (6, 5)]

    source = ARRAYS.replace("VALIDATION", validation)
    if validation == "val":
        source = source.replace("RESCALE", "1/255")
    else:
        source = source.replace("RESCALE", "None").replace("val = ", "# ")
    names: dict[str, Any] = {"load": load, "model": Model()}
    exec(source.partition("\n")[2].partition("datagen")[0] + equivalent(source), names)
    data, model = names["data"], names["model"]
    assert model.options == {"epochs": 2, "validation_data": data.validation}
    assert data.augment.horizontal_flip
    (images, labels), *_ = data.validation.as_numpy_iterator()
    factor = 255 if validation == "val" else 1
    np.testing.assert_allclose(images * factor, names["x_test"][:4], atol=1e-4)
    np.testing.assert_array_equal(labels, names["y_test"][:4])
    np.testing.assert_array_equal(next(iter(data.train))[1], names["y_train"][:4])


class Model:
    """Keeps what it is fitted with."""

    def fit(self, *arguments: Any, **options: Any) -> str:
        self.arguments, self.options = arguments, options
        return "history"


@pytest.mark.parametrize("split", [False, True])
def test_the_code_runs(photo_folder: Callable[[dict[str, int]], Path], split: bool) -> None:
    folder = photo_folder({"cats": 5, "dogs": 5})
    source = CATS.replace("batch_size=32", "batch_size=4")
    if split:
        source = source.replace("ImageDataGenerator(resc", "ImageDataGenerator(validation_split=0.2, resc")
        source = source.replace("train_dir,", "train_dir, subset='training',")
        source = source.replace("validation_dir,", "train_dir, subset='validation',")
    names: dict[str, Any] = {"train_dir": str(folder), "validation_dir": Path(folder), "model": Model()}
    exec(equivalent(source), names)
    data, model = names["data"], names["model"]
    assert (names["history"], model.arguments) == ("history", (data.train,))
    assert model.options == {"epochs": 30, "validation_data": data.validation}
    images, labels = next(iter(data.train))
    assert (images.shape, labels.shape) == ((4, 150, 150, 3), (4, 1))
    assert (data.augment.rotation_range, float(images.numpy().max()) <= 1) == (40, True)
    assert len(data.validation_examples) == (2 if split else 10)


def test_images_and_masks_stay_in_step(photo_folder: Callable[[dict[str, int]], Path]) -> None:
    source = """\
        from keras.preprocessing.image import ImageDataGenerator
        settings = dict(rotation_range=40, horizontal_flip=True, rescale=1/255)
        images, masks = ImageDataGenerator(**settings), ImageDataGenerator(**settings)
        a = images.flow_from_directory(folder, class_mode=None, target_size=(20, 20), batch_size=4, seed=1)
        b = masks.flow_from_directory(folder, class_mode=None, target_size=(20, 20), batch_size=4, seed=1)
        model.fit(zip(a, b), steps_per_epoch=9)
        """
    code = equivalent(source)
    (line,) = [line for line in code.splitlines() if "# line 6: zip(a, b) becomes " in line]
    names: dict[str, Any] = {"folder": str(photo_folder({"x": 6})), "tf": tf}
    exec(code + "pairs = " + line.split(" becomes ")[1].split(", in step")[0], names)
    assert len(names["pairs"]) == 2
    for _ in range(2):
        for image, mask in names["pairs"].as_numpy_iterator():
            np.testing.assert_array_equal(image, mask)
