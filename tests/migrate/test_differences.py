"""Notes on what a pair means differently here, once, on its line."""

from __future__ import annotations

import pytest

from tests.support.migrated import CATS, equivalent

IMPORT = "from keras.preprocessing.image import ImageDataGenerator as I\n"


def told(train: str, validation: str, settings: str = "", other: str | None = None) -> str:
    source = IMPORT + (
        f"train = I({settings}).flow_from_directory({train}, interpolation='bilinear')\n"
        f"val = I({settings if other is None else other}).flow_from_directory({validation}, interpolation='bilinear')\n"
    )
    return "\n".join(line for line in equivalent(source).splitlines() if line.startswith("#"))


def test_the_notebooks_pair_differs_in_nothing_but_how_it_is_written() -> None:
    code = equivalent(CATS)
    assert "one value counts" not in code
    assert "sideways" not in code  # equal shifts of a square


@pytest.mark.parametrize(
    ("train", "validation", "settings", "other", "text"),
    [
        ("'a', batch_size=2", "'b'", "", "", "line 3: val has batch_size=its default, train 2"),
        ("'a', (1, 2)", "'b', (1, 3)", "", "", "line 3: val has image_size=(1, 3), train (1, 2)"),
        ("'a'", "'b'", "rescale=1/255", "", "line 3: val has rescale=None, train 1/255"),
        ("'a'", "'b'", "zoom_range=0.2", "zoom_range=0.2", "line 3: val changed its photos at random too"),
        ("'a'", "'a'", "", "", "line 3: train and val read the same folder"),
        (
            "'a', subset='training'",
            "'a', subset='validation'",
            "validation_split=0.2",
            "validation_split=0.2",
            "line 2: validation_split took the first files of each class",
        ),
        ("'a', subset='training'", "'b'", "validation_split=0.2", "", "line 2: subset='training' is left out"),
        ("'a'", "'b'", "width_shift_range=0.2", "", "line 2: in Keras 3 height_shift_range moved pictures sideways"),
        ("'a', (9, 8)", "'b', (9, 8)", "width_shift_range=2, height_shift_range=2", "", "line 2: in Keras 3"),
    ],
)
def test_what_is_told(train: str, validation: str, settings: str, other: str, text: str) -> None:
    assert text in told(train, validation, settings, other)


@pytest.mark.parametrize(
    ("train", "validation", "settings", "other"),
    [
        ("'a'", "'b'", "", ""),
        ("'a', (1,2)", "'b', ( 1, 2 )", "rescale=1./255", "rescale=1/255"),
        ("'a'", "'b'", "rotation_range=40", ""),
        ("'a', (9, 9)", "'b', (9, 9)", "width_shift_range=0.1, height_shift_range=0.1", ""),
    ],
)
def test_what_is_not(train: str, validation: str, settings: str, other: str) -> None:
    assert told(train, validation, settings, other) == ""


def test_the_sides_may_be_named() -> None:
    shifts = "width_shift_range=0.1, height_shift_range=0.1"
    source = f"{IMPORT}SIZE = (S, S)\nI({shifts}).flow_from_directory('a', SIZE, interpolation='bilinear')\n"
    assert "#" not in equivalent(source)
    assert "sideways" in equivalent(source.replace("(S, S)", "size()"))
