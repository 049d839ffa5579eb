"""`DataConfig`, `ImageConfig`, `LoaderConfig`: what is allowed and what it settles to."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import DataConfig, ImageConfig, LoaderConfig
from pipeline.errors import InputError

GROUPS: dict[str, Any] = {"data": DataConfig, "image": ImageConfig, "loader": LoaderConfig}


def message_of(group: str, **fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        GROUPS[group](**fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("group", "field", "value", "settled"),
    [
        ("image", "size", 64, (64, 64)),
        ("image", "size", [64, 32], (64, 32)),
        ("image", "size", np.array([64, 32]), (64, 32)),
        ("image", "pad_value", "edge", "edge"),
        ("image", "rescale", 1, 1.0),
        ("image", "rescale", None, None),
        ("data", "train", Path("a") / "b", "a/b"),
        ("data", "validation", "2024", "2024"),
        ("data", "validation", "./0.2", "./0.2"),
        ("data", "label_mode", "none", None),
        ("data", "label_mode", None, None),
        ("data", "class_names", ["b", "a"], ("b", "a")),
        ("data", "validation_split", np.float32(0.5), 0.5),
        ("loader", "batch_size", np.int32(7), 7),
    ],
)
def test_settles(group: str, field: str, value: Any, settled: Any) -> None:
    found = getattr(GROUPS[group](**{field: value}), field)
    assert found == settled
    assert type(found) is type(settled)


@pytest.mark.parametrize(
    ("group", "field", "value"),
    [
        ("image", "size", 0),
        ("image", "size", -1),
        ("image", "size", True),
        ("image", "size", "150"),
        ("image", "size", 150.0),
        ("image", "size", [150]),
        ("image", "size", [150, 150, 3]),
        ("image", "size", [150, 0]),
        ("image", "size", 65_536),
        ("image", "size", None),
        ("image", "resize", "squash"),
        ("image", "pad_value", 256),
        ("image", "pad_value", -1),
        ("image", "pad_value", "mean"),
        ("image", "pad_value", True),
        ("image", "decode", "best"),
        ("image", "exif", 1),
        ("image", "color_mode", "bgr"),
        ("image", "rescale", 0),
        ("image", "rescale", math.nan),
        ("image", "rescale", "1/255"),
        ("data", "train", ""),
        ("data", "train", 3),
        ("data", "train", "a\0b"),
        ("data", "validation", 0.2),
        ("data", "validation", True),
        ("data", "validation_split", 0),
        ("data", "validation_split", 1),
        ("data", "validation_split", "0.2"),
        ("data", "validation_split", True),
        ("data", "label_mode", "multi_label"),
        ("data", "label_mode", "regression"),
        ("data", "class_names", "cats"),
        ("data", "class_names", []),
        ("data", "class_names", ["a", "a"]),
        ("data", "class_names", ["a", 1]),
        ("data", "class_names", ["a", ""]),
        ("data", "on_error", "ignore"),
        ("data", "verify", True),
        ("data", "follow_links", "yes"),
        ("data", "download", 1),
        ("loader", "batch_size", 0),
        ("loader", "batch_size", 2.0),
        ("loader", "batch_size", 2**31),
        ("loader", "shuffle", None),
        ("loader", "drop_remainder", 0),
        ("loader", "cache", "ram"),
        ("loader", "cache", None),
    ],
)
def test_refuses_and_says_what_it_got(group: str, field: str, value: Any) -> None:
    message = message_of(group, **{field: value})
    assert message.startswith(f"{group}.{field} must be ")
    assert "Received: " in message
    assert "\n" not in message


@pytest.mark.parametrize("value", [1.5, 0.2, 1, "0.2", "1.5", ".5"])
def test_a_number_for_validation_is_told_of_validation_split(value: Any) -> None:
    message = message_of("data", validation=value)
    assert "folder" in message
    assert "data.validation_split" in message


def test_validation_and_validation_split_exclude_each_other() -> None:
    message = message_of("data", validation="v", validation_split=0.2)
    assert "data.validation_split" in message
    assert "'v'" in message


def test_an_unknown_cache_is_refused_with_the_alternatives() -> None:
    message = message_of("loader", cache="tape")
    assert all(f'"{other}"' in message for other in ("none", "memory", "disk", "auto"))


def test_the_size_error_names_the_keyword_of_python_too() -> None:
    assert "image_size" in message_of("image", size=0)


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
        message = message_of("image", size=value)
        assert len(message) < 300
        assert "\n" not in message
