"""The user's own `pipeline`, which Python would find first."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.migrate.shadows import find_shadow
from tests.support.places import ROOT


@pytest.mark.parametrize(("made", "found"), [("pipeline.py", "pipeline.py"), ("pipeline/__init__.py", "pipeline")])
def test_a_shadow_is_found(tmp_path: Path, made: str, found: str) -> None:
    (tmp_path / made).parent.mkdir(exist_ok=True)
    (tmp_path / made).touch()
    assert find_shadow(tmp_path / "train.py") == tmp_path / found


@pytest.mark.parametrize("made", ["pipeline/photos.txt", "pipelines.py", "pipeline.ipynb"])
def test_other_files_hide_nothing(tmp_path: Path, made: str) -> None:
    (tmp_path / made).parent.mkdir(exist_ok=True)
    (tmp_path / made).touch()
    assert find_shadow(tmp_path / "train.py") is None


def test_the_package_does_not_hide_itself() -> None:
    assert find_shadow(ROOT / "train.py") is None
