"""Tests of choosing the photos that are measured."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.profile.sample import MOST, sample_examples, sample_size
from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource

PLENTY = 1 << 40


def examples(*counts: int) -> Examples:
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return Examples(FileSource(tuple(f"{k}.jpg" for k in range(len(labels)))), labels, tuple("abcdefgh"[: len(counts)]))


def test_many_photos_are_measured_by_a_thousand_and_few_by_all() -> None:
    assert sample_size(1_000_000, 100, 67_500, PLENTY) == MOST
    assert sample_size(64, 32, 67_500, PLENTY) == 64


def test_batches_are_whole_where_there_is_one() -> None:
    assert sample_size(90, 32, 67_500, PLENTY) == 64
    assert sample_size(20, 32, 67_500, PLENTY) == 20


def test_large_pictures_are_fewer_but_a_batch_at_the_least() -> None:
    assert sample_size(5_000, 8, 100 * 2**20, PLENTY) == 8
    assert sample_size(5_000, 2, 100 * 2**20, PLENTY) == 4
    assert sample_size(5_000, 10, 2**20, 100 * 2**20) == 20


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(1, 10**9), st.integers(0, 10**10))
def test_there_is_always_a_photo_and_never_one_too_many(count: int, batch: int, row: int, available: int) -> None:
    size = sample_size(count, batch, row, available)
    assert 1 <= size <= count
    assert size % batch == 0 or size < batch


def test_each_class_has_its_share_and_the_seed_chooses() -> None:
    every = examples(600, 300, 100)
    one, again, other = (sample_examples(every, 100, seed) for seed in (1, 1, 2))
    assert one.counts().tolist() == [60, 30, 10]
    assert one.paths == again.paths
    assert one.paths != other.paths
    assert len(set(one.paths)) == 100
    assert all(one.paths[k] in every.paths for k in range(100))


def test_labels_stay_with_their_photos() -> None:
    every = examples(50, 70)
    chosen = sample_examples(every, 30, 3)
    assert [int(every.labels[every.paths.index(path)]) for path in chosen.paths] == chosen.labels.tolist()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(1, 100), st.integers(0, 2**31 - 1))
def test_a_share_is_right_to_one_photo(counts: list[int], size: int, seed: int) -> None:
    every = examples(*counts)
    chosen = sample_examples(every, size, seed)
    assert len(chosen) == min(size, len(every))
    wanted = every.counts() * len(chosen) / len(every)
    assert np.all(np.abs(chosen.counts() - wanted) <= len(counts))
