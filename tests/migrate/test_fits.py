"""The data that `fit` is given, and how they are written with `ImageData`."""

from __future__ import annotations

import pytest

from pipeline.migrate.fits import find_fits, write_fit
from pipeline.migrate.flows import read_flows
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from tests.support.migrated import script

FEEDS = """\
from keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator().flow_from_directory("t", batch_size=10)
val = ImageDataGenerator().flow_from_directory("v")
"""


def written(call: str) -> tuple[list[tuple[str, list[str]]], list[str]]:
    document = script(FEEDS + call)
    scopes = Scopes(document.tree)
    flows, _ = read_flows(document, scopes)
    fits, told = find_fits(flows, scopes)
    names = [("data.train", "data.validation" if fit.validation else "") for fit in fits]
    lines = [write_fit(fit, *both, document, scopes, told) for fit, both in zip(fits, names, strict=True)]
    return lines, [note.text for note in told.notes]


@pytest.mark.parametrize(
    ("call", "function", "parts"),
    [
        ("model.fit(train)", "model.fit", []),
        ("h = model.fit(train, epochs=3)", "h = model.fit", ["epochs=3"]),
        ("self.h = self.model.fit(x=train)", "self.h = self.model.fit", []),
        (
            "model.fit(train, epochs=3, validation_data=val)",
            "model.fit",
            ["epochs=3", "validation_data=data.validation"],
        ),
        ("model.fit(train, validation_data=(x, y))", "model.fit", ["validation_data=(x, y)"]),
        ("model.fit_generator(train, 100, 3)", "model.fit", ["epochs=3"]),
        ("model.fit_generator(generator=train, callbacks=[c])", "model.fit", ["callbacks=[c]"]),
        (
            "model.fit_generator(train, samples_per_epoch=9, nb_epoch=2, nb_worker=1, pickle_safe=True)",
            "model.fit",
            ["epochs=2"],
        ),
        ("model.fit(train, **{'epochs': 4})", "model.fit", ["epochs=4"]),
        ("model.fit(ImageDataGenerator().flow_from_directory('x'))", "model.fit", []),
        ("a, b = model.fit(train), 1", "model.fit", []),
    ],
)
def test_a_fit(call: str, function: str, parts: list[str]) -> None:
    assert written(call)[0] == [(function, ["data.train", *parts])]


@pytest.mark.parametrize("call", ["model.fit(x, y)", "train.fit()", "model.fit()"])
def test_other_fits_are_not_meant(call: str) -> None:
    assert written(call) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("steps_per_epoch=100", "there it was 100 x 10 = 1,000 photos"),
        ("steps_per_epoch=n // 10", "steps_per_epoch=n // 10 is left out: an epoch is all photos, once"),
        (
            "validation_data=val, validation_steps=5",
            "a validation is all photos, once; there it was 5 x 32 = 160 photos",
        ),
        ("workers=4", "workers of fit is left out"),
    ],
)
def test_what_is_left_out_is_told(arguments: str, told: str) -> None:
    _, (note,) = written(f"model.fit(train, {arguments})")
    assert told in note


def test_no_steps_are_nothing_to_tell() -> None:
    assert written("model.fit(train, steps_per_epoch=None, validation_steps=3)")[1] == []


def test_hidden_arguments_are_named() -> None:
    lines, notes = written("model.fit(train, **k)")
    assert (lines, ["could not be read" in note for note in notes]) == ([], [True])


def test_fits_come_in_the_order_of_the_text() -> None:
    lines, _ = written("def f(): a.fit(train)\nb.fit(train)")
    assert [function for function, _ in lines] == ["a.fit", "b.fit"]
    assert Changes().notes == []
