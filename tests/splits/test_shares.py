"""Splits are disjoint, complete, stratified and repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource
from pipeline.splits.shares import split_examples


def made(*counts: int, order: int | None = None) -> Examples:
    """Make `counts` examples of each class with unique paths, mixed if `order` is given."""
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    if order is not None:
        labels = np.random.default_rng(order).permutation(labels)
    paths = tuple(f"{i:04d}.jpg" for i in range(len(labels)))
    return Examples(FileSource(paths), labels, tuple(f"class{k}" for k in range(len(counts))))


def pairs(examples: Examples) -> list[tuple[str, int]]:
    return list(zip(examples.paths, examples.labels.tolist(), strict=True))


@given(
    st.lists(st.integers(2, 40), min_size=1, max_size=4),
    st.floats(0.05, 0.95),
    st.integers(0, 2**31 - 1),
    st.integers(0, 9),
)
def test_disjoint_complete_stratified_repeatable(counts: list[int], share: float, seed: int, order: int) -> None:
    examples = made(*counts, order=order)
    try:
        train, validation = split_examples(examples, share, seed)
    except InputError:
        assume(False)
    both = pairs(train) + pairs(validation)
    assert sorted(both) == pairs(examples)  # each once: disjoint and complete, with its own label
    assert pairs(train) == sorted(pairs(train))  # in the order of the examples
    assert pairs(validation) == sorted(pairs(validation))
    assert abs(len(validation) - share * len(examples)) < 1
    for kept, count in zip(validation.counts(), counts, strict=True):
        assert abs(kept - share * count) < 2  # the whole and each class are both whole numbers
        assert 0 < kept < count
    again = split_examples(examples, share, seed)
    assert [pairs(side) for side in again] == [pairs(train), pairs(validation)]


def test_another_seed_gives_another_split() -> None:
    examples = made(50, 50)
    chosen = {split_examples(examples, 0.2, seed)[1].paths for seed in range(5)}
    assert len(chosen) == 5


def test_the_global_random_state_is_left_alone() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    split_examples(made(10, 10), 0.5, 0)
    assert np.random.random() == expected


def refused(examples: Examples, share: float) -> str:
    with pytest.raises(InputError) as caught:
        split_examples(examples, share, 0)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_class_of_one_photo_is_named() -> None:
    assert "too few of ['class1']" in refused(made(10, 1, 10), 0.2)


@pytest.mark.parametrize("share", [0.05, 0.95])
def test_a_share_that_leaves_a_side_too_small_is_refused(share: float) -> None:
    message = refused(made(3, 3), share)
    assert f"validation_split={share}" in message
    assert "validation folder" in message


@pytest.mark.parametrize(("share", "side"), [(0.1, "validation"), (0.9, "training")])
def test_a_class_too_small_to_stand_on_both_sides_is_named(share: float, side: str) -> None:
    message = refused(made(100, 2), share)
    assert "['class1']" in message
    assert side in message
