from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.legacy import DirectoryIterator, ImageDataGenerator
from tests.support.beside_keras import ORIGINAL, difference


def _pair(folder: Path, generator: dict[str, Any] | None = None, **options: Any) -> tuple[Any, Any]:
    options = {"target_size": (20, 16), "batch_size": 4, "seed": 3, **options}
    mine, theirs = (one(**(generator or {})) for one in (ImageDataGenerator, ORIGINAL))
    return mine.flow_from_directory(folder, **options), theirs.flow_from_directory(folder, **options)


ATTRIBUTES = """
n samples batch_size batch_index total_batches_seen index_array class_indices classes labels filenames filepaths
image_shape sample_weight target_size color_mode class_mode seed shuffle dtype data_format save_to_dir save_prefix
save_format interpolation keep_aspect_ratio split subset num_classes directory white_list_formats allowed_class_modes
workers use_multiprocessing max_queue_size num_batches
"""


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"b": 7, "a": 5, "c/deep": 3}, (33, 27))


@pytest.mark.parametrize("class_mode", ["categorical", "binary", "sparse", "input", None])
@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_and_attributes(folder: Path, class_mode: str | None, shuffle: bool) -> None:
    mine, theirs = _pair(folder, {"rotation_range": 20}, class_mode=class_mode, shuffle=shuffle)
    for _ in range(5):
        assert difference(next(mine), next(theirs)) <= 1e-4
    for name in ATTRIBUTES.split():
        one, other = getattr(mine, name), getattr(theirs, name)
        same = np.array_equal(one, other) if isinstance(other, np.ndarray) else one == other
        assert same, name
        assert type(one) is type(other), name
    assert len(mine) == len(theirs) == 4


@pytest.mark.parametrize("options", [
    {"color_mode": "grayscale"},
    {"color_mode": "rgba"},
    {"interpolation": "bicubic", "keep_aspect_ratio": True},
    {"keep_aspect_ratio": True},
    {"classes": ["b", "a"]},
    {"classes": ["a"], "class_mode": "sparse"},
    {"batch_size": 100},
    {"batch_size": 1},
    {"target_size": [9, 31]},
])  # fmt: skip
def test_options(folder: Path, options: dict[str, Any]) -> None:
    mine, theirs = _pair(folder, **options)
    for _ in range(len(theirs) + 1):
        assert difference(next(mine), next(theirs)) == 0
    assert mine.class_indices == theirs.class_indices


@pytest.mark.parametrize("subset", ["training", "validation"])
@pytest.mark.parametrize("split", [0.3, 0.5, 0.01])
def test_the_first_share_of_each_class_is_validation(folder: Path, subset: str, split: float) -> None:
    mine, theirs = _pair(folder, {"validation_split": split}, subset=subset, shuffle=False)
    assert mine.filenames == theirs.filenames
    assert mine.classes.tolist() == theirs.classes.tolist()
    if theirs.n:
        assert difference(next(mine), next(theirs)) == 0


def test_links_are_followed_on_request(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.symlink(folder / "b", tmp_path / "a" / "linked")
    for follow in (False, True):
        mine, theirs = _pair(tmp_path, follow_links=follow)
        assert mine.filenames == theirs.filenames
        assert bool(mine.filenames) is follow


def test_saved_pictures(folder: Path, tmp_path: Path) -> None:
    """The same files: names with their draws, and pixels."""
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
    options = {"save_prefix": "p", "save_format": "bmp"}
    mine = _pair(folder, {"horizontal_flip": True}, save_to_dir=tmp_path / "mine", **options)[0]
    theirs = _pair(folder, {"horizontal_flip": True}, save_to_dir=tmp_path / "theirs", **options)[1]
    for _ in range(5):
        assert difference(next(mine), next(theirs)) == 0
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "theirs").iterdir()}
    assert len(wanted) > 15
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == wanted


@pytest.mark.parametrize("options", [
    {"color_mode": "bgr"},
    {"class_mode": "multi"},
    {"subset": "test"},
])  # fmt: skip
def test_refusals_are_those_of_keras(folder: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # compared below
        ORIGINAL().flow_from_directory(folder, **options)
    with pytest.raises(ValueError) as mine:  # noqa: PT011
        ImageDataGenerator().flow_from_directory(folder, **options)
    opening = str(theirs.value).split(";")[0].split("one of")[0]
    assert str(mine.value).startswith(opening)


def test_an_unknown_interpolation_is_refused_at_once(folder: Path) -> None:
    """Keras says so with the first batch."""
    with pytest.raises(ValueError, match="Invalid interpolation method magic specified"):
        ImageDataGenerator().flow_from_directory(folder, interpolation="magic")


def test_a_missing_folder() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ImageDataGenerator().flow_from_directory("nowhere")


def test_a_class_without_a_folder_is_named(folder: Path) -> None:
    with pytest.warns(UserWarning, match="no folder for class 'zebra'"):
        assert ImageDataGenerator().flow_from_directory(folder, classes=["a", "zebra"]).samples == 5


def test_without_a_generator(folder: Path) -> None:
    """Pictures as they are."""
    plain = DirectoryIterator(folder, None, target_size=(20, 16), seed=3, batch_size=4)
    assert difference(next(plain), next(_pair(folder)[1])) == 0


def test_what_is_found_is_said_as_keras_says_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _pair(folder)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second == "Found 15 images belonging to 3 classes."


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "note.jpg").write_text("not a picture")
    with pytest.raises(OSError, match=r"note\.jpg"):
        next(ImageDataGenerator().flow_from_directory(tmp_path))


@pytest.mark.parametrize(("size", "error"), [
    ((0, 16), ValueError),
    ((16, 16, 3), ValueError),
    (150, TypeError),
    ((16.0, 16.0), TypeError),
])  # fmt: skip
def test_a_wrong_size_is_named(folder: Path, size: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"`target_size` should be \(height, width\), two integers of at least 1"):
        ImageDataGenerator().flow_from_directory(folder, target_size=size)


def test_a_folder_without_pictures_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    with pytest.warns(UserWarning, match="There is no picture in"):
        assert ImageDataGenerator().flow_from_directory(tmp_path).samples == 0
