"""`Augment`: the values that each field takes, and when it changes nothing."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from pipeline.config import Augment
from pipeline.errors import InputError


def test_defaults_change_nothing() -> None:
    assert Augment().is_identity


@pytest.mark.parametrize(
    "change",
    [
        {"rotation_range": 1},
        {"width_shift_range": 0.1},
        {"width_shift_range": 1.0},
        {"height_shift_range": 2},
        {"height_shift_range": [0, 3]},
        {"brightness_range": (0.5, 1)},
        {"shear_range": 0.2},
        {"zoom_range": 0.1},
        {"zoom_range": (1, 1.1)},
        {"channel_shift_range": 5},
        {"horizontal_flip": True},
        {"vertical_flip": True},
    ],
)
def test_any_random_change_is_no_identity(change: dict[str, Any]) -> None:
    assert not Augment(**change).is_identity


@pytest.mark.parametrize(
    "change",
    [
        {"fill_mode": "wrap", "cval": 3},
        {"brightness_range": (1, 1)},
        {"zoom_range": (1, 1)},
        {"width_shift_range": 1},  # whole pixels in (-1, 1): there is only 0
        {"height_shift_range": [0, 0.0]},
    ],
)
def test_what_cannot_be_seen_is_identity(change: dict[str, Any]) -> None:
    assert Augment(**change).is_identity


def test_a_whole_number_of_pixels_stays_an_integer_and_pixels_a_float() -> None:
    assert type(Augment(width_shift_range=2).width_shift_range) is int
    assert type(Augment(width_shift_range=2.0).width_shift_range) is float
    assert type(Augment(width_shift_range=np.int64(2)).width_shift_range) is int  # type: ignore[arg-type]


def test_lists_and_arrays_of_yaml_and_numpy_become_tuples() -> None:
    listed: Any = [-3, 2.5]
    augment = Augment(width_shift_range=listed, height_shift_range=np.array([1, 2]), zoom_range=[0.8, 1.2])  # type: ignore[arg-type]
    assert (augment.width_shift_range, augment.height_shift_range) == ((-3.0, 2.5), (1.0, 2.0))
    assert hash(augment) == hash(Augment(width_shift_range=(-3, 2.5), height_shift_range=(1, 2), zoom_range=(0.8, 1.2)))


def test_zoom_gives_the_two_factors() -> None:
    assert Augment(zoom_range=0.25).zoom == (0.75, 1.25)
    assert Augment(zoom_range=(0.5, 1)).zoom == (0.5, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rotation_range", -1),
        ("rotation_range", math.nan),
        ("rotation_range", math.inf),
        ("rotation_range", 10**400),
        ("rotation_range", True),
        ("rotation_range", "40"),
        ("width_shift_range", -1),
        ("width_shift_range", -0.1),
        ("width_shift_range", []),
        ("width_shift_range", [1, "2"]),
        ("width_shift_range", "0.2"),
        ("height_shift_range", True),
        ("height_shift_range", [True]),
        ("brightness_range", 0.2),
        ("brightness_range", (0.2,)),
        ("brightness_range", (1.2, 0.8)),
        ("brightness_range", (-1, 1)),
        ("brightness_range", (False, True)),
        ("shear_range", None),
        ("zoom_range", 1),
        ("zoom_range", -0.1),
        ("zoom_range", (0, 1)),
        ("zoom_range", (1.2, 0.8)),
        ("zoom_range", (0.8, 1, 1.2)),
        ("channel_shift_range", -5),
        ("fill_mode", "mirror"),
        ("cval", math.inf),
        ("horizontal_flip", 1),
        ("vertical_flip", "true"),
    ],
)
def test_refuses_and_says_what_it_got(field: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        Augment(**{field: value})
    message = str(caught.value)
    assert message.startswith(f"augment.{field} must be ")
    assert "Received: " in message
    assert "\n" not in message


def test_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Augment().cval = 3  # type: ignore[misc]
