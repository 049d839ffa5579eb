"""The files that the inspection calls broken, by Pillow alone, are those that training's decoder refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import ImageConfig
from pipeline.inspect.reading import read_files as judge_files
from pipeline.reading.verify import read_all
from pipeline.reports.listing import list_files, roots_of
from tests.support.corpus import corpus, sources
from tests.support.readers import file_reader


def disagreements(folder: Path, image: ImageConfig) -> tuple[list[str], int, int]:
    """Files that one of them reads and the other does not; how many both read, and how many neither."""
    found = [one for one in list_files(roots_of(str(folder)), None, False).files if one.listed]
    broken = {one.path for one, verdict in zip(found, judge_files(found, ""), strict=True) if not verdict.is_image}
    paths = [one.path for one in found]
    refused = {bad.path for bad in read_all(file_reader(paths, image), None, "")}
    assert all(verdict.broken for verdict in judge_files([one for one in found if one.path in broken], ""))
    return sorted(broken ^ refused), len(paths) - len(broken | refused), len(broken & refused)


def written(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_sound_odd_and_lying_files(tmp_path: Path) -> None:
    chosen = {name: data for name, data in corpus().items() if not name.startswith(("cut-", "changed-"))}
    assert len(chosen) > len(sources())
    written(tmp_path / "corpus", chosen)
    differing, read, refused = disagreements(tmp_path, ImageConfig())
    assert differing == []
    assert read > 60
    assert refused > 10


def test_a_tiff_whose_second_page_is_damaged_is_read_by_both(tmp_path: Path) -> None:
    written(tmp_path / "cats", {"pages.tif": corpus()["changed-3-pages.tif"]})
    assert disagreements(tmp_path, ImageConfig()) == ([], 1, 0)


def test_pngsuite(pngsuite: Path, tmp_path: Path) -> None:
    shutil.copytree(pngsuite, tmp_path / "suite")
    assert disagreements(tmp_path, ImageConfig())[0] == []


@pytest.mark.slow
@pytest.mark.parametrize("image", [ImageConfig(), ImageConfig(color_mode="rgba"), ImageConfig(decode="exact")])
def test_files_that_were_cut_and_changed(image: ImageConfig, tmp_path: Path) -> None:
    written(tmp_path / "corpus", corpus())
    differing, read, refused = disagreements(tmp_path, image)
    assert differing == []
    assert read > 150
    assert refused > 200
