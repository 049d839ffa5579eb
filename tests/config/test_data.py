"""`DataConfig`: the values that each field takes, and the values that it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import DataConfig
from pipeline.errors import InputError


def message_of(**fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        DataConfig(**fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "resolved"),
    [
        ("train", Path("a") / "b", "a/b"),
        ("validation", "2024", "2024"),
        ("validation", "./0.2", "./0.2"),
        ("label_mode", "none", None),
        ("label_mode", None, None),
        ("class_names", ["b", "a"], ("b", "a")),
        ("validation_split", np.float32(0.5), 0.5),
    ],
)
def test_a_value_is_resolved_to_the_fields_type(field: str, value: Any, resolved: Any) -> None:
    found = getattr(DataConfig(**{field: value}), field)
    assert found == resolved
    assert type(found) is type(resolved)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("train", ""),
        ("train", 3),
        ("train", "a\0b"),
        ("validation", 0.2),
        ("validation", True),
        ("validation_split", 0),
        ("validation_split", 1),
        ("validation_split", "0.2"),
        ("validation_split", True),
        ("label_mode", "multi_label"),
        ("label_mode", "regression"),
        ("class_names", "cats"),
        ("class_names", []),
        ("class_names", ["a", "a"]),
        ("class_names", ["a", 1]),
        ("class_names", ["a", ""]),
        ("on_error", "ignore"),
        ("verify", True),
        ("follow_links", "yes"),
        ("download", 1),
    ],
)
def test_refuses_and_says_what_it_got(field: str, value: Any) -> None:
    message = message_of(**{field: value})
    assert message.startswith(f"data.{field} must be ")
    assert "Received: " in message
    assert "\n" not in message


@pytest.mark.parametrize("value", [1.5, 0.2, 1, "0.2", "1.5", ".5"])
def test_a_number_for_validation_is_told_of_validation_split(value: Any) -> None:
    message = message_of(validation=value)
    assert "folder" in message
    assert "data.validation_split" in message


def test_validation_and_validation_split_exclude_each_other() -> None:
    message = message_of(validation="v", validation_split=0.2)
    assert "data.validation_split" in message
    assert "'v'" in message
