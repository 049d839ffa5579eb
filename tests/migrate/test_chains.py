"""Whole names, changed where they are used."""

from __future__ import annotations

import pytest

from tests.support.migrated import changes_of, migrated, notes_of

TF = "import tensorflow as tf\n"
WHOLE = "tf.keras.preprocessing.image."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TF + WHOLE + "ImageDataGenerator()", TF + "import pipeline\npipeline.ImageDataGenerator()"),
        (TF + WHOLE + "load_img()", TF + "import pipeline.legacy\npipeline.legacy.load_img()"),
        (
            TF + f"a({WHOLE}load_img, {WHOLE}ImageDataGenerator, tf.keras.layers)",
            TF + "import pipeline.legacy\na(pipeline.legacy.load_img, pipeline.ImageDataGenerator, tf.keras.layers)",
        ),
        (
            "from tensorflow import keras  # k\nkeras.utils.image_dataset_from_directory('x')",
            "from tensorflow import keras  # k\nimport pipeline\npipeline.image_dataset_from_directory('x')",
        ),
        (
            "from keras import preprocessing\npreprocessing.image.ImageDataGenerator()",
            "from keras import preprocessing\nimport pipeline\npipeline.ImageDataGenerator()",
        ),
        (
            TF + "image = tf.keras.preprocessing.image\nimage.load_img",
            TF + "import pipeline.legacy\nimage = pipeline.legacy\nimage.load_img",
        ),
        (
            TF + "k = tf.keras\nk.preprocessing.image.load_img",
            TF + "k = tf.keras\nimport pipeline.legacy\npipeline.legacy.load_img",
        ),
        (
            TF + f"x = ({WHOLE[:8]}\n  .preprocessing.image.load_img)",
            TF + "import pipeline.legacy\nx = (pipeline.legacy.load_img)",
        ),
        (
            TF + f"def f(): return {WHOLE}load_img",
            TF + "import pipeline.legacy\ndef f(): return pipeline.legacy.load_img",
        ),
        (
            f"def f():\n\timport tensorflow as tf\n\treturn {WHOLE}load_img",
            "def f():\n\timport tensorflow as tf\n\timport pipeline.legacy\n\treturn pipeline.legacy.load_img",
        ),
        (
            f"import tensorflow as tf; {WHOLE}load_img",
            "import tensorflow as tf; import pipeline.legacy; pipeline.legacy.load_img",
        ),
        (
            "try:\n    import keras\nexcept E:\n    from tensorflow import keras\nkeras.preprocessing.image.load_img",
            "import pipeline.legacy\ntry:\n    import keras\nexcept E:\n    from tensorflow import keras\n"
            "pipeline.legacy.load_img",
        ),
        (
            "import keras.preprocessing.image\nkeras.preprocessing.image.load_img",
            "import pipeline.legacy\npipeline.legacy.load_img",
        ),
        (
            "import keras.preprocessing.image\nkeras.preprocessing.image.load_img(keras.layers)",
            "import keras.preprocessing.image\nimport pipeline.legacy\npipeline.legacy.load_img(keras.layers)",
        ),
    ],
)
def test_a_whole_name(before: str, after: str) -> None:
    assert migrated(before) == after


def test_one_import_outside_serves_functions_too() -> None:
    source = TF + f"def f():\n    {WHOLE}load_img\n    from keras import preprocessing as p\n    p.image.load_img\n"
    assert migrated(source).count("import pipeline") == 1


def test_an_import_that_comes_late_does_not_replace_an_earlier_need() -> None:
    after = migrated(f"{TF}{WHOLE}load_img\nimport keras_preprocessing.image\nkeras_preprocessing.image.load_img\n")
    assert after.splitlines()[1] == "import pipeline.legacy"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (f"{WHOLE}load_img", "imported nowhere"),
        (f"def f(tf): {WHOLE}load_img", "may mean something else"),
        (TF + f"{WHOLE}load_img = None", "assigned to"),
        (TF + "x = (tf.keras  # c\n .preprocessing.image.load_img)", "where it stands"),
        (TF + "image = tf.keras.preprocessing.image\nimage.no_such()", "image.no_such is not in pipeline.legacy"),
    ],
)
def test_what_is_not_certain_is_named(source: str, why: str) -> None:
    ((_, text),) = notes_of(source, unread=True)
    assert why in text


def test_a_name_that_pipeline_has_not_stays_and_is_told() -> None:
    source = TF + WHOLE + "no_such"
    assert changes_of(source).edits == []
    assert "stays with Keras" in notes_of(source, unread=False)[0][1]


def test_keras_2_is_left_alone_and_told() -> None:
    source = "import tf_keras as k\nk.preprocessing.image.ImageDataGenerator()"
    assert changes_of(source).edits == []
    assert "Keras 2" in notes_of(source)[0][1]


def test_other_modules_say_nothing() -> None:
    source = TF + "tf.keras.layers.Dense(1)\nimport torchvision\ntorchvision.utils.image.load_img\n"
    assert (changes_of(source).edits, notes_of(source)) == ([], [])
