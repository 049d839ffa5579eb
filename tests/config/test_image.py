"""`ImageConfig`: the values that each field takes, and the values that it refuses."""

import math
from typing import Any

import numpy as np
import pytest

from pipeline.config import ImageConfig
from pipeline.errors import InputError


def message_of(**fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        ImageConfig(**fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "resolved"),
    [
        ("size", 64, (64, 64)),
        ("size", [64, 32], (64, 32)),
        ("size", np.array([64, 32]), (64, 32)),
        ("pad_value", "edge", "edge"),
        ("rescale", 1, 1.0),
        ("rescale", None, None),
    ],
)
def test_a_value_is_resolved_to_the_fields_type(field: str, value: Any, resolved: Any) -> None:
    found = getattr(ImageConfig(**{field: value}), field)
    assert found == resolved
    assert type(found) is type(resolved)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 0),
        ("size", -1),
        ("size", True),
        ("size", "150"),
        ("size", 150.0),
        ("size", [150]),
        ("size", [150, 150, 3]),
        ("size", [150, 0]),
        ("size", 65_536),
        ("size", None),
        ("resize", "squash"),
        ("pad_value", 256),
        ("pad_value", -1),
        ("pad_value", "mean"),
        ("pad_value", True),
        ("decode", "best"),
        ("exif", 1),
        ("color_mode", "bgr"),
        ("rescale", 0),
        ("rescale", math.nan),
        ("rescale", "1/255"),
    ],
)
def test_refuses_and_says_what_it_got(field: str, value: Any) -> None:
    message = message_of(**{field: value})
    assert message.startswith(f"image.{field} must be ")
    assert "Received: " in message
    assert "\n" not in message


def test_the_size_error_names_the_keyword_of_python_too() -> None:
    assert "image_size" in message_of(size=0)


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("grayscale", 1), ("rgba", 4)])
def test_channels(mode: Any, channels: int) -> None:
    assert ImageConfig(color_mode=mode).channels == channels


def test_image_size_is_height_and_width() -> None:
    assert ImageConfig(size=(3, 4)).image_size == (3, 4)
    assert ImageConfig(size=5).image_size == (5, 5)


def test_a_received_value_stays_one_short_line() -> None:
    endless: Any = []
    endless.append(endless)
    for value in ("x\n" * 10_000, list(range(10**5)), endless):
        message = message_of(size=value)
        assert len(message) < 300
        assert "\n" not in message
