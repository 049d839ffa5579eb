"""The cache folder follows the XDG base directory specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.files.home import cache_home


def test_the_variable_wins_and_an_empty_one_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert cache_home() == tmp_path / "other" / "tf-image-pipeline"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_home() == tmp_path / "home" / ".cache" / "tf-image-pipeline"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_home() == tmp_path / "home" / ".cache" / "tf-image-pipeline"
    assert not (tmp_path / "home").exists()
