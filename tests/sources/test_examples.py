"""`Examples`: columns that stay aligned."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource


def made(labels: list[int], classes: int) -> Examples:
    paths = tuple(f"photo{i}.jpg" for i in range(len(labels)))
    return Examples(
        FileSource(paths), np.array(labels, np.int32), tuple(f"class{k}" for k in range(classes)), ("a note",)
    )


@given(st.lists(st.integers(0, 3), max_size=20), st.data())
def test_a_subset_keeps_each_path_with_its_label(labels: list[int], data: st.DataObject) -> None:
    examples = made(labels, 4)
    index = data.draw(st.permutations(range(len(labels)))) if labels else []
    index = index[: data.draw(st.integers(0, len(labels)))]
    subset = examples.subset(index)
    pairs = list(zip(examples.paths, examples.labels.tolist(), strict=True))
    assert list(zip(subset.paths, subset.labels.tolist(), strict=True)) == [pairs[i] for i in index]
    assert (len(subset), subset.class_names, subset.notes) == (len(index), examples.class_names, ())
    assert subset.labels.dtype == np.int32


@given(st.lists(st.integers(0, 3), max_size=20))
def test_counts_cover_every_class_the_empty_ones_too(labels: list[int]) -> None:
    assert made(labels, 5).counts().tolist() == [labels.count(k) for k in range(5)]


def test_paths_go_to_tensorflow_as_the_file_system_has_them() -> None:
    names = ("고양이.jpg", os.fsdecode(b"\xff.jpg"), "plain.jpg")
    examples = Examples(FileSource(names), np.zeros(3, np.int32), ("a",))
    read = [examples.source._paths[k].numpy() for k in range(3)]  # type: ignore[attr-defined]
    assert read == ["고양이.jpg".encode(), b"\xff.jpg", b"plain.jpg"]
