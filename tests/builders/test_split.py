"""Sides that stay apart: `split=`, `reshuffle=False`, and a word where parts are taken of data that are reshuffled."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.config import DataConfig, LoaderConfig, TrainConfig
from pipeline.console.arguments import dump, parse
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.sources.examples import Examples
from pipeline.sources.files import FileSource
from pipeline.splits.shares import split_by_shares, split_examples

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
COUNT, BATCH = 40, 4


def arrays(**options: Any) -> ImageData:
    """Image k is flat grey of level k."""
    x = np.broadcast_to(np.arange(COUNT, dtype=np.uint8)[:, None, None, None], (COUNT, 4, 4, 3))
    return pipeline.from_arrays(x, np.arange(COUNT) % 2, **{"batch_size": BATCH, "rescale": None, "seed": 3, **options})


def seen(dataset: tf.data.Dataset) -> list[int]:
    return [int(image[0, 0, 0]) for images, _ in dataset.as_numpy_iterator() for image in images]


# ---- three sides


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(10, 60), min_size=1, max_size=4),
    st.floats(0.15, 0.3),
    st.floats(0.15, 0.3),
    st.integers(0, 2**31 - 1),
)
def test_three_sides_are_disjoint_stratified_and_repeat(
    classes: list[int], validation: float, test: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(classes), dtype=np.int32), classes)
    names = tuple(f"c{k}" for k in range(len(classes)))
    examples = Examples(FileSource(tuple(f"{k}.jpg" for k in range(len(labels)))), labels, names)
    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    sides = split_by_shares(examples, shares, seed)
    again = split_by_shares(examples, shares, seed)
    paths: list[str] = []
    for share, side, other in zip(shares.values(), sides, again, strict=True):
        assert side is not None
        assert other is not None
        assert side.paths == other.paths
        assert abs(len(side) - share * len(examples)) <= 1
        for count, whole in zip(side.counts(), classes, strict=True):
            assert abs(count - share * whole) <= 2
        paths += side.paths
    assert sorted(paths) == sorted(examples.paths)


def test_two_sides_are_those_of_validation_split_and_the_test_side_stays() -> None:
    examples = Examples(FileSource(tuple(map(str, range(50)))), np.arange(50, dtype=np.int32) % 2, ("a", "b"))
    two, one = split_by_shares(examples, {"train": 0.8, "validation": 0.2}, 5), split_examples(examples, 0.2, 5)
    assert [side.paths for side in two[:2] if side] == [side.paths for side in one]
    assert two[2] is None
    kept = [
        split_by_shares(examples, {"train": 0.8 - share, "validation": share, "test": 0.2}, 5)[2]
        for share in (0.2, 0.4)
    ]
    assert kept[0] is not None
    assert kept[1] is not None
    assert kept[0].paths == kept[1].paths


def test_a_class_too_small_for_three_sides_is_named() -> None:
    examples = Examples(FileSource(tuple(map(str, range(12)))), np.array([0] * 10 + [1] * 2, np.int32), ("many", "few"))
    with pytest.raises(InputError, match=r"needs three photos or more of each class; too few of \['few'\]"):
        split_by_shares(examples, SHARES, 0)


@pytest.mark.parametrize(
    "split",
    [
        {"train": 0.7},
        {"train": 0.7, "validation": 0.2},
        {"validation": 0.5, "test": 0.5},
        {"train": 0.7, "val": 0.3},
        {"train": 70, "validation": 30},
        [0.7, 0.15, 0.15],
        0.2,
    ],
)
def test_other_shares_are_refused(split: Any) -> None:
    with pytest.raises(InputError, match=r"data\.split must be null or shares of train .*test: 0\.15\}.*Received: "):
        DataConfig(split=split)


def test_it_stands_alone() -> None:
    with pytest.raises(InputError, match=r"data\.split must be null where .*validation_split=0\.2"):
        DataConfig(split=SHARES, validation_split=0.2)
    with pytest.raises(InputError, match="split must be None where validation names arrays"):
        arrays(validation=(np.zeros((2, 4, 4, 3), np.uint8), [0, 1]), split=SHARES)


def test_data_have_a_test_side_everywhere(photo_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = photo_folder({"a": 20, "b": 20})
    moving = pipeline.Augment(brightness_range=(0.1, 0.5))
    data = pipeline.from_directory(folder, split=SHARES, image_size=8, batch_size=4, augment=moving)
    assert data.validation is not None
    assert data.test is not None
    sides = [set(data.examples.path[data.examples.split == side]) for side in SHARES]
    assert [len(side) for side in sides] == [28, 6, 6]
    assert len(set.union(*sides)) == 40
    assert data.counts["test"].tolist() == [3, 3]
    assert int(data.test.cardinality()) == 2
    first, second = ([images.tobytes() for images, _ in data.test.as_numpy_iterator()] for _ in range(2))
    assert first == second
    said: list[str] = []
    data.summary(print_fn=said.append)
    assert "test: 6 photos = 1 batch of 4 + 1 of 2 = 2 steps; never shuffled, never augmented" in said
    data.show_batch(tmp_path / "test.png", split="test")
    assert (tmp_path / "test.png").stat().st_size


def test_shares_come_from_a_file_or_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("data:\n  split: {train: 0.7, validation: 0.15, test: .15}\n")
    for given_ in (
        ["--config", str(tmp_path / "c.yaml")],
        ["--data.split", "{train: 0.7, validation: 0.15, test: 0.15}"],
        ["--data.split", json.dumps(SHARES)],
    ):
        config = parse(TrainConfig, given_, prog="p", description="d")
        assert config.data.split == SHARES
        (tmp_path / "again.yaml").write_text(dump(config))
        assert parse(TrainConfig, ["--config", str(tmp_path / "again.yaml")], prog="p", description="d") == config


# ---- one order


def test_without_reshuffle_the_order_is_one_and_the_augmentation_is_not() -> None:
    data = arrays(reshuffle=False)
    first = seen(data.train)
    assert first == seen(data.train) != sorted(first)
    assert first == seen(arrays().train)  # that of epoch 0
    assert seen(data.stream.take(2 * data.steps)) == first * 2
    augmented = arrays(reshuffle=False, augment=pipeline.Augment(brightness_range=(0.5, 1.5))).train
    assert seen(augmented) != seen(augmented)


@pytest.mark.parametrize("batches", [7, 5])
def test_without_reshuffle_take_and_skip_stay_apart(batches: int) -> None:
    train = arrays(reshuffle=False).train
    for part, other in ((train.take(batches), train.skip(batches)), (train.shard(2, 0), train.shard(2, 1))):
        trained = {k for _ in range(4) for k in seen(part)}
        assert not trained & {k for _ in range(4) for k in seen(other)}


def test_it_belongs_to_the_data_s_identity_and_old_states_stay_good() -> None:
    shuffled, fixed = arrays(), arrays(reshuffle=False)
    old = {name: value for name, value in shuffled.state(3).items() if name != "reshuffle"}
    assert arrays(start=old).start == 3
    with pytest.raises(InputError, match=r"reshuffle \(was True, is False\)"):
        arrays(start=old, reshuffle=False)
    with pytest.raises(InputError, match=r"reshuffle \(was False, is True\)"):
        arrays(start=fixed.state(3))
    rest = seen(fixed.stream.take(13))[3 * BATCH :]
    assert seen(arrays(start=fixed.state(3), reshuffle=False).stream.take(10)) == rest
    # Where nothing is shuffled it changes nothing.
    assert arrays(start=arrays(shuffle=False).state(3), shuffle=False, reshuffle=False).start == 3


def test_the_configuration_has_it() -> None:
    assert LoaderConfig().reshuffle
    config = parse(TrainConfig, ["--loader.reshuffle", "false"], prog="p", description="d")
    assert config.loader == dataclasses.replace(LoaderConfig(), reshuffle=False)


# ---- parts of what is reshuffled


@pytest.mark.parametrize(
    "part",
    [
        lambda train: train.take(7),
        lambda train: train.skip(7),
        lambda train: train.shard(2, 0),
        lambda train: train.unbatch().take(28),
        lambda train: train.map(lambda x, y: (x, y)).prefetch(1).skip(7).take(2),
    ],
)
def test_a_part_of_reshuffled_data_is_warned_of_once(part: Callable[[Any], Any]) -> None:
    train = arrays().train
    with pytest.warns(UserWarning, match=r"each epoch.*validation_split=.*split=.*reshuffle=False") as said:
        found = part(train)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        part(train)
    assert len(said) == 1
    assert said[0].filename == __file__
    assert isinstance(found, tf.data.Dataset)
    assert seen(found.batch(BATCH) if found.element_spec[0].shape.rank == 3 else found)


def test_a_look_and_parts_of_one_order_are_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = arrays(split=SHARES)
        assert data.validation is not None
        for dataset in (data.train.take(1), data.stream.take(5), data.validation.take(1)):
            assert seen(dataset)
        for options in ({"reshuffle": False}, {"shuffle": False}):
            assert seen(arrays(**options).train.skip(3).take(2))


def test_reshuffled_data_are_freed() -> None:
    import gc
    import weakref

    data = arrays()
    watched = weakref.ref(data.train)
    gc.disable()
    try:
        del data
        assert watched() is None
    finally:
        gc.enable()
