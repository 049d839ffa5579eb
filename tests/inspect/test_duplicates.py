"""The search for copies against comparing every two."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from pipeline.inspect.duplicates import DISTANCE, alike, close_pairs, same_bytes
from pipeline.reports.file_faults import judge


def brute_pairs(looks: list[int], distance: int) -> list[tuple[int, int]]:
    numbered = itertools.combinations(range(len(looks)), 2)
    return [(i, j) for i, j in numbered if (looks[i] ^ looks[j]).bit_count() <= distance]


@st.composite
def looks_near_each_other(draw: st.DrawFn) -> list[int]:
    """A few 64-bit numbers, and others that differ from them in a few bits."""
    seeds = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6))
    looks = set(seeds)
    for seed, bits in draw(
        st.lists(st.tuples(st.sampled_from(seeds), st.sets(st.integers(0, 63), max_size=9)), max_size=30)
    ):
        looks.add(seed ^ sum(1 << bit for bit in bits))
    return draw(st.permutations(sorted(looks)))


@settings(max_examples=150, deadline=None)
@given(looks=looks_near_each_other(), distance=st.integers(0, 12))
def test_close_pairs_are_those_of_comparing_every_two(looks: list[int], distance: int) -> None:
    found = close_pairs(np.array(looks, np.uint64), distance)
    assert [tuple(pair) for pair in found.tolist()] == sorted(brute_pairs(looks, distance))


@settings(max_examples=100, deadline=None)
@given(looks=looks_near_each_other(), distance=st.integers(0, 8), data=st.data())
def test_groups_are_the_connected_pairs(looks: list[int], distance: int, data: st.DataObject) -> None:
    several: list[int | None] = [*looks, *data.draw(st.lists(st.sampled_from([*looks, None]), max_size=6))]
    groups: list[set[int]] = []
    for one, look in enumerate(several):
        if look is None:
            continue
        near = [
            group
            for group in groups
            if any((look ^ (several[member] or 0)).bit_count() <= distance for member in group)
        ]
        groups = [group for group in groups if group not in near] + [set().union({one}, *near)]
    expected = sorted(tuple(sorted(group)) for group in groups if len(group) > 1)
    assert [group.members for group in alike(several, distance)] == expected


def test_same_bytes_are_grouped_and_files_without_a_digest_are_not() -> None:
    assert [group.members for group in same_bytes(["a", "", "b", "a", "", "a"])] == [(0, 3, 5)]


def test_a_hundred_thousand_are_searched_without_comparing_every_two() -> None:
    random = np.random.default_rng(0)
    looks = np.unique(random.integers(0, 2**63, 100_000, dtype=np.uint64))
    looks = np.unique(np.concatenate([looks, looks[:50] ^ np.uint64(0b1011)]))
    pairs = close_pairs(looks, DISTANCE)
    assert len(pairs) >= 50
    assert (np.bitwise_count(looks[pairs[:, 0]] ^ looks[pairs[:, 1]]) <= DISTANCE).all()


@pytest.mark.parametrize("change", ["again", "half", "darker", "cut"])
def test_copies_of_a_real_photo_are_alike_and_other_photos_are_not(photos: Path, tmp_path: Path, change: str) -> None:
    paths = sorted((photos / "train" / "cats").iterdir())[:60]
    original = Image.open(paths[7])
    if change == "half":
        copy = original.resize((original.width // 2, original.height // 2))
    elif change == "darker":
        copy = ImageEnhance.Brightness(original).enhance(0.8)
    elif change == "cut":
        copy = original.crop((1, 1, original.width - 1, original.height - 1))
    else:
        copy = original
    file = io.BytesIO()
    copy.save(file, "JPEG", quality=60)
    (tmp_path / "copy.jpg").write_bytes(file.getvalue())
    looks = [judge(str(path)).look for path in [*paths, tmp_path / "copy.jpg"]]
    assert [group.members for group in alike(looks)] == [(7, 60)]
