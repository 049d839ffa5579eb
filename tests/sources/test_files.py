"""Files as a source: read in a graph whatever they are called, and recognised when they change."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from pipeline.sources.files import FileSource


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    names = [b"a.jpg", "고양이.jpg".encode(), b"\xff.jpg"]
    paths = [os.path.join(os.fsencode(tmp_path), name) for name in names]
    for k, path in enumerate(paths):
        Path(os.fsdecode(path)).write_bytes(b"content" * (k + 1))
    return FileSource(tuple(map(os.fsdecode, paths)))


def test_each_file_is_read_in_a_graph_and_out_of_it(source: FileSource) -> None:
    wanted = [Path(path).read_bytes() for path in source.paths]
    graph = tf.data.Dataset.range(3).map(lambda index: source.read(index)["image"])
    assert list(graph.as_numpy_iterator()) == wanted
    assert [source.read(tf.constant(k, tf.int64))["image"].numpy() for k in range(3)] == wanted


def test_a_subset_reads_describes_and_measures_its_own_files(source: FileSource) -> None:
    part = source.subset(np.array([2, 0]))
    assert part.paths == (source.paths[2], source.paths[0])
    assert part.read(tf.constant(0, tf.int64))["image"] == b"content" * 3
    assert (part.describe(1), part.columns()) == (source.paths[0], {"path": list(part.paths)})
    assert part.sizes().tolist() == [21, 7]


def test_a_file_that_is_gone_has_no_size_and_no_fingerprint(source: FileSource) -> None:
    Path(source.paths[1]).unlink()
    assert source.sizes().tolist() == [7, -1, 21]
    for how in ("stat", "content"):
        assert [mark is None for mark in source.fingerprints(how)] == [False, True, False]
    with pytest.raises(tf.errors.NotFoundError):
        source.read(tf.constant(1, tf.int64))


def test_a_fingerprint_by_content_is_the_same_for_a_copy_and_by_status_it_is_not(source: FileSource) -> None:
    copy = Path(source.paths[0]).with_name("copy.jpg")
    copy.write_bytes(Path(source.paths[0]).read_bytes())
    both = FileSource((source.paths[0], str(copy)))
    assert len(set(both.fingerprints("content"))) == 1
    assert len(set(both.fingerprints("stat"))) == 2
    assert both.fingerprints("stat", [1]) == both.fingerprints("stat")[1:]


def test_the_identity_holds_names_below_the_common_folder_and_sizes(source: FileSource, tmp_path: Path) -> None:
    there = list(source.identity(source.sizes().tolist()))
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    elsewhere = FileSource(tuple(path.replace(str(tmp_path), str(moved)) for path in source.paths))
    assert list(elsewhere.identity(elsewhere.sizes().tolist())) == there
    assert list(elsewhere.identity([7, 14, 20]))[:2] == there[:2]
    assert list(elsewhere.identity([7, 14, 20]))[2] != there[2]


def test_a_million_files_have_a_short_repr() -> None:
    assert repr(FileSource(("a",) * 1_000_000)) == "FileSource(1,000,000 files)"
