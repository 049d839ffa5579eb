"""Tests of timing the parts of predict in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.questions.predict import measure

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.mark.slow
def test_every_part_has_a_rate_each_round(photo_folder: PhotoFolder) -> None:
    found = measure(str(photo_folder({"a": 20, "b": 20})), 2, "cnn")
    assert [len(rates) for rates in found] == [2, 2, 2]
    assert min(map(min, found)) > 0
