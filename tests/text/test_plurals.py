"""Numbers with their nouns, alone and in the messages of commands."""

from __future__ import annotations

import pytest

from pipeline.text.plurals import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (12_345, "12,345 photos")]
)
def test_one_is_singular(count: int, text: str) -> None:
    assert counted(count, "photo") == text


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(n, "batch of 5", "batches of 5") for n in (1, 2)] == ["1 batch of 5", "2 batches of 5"]
