"""Tests of choosing the photos on which an export is compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.config import DataConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.export.photos import choose_photos
from pipeline.runs.trained_run import read_run
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def many(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"a": 250, "b": 50}, size=(2, 2))


def test_two_hundred_spread_over_all(many: Path, tmp_path: Path) -> None:
    found = choose_photos(read_run(make_run(tmp_path / "run")), str(many))
    assert found is not None
    assert len(set(found.paths)) == 200
    assert found.paths == sorted(found.paths)
    assert 30 < sum("/b/" in path for path in found.paths) < 40
    assert found.where == f"photos in {many}"


def test_the_run_s_own_validation_then_training_then_none(many: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()

    def where(**data: str) -> str | None:
        run = read_run(make_run(tmp_path / "run", data=DataConfig(**data)))  # type: ignore[arg-type]
        found = choose_photos(run, None)
        return found and found.where

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "photos").symlink_to(many)  # relative to the folder in which training was started
    assert str(where(train="x", validation="photos")).startswith("the run's validation photos")
    assert str(where(train=str(many), validation=str(tmp_path / "gone"))).startswith("the run's training photos")
    assert where(train="x", validation="y") is None
    assert where() is None


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run"))
    with pytest.raises(MissingPathError, match="--photos must name a folder of photos; there is none"):
        choose_photos(run, str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="--photos must name a folder with images in it"):
        choose_photos(run, str(tmp_path / "empty"))
