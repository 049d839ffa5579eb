"""What else is done with a generator, as notes in the equivalent code."""

from __future__ import annotations

import pytest
from migrated import equivalent

FEEDS = """\
from keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator().flow_from_directory("t")
val = ImageDataGenerator().flow_from_directory("v")
"""


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("train.class_indices", "train.class_indices becomes {c: k for k, c in enumerate(data.class_names)}"),
        ("val.samples", "val.samples becomes len(data.validation_examples)"),
        ("val.classes", "val.classes becomes data.validation_examples.labels"),
        ("train.filenames", "train.filenames becomes data.train_examples.paths"),
        ("val.reset()", "val.reset() is not needed: each pass over the data begins anew"),
        ("train.next()", "train.next() becomes next(iter(data.train))"),
        ("next(val)", "next(...) becomes next(iter(data.validation))"),
        ("len(train)", "len(...) stays: len(data.train) is the number of batches"),
        ("m.evaluate(val, steps=3)", "m.evaluate becomes m.evaluate(data.validation)"),
        ("self.m.predict_generator(val)", "self.m.predict_generator becomes self.m.predict(data.validation)"),
    ],
)
def test_a_use_is_told(use: str, told: str) -> None:
    assert f"# line 4: {told}\n" in equivalent(FEEDS + use)


@pytest.mark.parametrize("use", ["other.class_indices", "train.unknown", "print(train)", "m.evaluate(x)"])
def test_what_has_no_word_here_is_not(use: str) -> None:
    assert "line 4" not in equivalent(FEEDS + use)


def test_what_is_told_is_there(photo_folder: object) -> None:
    from pipeline.data import ImageData
    from pipeline.sources.examples import Examples

    assert {"class_names", "train_examples", "validation_examples", "image", "loader"} <= set(dir(ImageData)) | set(
        ImageData.__dataclass_fields__
    )
    assert {"paths", "labels"} <= set(Examples.__dataclass_fields__)
