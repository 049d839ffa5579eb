"""Import statements, changed in place."""

from __future__ import annotations

import pytest

from tests.support.migrated import changes_of, migrated, notes_of

KERAS = "from tensorflow.keras.preprocessing"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{KERAS}.image import ImageDataGenerator  # why\n", "from pipeline import ImageDataGenerator  # why\n"),
        (
            f"{KERAS}.image import ImageDataGenerator, load_img as li",
            "from pipeline.legacy import ImageDataGenerator, load_img as li",
        ),
        (
            f"{KERAS}.image import (  # a\n    load_img,  # b\n    img_to_array as i,\n)\n",
            "from pipeline.legacy import (  # a\n    load_img,  # b\n    img_to_array as i,\n)\n",
        ),
        (
            "from tensorflow . keras \\\n .preprocessing.image\\\n  import load_img",
            "from pipeline.legacy\\\n  import load_img",
        ),
        (f"{KERAS} import image", "from pipeline import legacy as image"),
        (f"{KERAS} import image as im", "from pipeline import legacy as im"),
        (
            f"{KERAS} import image, image_dataset_from_directory as d",
            "from pipeline import legacy as image, image_dataset_from_directory as d",
        ),
        (f"{KERAS} import sequence", f"{KERAS} import sequence"),
        (
            "import a, tensorflow.keras.preprocessing.image as k, b",
            "import a, pipeline.legacy as k, b",
        ),
        ("import keras . preprocessing.image \\\n as k", "import pipeline.legacy \\\n as k"),
        (
            "def f():\n    try:\n        from keras.preprocessing.image import load_img\n    except E: pass\n",
            "def f():\n    try:\n        from pipeline.legacy import load_img\n    except E: pass\n",
        ),
        ("from .keras.preprocessing.image import load_img", "from .keras.preprocessing.image import load_img"),
    ],
)
def test_in_place(before: str, after: str) -> None:
    assert migrated(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from tensorflow.keras.utils import image_dataset_from_directory, to_categorical  # c\nx",
            "from tensorflow.keras.utils import to_categorical  # c\n"
            "from pipeline import image_dataset_from_directory\nx",
        ),
        (
            "if 1:\r\n\tfrom keras.preprocessing import sequence, image\r\n\tx\r\n",
            "if 1:\r\n\tfrom keras.preprocessing import sequence\r\n\tfrom pipeline import legacy as image\r\n\tx\r\n",
        ),
        (
            "x = 1; from keras.preprocessing import image, text; y = 2",
            "x = 1; from keras.preprocessing import text; from pipeline import legacy as image; y = 2",
        ),
        (
            "from keras.preprocessing.image import (load_img, stays,  # why\n  save_img)",
            "from keras.preprocessing.image import (stays,  # why\n  )\nfrom pipeline.legacy import load_img, save_img",
        ),
        (
            "from keras.preprocessing.image import (\n  load_img, save_img,\n  # c\n  stays,\n"
            "  flip_axis as f  # d\n  ,\n)\n",
            "from keras.preprocessing.image import (\n  # c\n  stays,\n    # d\n)\n"
            "from pipeline.legacy import load_img, save_img, flip_axis as f\n",
        ),
    ],
)
def test_names_that_stay_keep_their_line(before: str, after: str) -> None:
    assert migrated(before) == after


def test_a_name_that_pipeline_has_not_stays_and_is_told() -> None:
    source = f"{KERAS}.image import no_such\n"
    assert migrated(source) == source
    assert notes_of(source) == [(1, "no_such stays with Keras: pipeline.legacy has nothing of that name")]


def test_a_module_asked_for_such_a_name_stays() -> None:
    for again in ("", f"{KERAS} import image\n"):  # as notebooks do, once a cell
        source = f"{again}{KERAS} import image\nimage.load_img('x')\nimage.no_such()\n"
        assert migrated(source) == source
        ((line, text),) = notes_of(source, unread=True)
        assert (line, "image.no_such" in text) == (3 + bool(again), True)


def test_a_photo_called_image_is_no_module() -> None:
    source = f"{KERAS} import image\ndef f(image): return image.shape\nfor p in x: image.load_img(p)\n"
    assert migrated(source).startswith("from pipeline import legacy as image\n")
    again = f"{KERAS} import image\nimage = image.load_img('x')\nimage.size\n"
    assert migrated(again).startswith("from pipeline import legacy as image\n")


def test_star_imports_are_named() -> None:
    source = f"{KERAS}.image import *\nfrom os import *\n"
    assert migrated(source) == source
    assert [line for line, _ in notes_of(source, unread=True)] == [1]


@pytest.mark.parametrize(
    "source", ["from tf_keras.preprocessing.image import load_img", "import tf_keras.preprocessing.image"]
)
def test_keras_2_is_left_alone_and_told(source: str) -> None:
    assert changes_of(source).edits == []
    assert "Keras 2" in notes_of(source)[0][1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import keras_preprocessing\nfrom keras_preprocessing.image import ImageDataGenerator\n",
            "import pipeline\nfrom pipeline import ImageDataGenerator\n",
        ),
        (
            "import keras_preprocessing\nimport keras_preprocessing.image\nkeras_preprocessing.image.load_img\n",
            "import pipeline.legacy\nimport pipeline.legacy\npipeline.legacy.load_img\n",
        ),
        (
            "import os, keras_preprocessing as kp\nkp.image.utils.load_img, kp.image.ImageDataGenerator\n",
            "import os, pipeline.legacy\npipeline.legacy.load_img, pipeline.ImageDataGenerator\n",
        ),
        (
            "from keras_preprocessing.image import utils, affine_transformations as at\nutils.load_img, at.random_zoom",
            "from pipeline import legacy as utils, legacy as at\nutils.load_img, at.random_zoom",
        ),
        (
            "import keras_preprocessing.image.utils as u\nimport keras_preprocessing.image.affine_transformations\n"
            "u.save_img, keras_preprocessing.image.affine_transformations.flip_axis\n",
            "import pipeline.legacy as u\nimport pipeline.legacy\nu.save_img, pipeline.legacy.flip_axis\n",
        ),
        (
            "from keras_preprocessing.image.affine_transformations import random_shear\n"
            "from keras_preprocessing.image.dataframe_iterator import DataFrameIterator\n",
            "from pipeline.legacy import random_shear\nfrom pipeline.legacy import DataFrameIterator\n",
        ),
        (
            "try:\n    import keras_preprocessing\nexcept A:\n    pass\n",
            "try:\n    import pipeline\nexcept A:\n    pass\n",
        ),
    ],
)
def test_the_separate_package_leaves_no_import_behind(before: str, after: str) -> None:
    assert migrated(before) == after
    exec(after.replace("except A", "except ImportError"), {})
    assert notes_of(before) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import keras_preprocessing\nprint(keras_preprocessing.__version__)", "keras_preprocessing is still used"),
        ("import keras_preprocessing\npipeline = 3", "take keras_preprocessing out of this import"),
        ("import keras_preprocessing.text as t\nt.Tokenizer()", "t is still used"),
        (
            "from keras_preprocessing.sequence import pad_sequences",
            "no pad_sequences: if tensorflow.keras.preprocessing.sequence has it",
        ),
        ("from keras_preprocessing import image, text\nimage.load_img", "if tensorflow.keras.preprocessing has it"),
        ("from keras_preprocessing.image.utils import _iter_valid_files", "pipeline.legacy has no _iter_valid_files"),
    ],
)
def test_what_is_left_of_the_separate_package_is_told(source: str, told: str) -> None:
    ((line, text),) = notes_of(source, unread=True)
    assert (line, told in text, "not installed with Keras 3" in text) == (1, True, True)
