"""The same seed gives the same examples bit for bit, however the stream is made; each epoch's differ."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.runtime.execution import READS
from tests.support.places import ROOT, SUPPORT
from tests.support.streams import BATCHES, CACHES, EPOCHS, PARALLEL, WAYS, WORKERS, hashes

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

COUNT = 38  # no multiple of a batch


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 20, "dogs": COUNT - 20})


@pytest.fixture(scope="module")
def plain(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """One worker, one call at a time, no cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.dataset.column.READS", READS)  # put back afterwards
        return hashes(folder, tmp_path_factory.mktemp("cache"), 1, COUNT, "none", 1)


def in_a_process(folder: Path, cache: Path, **environment: str) -> dict[str, list[str]]:
    command = [sys.executable, str(SUPPORT / "streams.py"), str(folder), str(cache)]
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, env=whole, stdout=subprocess.PIPE, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_ways_bring_every_two_values_together() -> None:
    columns = (PARALLEL, BATCHES, CACHES, WORKERS)
    for (i, one), (j, other) in itertools.combinations(enumerate(columns), 2):
        assert {(way[i], way[j]) for way in WAYS} == set(itertools.product(one, other))


def test_an_epoch_has_every_example_once_and_another_augmentation_of_it(plain: list[str]) -> None:
    assert len(plain) == len(set(plain)) == EPOCHS * COUNT


@pytest.mark.slow
def test_the_stream_is_the_same_whatever_the_way(folder: Path, plain: list[str], tmp_path: Path) -> None:
    """In another process, for parallel calls, batch size, cache and workers, every two of their values together."""
    found = in_a_process(folder, tmp_path)
    assert {way for way, stream in found.items() if stream != plain} == set()
    assert len(found) == len(WAYS)
    (half,) = (tmp_path / "half").glob("*/pixels")
    assert 0 < half.stat().st_size < COUNT * 12 * 12 * 3  # it was part-filled indeed


@pytest.mark.slow
@pytest.mark.parametrize(("intra", "inter"), [(1, 1), (1, 3), (4, 1)])
def test_and_whatever_the_threads(folder: Path, plain: list[str], tmp_path: Path, intra: int, inter: int) -> None:
    threads = {"TF_NUM_INTRAOP_THREADS": str(intra), "TF_NUM_INTEROP_THREADS": str(inter)}
    found = in_a_process(folder, tmp_path, **threads)
    assert {way for way, stream in found.items() if stream != plain} == set()


def test_another_seed_is_another_stream(folder: Path, plain: list[str], tmp_path: Path) -> None:
    import pipeline

    original = pipeline.from_directory
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.dataset.column.READS", READS)
        patch.setattr(pipeline, "from_directory", lambda *a, **k: original(*a, **{**k, "seed": 12}), raising=False)
        assert not set(hashes(folder, tmp_path, 1, COUNT, "none", 1)) & set(plain)
