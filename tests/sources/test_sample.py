"""The drawn sample is the same everywhere, varies like real photos, and is learnable by shape but not by colour."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from pipeline.errors import InputError
from pipeline.sources.sample import MARKER, draw_sample
from tests.support.places import ROOT


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.jpg"))
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_sample(tmp_path_factory.mktemp("sample") / "s", train=160, validation=4)


def _sizes(paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """(width, height) `[N, 2]` and bytes `[N]`."""
    shapes = []
    for path in paths:
        with Image.open(path) as opened:
            shapes.append(opened.size)
    return np.array(shapes), np.array([path.stat().st_size for path in paths])


def test_another_process_draws_the_same_bytes_whatever_the_count(sample: Path, tmp_path: Path) -> None:
    code = f"from pipeline.sources.sample import draw_sample; draw_sample({str(tmp_path)!r}, train=10, validation=2)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    few = _digests(tmp_path)
    assert len(few) == 12
    assert few.items() <= _digests(sample).items()


def test_the_seed_changes_every_picture(sample: Path, tmp_path: Path) -> None:
    other = _digests(draw_sample(tmp_path / "s", seed=16, train=4, validation=2))
    mine = _digests(sample)
    assert not any(mine[name] == digest for name, digest in other.items())


def test_no_two_pictures_are_alike(sample: Path) -> None:
    digests = _digests(sample)
    assert len(set(digests.values())) == len(digests) == 164


def test_a_whole_sample_is_left_alone_and_a_half_drawn_one_completed(tmp_path: Path) -> None:
    folder = draw_sample(tmp_path / "s", train=4, validation=2)
    whole, times = _digests(folder), [path.stat().st_mtime_ns for path in sorted(folder.rglob("*.jpg"))]
    draw_sample(folder, train=4, validation=2)
    assert [path.stat().st_mtime_ns for path in sorted(folder.rglob("*.jpg"))] == times
    (folder / MARKER).unlink()
    (folder / "train" / "cats" / "cat.0001.jpg").write_bytes(b"half")
    (folder / "train" / "dogs" / "dog.0000.jpg").unlink()
    (folder / "train" / "cats" / "mine.txt").write_text("kept")
    draw_sample(folder, train=4, validation=2)
    assert _digests(folder) == whole
    assert (folder / "train" / "cats" / "mine.txt").read_text() == "kept"


def test_a_missing_picture_is_noticed_though_the_marker_is_there(tmp_path: Path) -> None:
    folder = draw_sample(tmp_path / "s", train=4, validation=2)
    gone = folder / "validation" / "cats" / "cat.0000.jpg"
    gone.unlink()
    draw_sample(folder, train=4, validation=2)
    assert gone.is_file()


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    steps: list[int] = []
    draw_sample(tmp_path / "s", train=4, validation=2, progress=steps.append)
    assert sum(steps) == 6


def test_sizes_and_bytes_are_those_of_real_photos(sample: Path, photos: Path) -> None:
    shapes, sizes = _sizes(sorted(sample.rglob("*.jpg")))
    real_shapes, real_sizes = _sizes(sorted(photos.rglob("*.jpg")))
    np.testing.assert_allclose(shapes.mean(axis=0), real_shapes.mean(axis=0), rtol=0.1)
    assert sizes.mean() == pytest.approx(real_sizes.mean(), rel=0.15)
    density = np.percentile(sizes / shapes.prod(axis=1), [25, 50, 75])
    real_density = np.percentile(real_sizes / real_shapes.prod(axis=1), [25, 50, 75])
    np.testing.assert_allclose(density, real_density, rtol=0.2)
    assert len({tuple(shape) for shape in shapes.tolist()}) > 60


def test_colour_does_not_tell_the_class(sample: Path) -> None:
    paths = sorted((sample / "train").rglob("*.jpg"))
    features = []
    for path in paths:
        with Image.open(path) as opened:
            pixels = np.asarray(opened.resize((64, 64)), np.float32).reshape(-1, 3)
        features.append(np.concatenate([pixels.mean(0), pixels.std(0)]))
    scaled = (features - np.mean(features, axis=0)) / np.std(features, axis=0)
    labels = ["dogs" in path.parts for path in paths]
    assert cross_val_score(LogisticRegression(), scaled, labels, cv=5).mean() < 0.65


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"train": 3}, "train"),
        ({"validation": 0}, "validation"),
        ({"train": True}, "train"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments_are_named(tmp_path: Path, arguments: dict[str, int], named: str) -> None:
    with pytest.raises(InputError, match=rf"{named} must be .*Received: "):
        draw_sample(tmp_path / "s", **arguments)  # type: ignore[arg-type]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("")
    with pytest.raises(InputError, match="Received a file"):
        draw_sample(tmp_path / "s")
