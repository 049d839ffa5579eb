"""`LoaderConfig`: the values that each field takes, and the values that it refuses."""

from typing import Any

import numpy as np
import pytest

from pipeline.config import LoaderConfig
from pipeline.errors import InputError


def message_of(**fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        LoaderConfig(**fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "resolved"),
    [
        ("batch_size", np.int32(7), 7),
    ],
)
def test_a_value_is_resolved_to_the_fields_type(field: str, value: Any, resolved: Any) -> None:
    found = getattr(LoaderConfig(**{field: value}), field)
    assert found == resolved
    assert type(found) is type(resolved)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 0),
        ("batch_size", 2.0),
        ("batch_size", 2**31),
        ("shuffle", None),
        ("drop_remainder", 0),
        ("cache", "ram"),
        ("cache", None),
    ],
)
def test_refuses_and_says_what_it_got(field: str, value: Any) -> None:
    message = message_of(**{field: value})
    assert message.startswith(f"loader.{field} must be ")
    assert "Received: " in message
    assert "\n" not in message


def test_an_unknown_cache_is_refused_with_the_alternatives() -> None:
    message = message_of(cache="tape")
    assert all(f'"{other}"' in message for other in ("none", "memory", "disk", "auto"))
