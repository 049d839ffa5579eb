"""Strict JSON, which every program can read."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def none_of(constant: str) -> NoReturn:
    raise AssertionError(constant)


def with_null(value: Any) -> Any:
    if isinstance(value, list):
        return [with_null(one) for one in value]
    if isinstance(value, dict):
        return {key: with_null(one) for key, one in value.items()}
    return None if isinstance(value, float) and value - value != 0 else value


@given(VALUES)
def test_what_is_no_number_is_null_and_the_rest_as_it_was(value: Any) -> None:
    assert json.loads(json_text(value), parse_constant=none_of) == with_null(value)


def test_names_stay_as_they_are() -> None:
    assert json_text({"고양이": (1, 2)}) == '{"고양이": [1, 2]}'
