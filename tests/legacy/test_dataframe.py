from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.legacy import ImageDataGenerator
from tests.support.beside_keras import ORIGINAL, difference


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"x": 11}, (33, 27))


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    names = [f"x/{k:04d}.jpg" for k in range(11)]
    labels = ["cat", "dog", "cat", "owl", "dog", "cat", "dog", "owl", "cat", "dog", "cat"]
    both: list[Any] = [
        ["cat", "dog"],
        ["dog"],
        ("owl",),
        ["owl", "cat"],
        "dog",
        ["cat"],
        "cat",
        "owl",
        "dog",
        "cat",
        "owl",
    ]
    return pd.DataFrame(
        {
            "filename": names,
            "class": labels,
            "several": both,
            "two": ["a" if k % 2 else "b" for k in range(11)],
            "weight": np.linspace(0, 1, 11),
            "age": np.arange(11) * 1.5,
            "vector": [np.array([k, -k], np.float32) for k in range(11)],
        }
    )


def _pair(table: pd.DataFrame, folder: Any, generator: dict[str, Any] | None = None, **options: Any) -> tuple[Any, Any]:
    options = {"target_size": (20, 16), "batch_size": 4, "seed": 3, **options}
    mine, theirs = (one(**(generator or {})) for one in (ImageDataGenerator, ORIGINAL))
    return mine.flow_from_dataframe(table, folder, **options), theirs.flow_from_dataframe(table, folder, **options)


def _assert_as_keras(mine: Any, theirs: Any) -> None:
    for _ in range(len(theirs) + 1):
        assert difference(next(mine), next(theirs)) == 0
    for name in ("filenames", "filepaths", "samples", "class_mode", "directory"):
        assert getattr(mine, name) == getattr(theirs, name), name
    assert vars(mine).get("class_indices") == vars(theirs).get("class_indices")


@pytest.mark.parametrize("options", [
    {"class_mode": "categorical"},
    {"class_mode": "sparse"},
    {"class_mode": "binary", "y_col": "two"},
    {"class_mode": "categorical", "y_col": "several"},
    {"class_mode": "categorical", "y_col": "several", "classes": ["owl", "cat"]},
    {"class_mode": "categorical", "classes": ["owl", "cat", "owl"]},
    {"class_mode": "binary", "classes": ["owl", "cat"]},
    {"class_mode": "raw", "y_col": "age"},
    {"class_mode": "raw", "y_col": ["age", "weight"]},
    {"class_mode": "multi_output", "y_col": ["age", "vector"]},
    {"class_mode": "input"},
    {"class_mode": None},
    {"class_mode": "sparse", "weight_col": "weight"},
    {"class_mode": "sparse", "validate_filenames": False},
    {"class_mode": "sparse", "color_mode": "grayscale", "interpolation": "box"},
])  # fmt: skip
def test_labels_and_weights(table: pd.DataFrame, folder: Path, options: dict[str, Any]) -> None:
    mine, theirs = _pair(table, folder, **options)
    _assert_as_keras(mine, theirs)
    if options.get("weight_col"):
        assert mine.sample_weight.tolist() == theirs.sample_weight.tolist()


def test_raw_text_is_given_as_it_is(table: pd.DataFrame, folder: Path) -> None:
    """Under pandas 3 Keras' own gives an array of pandas; here it is NumPy's, as it was before."""
    mine, theirs = _pair(table, folder, class_mode="raw", y_col="class")
    x, y = next(mine)
    u, v = next(theirs)
    assert np.array_equal(x, u)
    assert isinstance(y, np.ndarray)
    assert y.tolist() == list(v)


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_the_first_rows_are_validation(table: pd.DataFrame, folder: Path, subset: str) -> None:
    _assert_as_keras(*_pair(table, folder, {"validation_split": 0.3}, subset=subset))


def test_paths_without_a_folder(table: pd.DataFrame, folder: Path) -> None:
    whole = table.assign(filename=[str(folder / name) for name in table["filename"]])
    _assert_as_keras(*_pair(whole, None))


def test_rows_without_a_picture_are_left_out_and_counted(table: pd.DataFrame, folder: Path) -> None:
    (folder / "x" / "notes.txt").write_text("")
    more = pd.concat([table, table.head(2).assign(filename=["x/gone.jpg", "x/notes.txt"])], ignore_index=True).sample(
        frac=1, random_state=1
    )
    with pytest.warns(UserWarning, match="Found 2 invalid image filename"):
        mine, theirs = _pair(more, folder)
    _assert_as_keras(mine, theirs)
    assert mine.n == 11


@pytest.mark.parametrize("options", [
    {"class_mode": "other_mode"},
    {"class_mode": "multi_output", "y_col": "age"},
    {"class_mode": "binary"},
    {"class_mode": "binary", "classes": ["cat"]},
    {"class_mode": "sparse", "y_col": "age"},
    {"class_mode": "categorical", "y_col": "age"},
    {"x_col": "age", "class_mode": None},
    {"weight_col": "class"},
    {"x_col": "absent"},
])  # fmt: skip
def test_refusals_are_those_of_keras(table: pd.DataFrame, folder: Path, options: dict[str, Any]) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  # compared below
        ORIGINAL().flow_from_dataframe(table, folder, **options)
    with pytest.raises(theirs.type) as mine:
        ImageDataGenerator().flow_from_dataframe(table, folder, **options)
    assert str(mine.value)[:40] == str(theirs.value)[:40]


def test_several_columns_are_for_several_outputs(table: pd.DataFrame, folder: Path) -> None:
    with pytest.raises(TypeError, match=r"y_col must be one column. Received \['class', 'two'\]"):
        ImageDataGenerator().flow_from_dataframe(table, folder, y_col=["class", "two"])


def test_older_spellings(table: pd.DataFrame, folder: Path) -> None:
    generator = ImageDataGenerator()
    with pytest.warns(DeprecationWarning, match="raw"):
        old = generator.flow_from_dataframe(table, folder, y_col="age", class_mode="other", seed=1, target_size=(9, 9))
    assert old.class_mode == "raw"
    with pytest.warns(DeprecationWarning, match="has_ext is deprecated"):
        generator.flow_from_dataframe(table, folder, has_ext=True)
    with pytest.warns(UserWarning, match="no argument 'colour'"):
        generator.flow_from_dataframe(table, folder, colour=1)


def test_keep_aspect_ratio_works_here(table: pd.DataFrame, folder: Path) -> None:
    """Keras' own takes the argument and forgets it."""
    options: dict[str, Any] = {"shuffle": False, "target_size": (20, 40), "class_mode": None}
    mine = ImageDataGenerator().flow_from_dataframe(table, folder, keep_aspect_ratio=True, **options)
    wanted = ORIGINAL().flow_from_directory(folder, keep_aspect_ratio=True, **options)
    assert difference(next(mine), next(wanted)) == 0
