"""Other uses of a generator, as notes in the equivalent code."""

from __future__ import annotations

import pytest

from tests.support.migrated import equivalent

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
        ("train.__next__()", "train.__next__() becomes next(iter(data.train))"),
        (
            "train[0][0][0]",
            "train[0][0][0] becomes next(iter(data.train))[0][0]: tensors, of which .numpy() makes arrays; each "
            "iter(...) begins a new epoch",
        ),
        (
            "x, y = val[3]",
            "val[3] becomes next(iter(data.validation.skip(3))): tensors, of which .numpy() makes arrays; each "
            "iter(...) begins a new epoch",
        ),
        (
            "train[-1][1]",
            "train[-1][1] becomes next(iter(data.train.skip(len(data.train) - 1)))[1]: tensors, of which .numpy() "
            "makes arrays; each iter(...) begins a new epoch",
        ),
        (
            "for k in range(len(val)): x = val[k][0]",
            "val[k][0] becomes batch[0] in a loop, for number, batch in enumerate(data.validation): a batch holds "
            "tensors",
        ),
        (
            "val.classes[val.index_array]",
            "val.index_array has no equivalent: a batch's labels come with it, as in for images, labels in "
            "data.validation",
        ),
        (
            "m.evaluate(val, steps=3)",
            "m.evaluate becomes m.evaluate(data.validation); steps=3 is left out: all images, once, where val drew 3 "
            "batches of them (data.validation keeps the order of the files: its first batches may hold one class)",
        ),
        (
            "m.predict_generator(train, len(train), verbose=1, workers=3)",
            "m.predict_generator becomes m.predict(data.train, verbose=1); steps=len(train) is left out: all images, "
            "once",
        ),
        ("m.evaluate(x=val, verbose=0)", "m.evaluate becomes m.evaluate(data.validation, verbose=0)"),
        (
            "for x, y in train: break",
            "a loop over train never ended; over data.train it ends after one epoch, over data.train.repeat() it goes "
            "on",
        ),
        (
            "for i, (x, y) in enumerate(val): break",
            "a loop over val never ended; over data.validation it ends after one epoch, over "
            "data.validation.repeat() it goes on",
        ),
        (
            "for i in range(3): next(val)",
            "next(...) becomes next(batches), with batches = iter(data.validation.repeat()) before: each iter(...) "
            "begins a new epoch",
        ),
        ("self.m.predict_generator(val)", "self.m.predict_generator becomes self.m.predict(data.validation)"),
    ],
)
def test_a_use_is_told(use: str, told: str) -> None:
    assert f"# line 4: {told}\n" in equivalent(FEEDS + use)


@pytest.mark.parametrize("use", ["other.class_indices", "train.unknown", "print(train)", "m.evaluate(x)"])
def test_what_has_no_word_here_is_not(use: str) -> None:
    assert "line 4" not in equivalent(FEEDS + use)


def test_steps_stay_where_the_order_is_the_same() -> None:
    source = FEEDS.replace('"v"', '"v", shuffle=False') + "m.predict(val, steps=2)"
    assert "# line 4: m.predict becomes m.predict(data.validation, steps=2)\n" in equivalent(source)


def test_the_names_of_mapped_batches_are_told() -> None:
    source = FEEDS.replace("ImageDataGenerator()", "ImageDataGenerator(preprocessing_function=f)") + "next(val)"
    code = equivalent(source)
    assert "# line 4: next(...) becomes next(iter(validation))\n" in code
    assert "\nvalidation = data.validation.map(" in code


def test_what_is_told_is_there(photo_folder: object) -> None:
    from pipeline.dataset.image_data import ImageData
    from pipeline.sources.examples import Examples

    assert {"class_names", "train_examples", "validation_examples", "image", "loader"} <= set(dir(ImageData)) | set(
        ImageData.__dataclass_fields__
    )
    assert {"paths", "labels"} <= set(dir(Examples)) | set(Examples.__dataclass_fields__)
