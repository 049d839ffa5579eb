"""The straight column: every example once an epoch, its own pixels and label, the same in each run.

Example i is flat grey of level i and has label i, so that a batch shows which examples it holds.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pipeline.cache.readers import MemoryReader
from pipeline.config import Augment, ImageConfig, LoaderConfig
from pipeline.dataset.column import Pixels, make_eval, make_stream, make_train
from pipeline.dataset.order import example_at
from pipeline.runtime.shared_array import allocate, share
from tests.support.readers import file_reader

LEVELS = ImageConfig(size=(4, 3), rescale=None)
MOVING = Augment(
    rotation_range=40,
    width_shift_range=0.2,
    shear_range=10,
    zoom_range=0.2,
    horizontal_flip=True,
    brightness_range=(0.5, 1.5),
    channel_shift_range=20,
)
MOST = 40


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """`MOST` grey PNGs."""
    root = tmp_path_factory.mktemp("grey")
    paths = [root / f"{k}.png" for k in range(MOST)]
    for k, path in enumerate(paths):
        Image.new("RGB", (3, 4), (k, k, k)).save(path)
    return list(map(str, paths))


@pytest.fixture(scope="module")
def textured(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """PNGs of noise, so that a moved pixel is a changed one."""
    root = tmp_path_factory.mktemp("noise")
    paths = [root / f"{k}.png" for k in range(MOST)]
    for k, path in enumerate(paths):
        noise = np.random.default_rng(k).integers(0, 256, (12, 10, 3), np.uint8)
        Image.fromarray(noise).save(path)
    return list(map(str, paths))


def from_files(files: list[str], count: int, image: ImageConfig = LEVELS) -> Pixels:
    return Pixels(file_reader(files[:count], image), np.arange(count, dtype=np.int32))


@functools.cache
def in_memory(count: int) -> Pixels:
    array = allocate(count, (4, 3, 3))
    array[:] = np.arange(count, dtype=np.uint8)[:, None, None, None]
    labels = np.arange(count, dtype=np.int32)
    return Pixels(MemoryReader(file_reader(["no file"] * count, LEVELS), share(array)), labels)


def with_image(pixels: Pixels, image: ImageConfig) -> Pixels:
    """The same examples, read with another configuration."""
    reader = pixels.reader
    if isinstance(reader, MemoryReader):
        inner = dataclasses.replace(reader.reader, image=image)  # type: ignore[type-var]
        return Pixels(dataclasses.replace(reader, reader=inner), pixels.labels)
    return Pixels(dataclasses.replace(reader, image=image), pixels.labels)  # type: ignore[type-var]


def cached(pixels: Pixels) -> Pixels:
    """The same examples out of memory, read by the same function."""
    plain = with_image(pixels, ImageConfig(size=pixels.image.size, rescale=None))
    images = np.concatenate([images for images, _ in make_eval(plain, 16).as_numpy_iterator()])
    array = allocate(len(images), (*pixels.image.image_size, pixels.image.channels))
    array[:] = images
    return Pixels(MemoryReader(pixels.reader, share(array)), pixels.labels)


def counter() -> tf.Variable:
    return tf.Variable(0, dtype=tf.int64, trainable=False)


def train(
    pixels: Pixels, batch_size: int = 8, seed: int = 5, augment: Any = None, **loader: Any
) -> tuple[tf.data.Dataset, tf.Variable]:
    epoch = counter()
    config = LoaderConfig(batch_size=batch_size, **loader)
    return make_train(pixels, config, augment or Augment(), seed=seed, epoch=epoch), epoch


def seen(batches: Iterable[tuple[Any, Any]]) -> list[int]:
    """Return the indices of the examples, in order."""
    return [int(label) for _, labels in batches for label in np.asarray(labels)]


def expected(epoch: int, count: int, seed: int = 5) -> list[int]:
    """The order of an epoch, by the order's own function."""
    now = tf.constant(epoch, tf.int64)
    positions = tf.range(count, dtype=tf.int64)
    return list(example_at(positions, count, seed=seed, epoch=now, shuffle=True).numpy().tolist())


def pictures(dataset: tf.data.Dataset) -> dict[int, bytes]:
    """Each example's picture, bit for bit."""
    return {
        int(label): image.tobytes()
        for images, labels in dataset.as_numpy_iterator()
        for image, label in zip(images, labels, strict=True)
    }


# ---- every example once, with its own pixels


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, MOST),
    batch_size=st.integers(1, MOST + 5),
    drop=st.booleans(),
    shuffle=st.booleans(),
    in_memory_=st.booleans(),
)
def test_an_epoch_is_every_example_once_and_its_length_is_known(
    files: list[str], count: int, batch_size: int, drop: bool, shuffle: bool, in_memory_: bool
) -> None:
    pixels = in_memory(count) if in_memory_ else from_files(files, count)
    dataset, _ = train(pixels, batch_size, drop_remainder=drop, shuffle=shuffle)
    batches = list(dataset.as_numpy_iterator())
    steps = count // batch_size if drop else -(-count // batch_size)
    assert int(dataset.cardinality()) == len(batches) == steps
    sizes = [len(labels) for _, labels in batches]
    assert sizes[:-1] == [batch_size] * (steps - 1) if steps else sizes == []
    assert sum(sizes) == (steps * batch_size if drop else count)
    for images, labels in batches:
        assert images.dtype == np.float32
        assert labels.dtype == np.int32
        assert np.array_equal(images, np.broadcast_to(labels[:, None, None, None], (len(labels), 4, 3, 3)))
    order = seen(batches)
    assert len(set(order)) == len(order)
    assert order == (expected(0, count) if shuffle else list(range(count)))[: len(order)]


def test_shapes_and_dtypes_are_known_before_a_batch_is_read(files: list[str]) -> None:
    for dataset in (train(from_files(files, 5))[0], train(in_memory(5))[0], make_eval(in_memory(5), 2)):
        images, labels = dataset.element_spec
        assert images.shape.as_list() == [None, 4, 3, 3]
        assert images.dtype == tf.float32
        assert labels.shape.as_list() == [None]


def test_without_labels_a_batch_is_its_images() -> None:
    pixels = in_memory(5)
    bare = Pixels(pixels.reader, None)
    (images,) = list(train(bare)[0].as_numpy_iterator())
    assert images[:, 0, 0, 0].tolist() == expected(0, 5)
    (images,) = list(make_eval(bare, 8).as_numpy_iterator())
    assert images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("rescale", [1 / 255, 0.5, None])
def test_rescale_is_one_float32_product(rescale: float | None) -> None:
    pixels = in_memory(MOST)
    scaled = with_image(pixels, ImageConfig(size=(4, 3), rescale=rescale))
    factor = np.float32(1 if rescale is None else rescale)
    for dataset in (train(scaled)[0], make_eval(scaled, 8)):
        for images, labels in dataset.as_numpy_iterator():
            assert np.array_equal(images[:, 0, 0, 0], labels.astype(np.float32) * factor)


# ---- the order


def test_the_order_is_another_each_epoch_and_the_same_each_run() -> None:
    first, again = train(in_memory(MOST))[0], train(in_memory(MOST))[0]
    orders = [seen(first.as_numpy_iterator()) for _ in range(4)]
    assert orders == [seen(again.as_numpy_iterator()) for _ in range(4)]
    assert len(set(map(tuple, orders))) == 4
    assert all(sorted(order) == list(range(MOST)) for order in orders)


def test_another_seed_is_another_order() -> None:
    orders = {tuple(seen(train(in_memory(MOST), seed=seed)[0].as_numpy_iterator())) for seed in range(5)}
    assert len(orders) == 5


def test_the_batch_size_does_not_change_the_order() -> None:
    orders = {tuple(seen(train(in_memory(MOST), size)[0].as_numpy_iterator())) for size in (1, 7, 40, 64)}
    assert len(orders) == 1


# ---- which epoch an iteration is


def test_iterations_one_after_another_are_epochs_0_1_2() -> None:
    dataset, epoch = train(in_memory(MOST))
    assert [seen(dataset.as_numpy_iterator()) for _ in range(3)] == [expected(e, MOST) for e in range(3)]
    assert int(epoch) == 3


def test_repeat_goes_through_the_epochs() -> None:
    dataset, _ = train(in_memory(MOST))
    three = [example for e in range(3) for example in expected(e, MOST)]
    repeated = dataset.repeat(3)
    assert int(repeated.cardinality()) == 3 * 5
    assert seen(repeated.as_numpy_iterator()) == three
    endless = train(in_memory(MOST))[0].repeat().take(12)
    assert seen(endless.as_numpy_iterator()) == three[: 12 * 8]


def test_two_iterations_at_once_have_an_epoch_each() -> None:
    dataset, _ = train(in_memory(MOST))
    one, two = dataset.as_numpy_iterator(), dataset.as_numpy_iterator()
    batches = list(zip(one, two, strict=True))
    orders = sorted([seen(a for a, _ in batches), seen(b for _, b in batches)])
    assert orders == sorted([expected(0, MOST), expected(1, MOST)])


def test_a_look_at_one_batch_uses_an_epoch_up() -> None:
    dataset, _ = train(in_memory(MOST))
    assert seen(dataset.take(1).as_numpy_iterator()) == expected(0, MOST)[:8]
    assert seen(dataset.as_numpy_iterator()) == expected(1, MOST)


def test_the_epoch_can_be_chosen_and_an_iteration_under_way_does_not_notice() -> None:
    dataset, epoch = train(in_memory(MOST))
    epoch.assign(7)
    under_way = dataset.as_numpy_iterator()
    first = next(under_way)
    epoch.assign(2)
    assert seen([first, *under_way]) == expected(7, MOST)
    assert seen(dataset.as_numpy_iterator()) == expected(2, MOST)


class Watching(keras.Model):
    """A model that learns nothing and writes down which examples it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.trained: list[list[int]] = []
        self.tested: list[list[int]] = []

    def train_step(self, data: Any) -> dict[str, Any]:
        self.trained[-1] += np.asarray(data[1]).tolist()
        return {"loss": tf.constant(0.0)}

    def test_step(self, data: Any) -> dict[str, Any]:
        self.tested[-1] += np.asarray(data[1]).tolist()
        return {"loss": tf.constant(0.0)}


class Page(keras.callbacks.Callback):
    """Begins a page for each epoch and each evaluation."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.trained.append([])

    def on_test_begin(self, logs: Any = None) -> None:
        self.model.tested.append([])


def watched(dataset: tf.data.Dataset, validation: Any, *callbacks: Any, epochs: int = 3) -> Watching:
    model = Watching()
    model.compile(run_eagerly=True)
    model.fit(
        dataset,
        validation_data=validation,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[Page(), *callbacks],
    )
    return model


def test_plain_fit_sees_epochs_0_1_2() -> None:
    dataset, _ = train(in_memory(MOST))
    model = watched(dataset, None)
    assert model.trained == [expected(e, MOST) for e in range(3)]
    assert watched(dataset, None, epochs=1).trained == [expected(3, MOST)]  # a second fit goes on


def test_plain_fit_sees_epochs_0_1_2_with_validation_between() -> None:
    model = watched(train(in_memory(MOST))[0], make_eval(in_memory(MOST), 8))
    assert model.trained == [expected(e, MOST) for e in range(3)]
    assert model.tested == [list(range(MOST))] * 3


def test_fit_of_a_model_that_is_not_built_yet_sees_epochs_0_1_2() -> None:
    """In graph mode, and Keras builds the model from a batch."""
    dataset, epoch = train(in_memory(MOST))
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss="mse")
    epochs = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda _e, _l: epochs.append(int(epoch)))
    model.fit(dataset, epochs=3, verbose=0, shuffle=False, callbacks=[note])
    assert epochs == [1, 2, 3]


# ---- beginning in the middle


def hashes(batches: Iterable[Any]) -> list[tuple[int, int]]:
    """(how many, hash of pictures and labels) of each batch."""
    arrays = [(np.asarray(images), np.asarray(labels)) for images, labels in batches]
    return [(len(images), hash((images.tobytes(), labels.tobytes()))) for images, labels in arrays]


@settings(deadline=None, max_examples=8)
@given(
    count=st.integers(1, 12),
    size=st.integers(1, 5),
    drop=st.booleans(),
    shuffle=st.booleans(),
    start=st.integers(0, 6),
    memory=st.booleans(),
)
def test_a_stream_is_the_epochs_from_any_step_on(
    count: int, size: int, drop: bool, shuffle: bool, start: int, memory: bool, files: list[str]
) -> None:
    drop = drop and size <= count
    pixels = in_memory(count) if memory else from_files(files, count)
    loader = LoaderConfig(batch_size=size, shuffle=shuffle, drop_remainder=drop)
    epoch = tf.Variable(0, dtype=tf.int64)
    dataset = make_train(pixels, loader, Augment(), seed=3, epoch=epoch)
    wanted = start + int(dataset.cardinality()) + 1
    epochs: list[tuple[int, int]] = []
    while len(epochs) < wanted:
        epochs += hashes(dataset)
    stream = make_stream(pixels, loader, Augment(), seed=3, start=start)
    assert stream.cardinality() == tf.data.INFINITE_CARDINALITY
    for _ in range(2):  # and again from there
        assert hashes(itertools.islice(stream, wanted - start)) == epochs[start:wanted]


def test_an_iteration_may_begin_at_a_later_step_once() -> None:
    epoch, first = (tf.Variable(0, dtype=tf.int64) for _ in range(2))
    loader = LoaderConfig(batch_size=8)
    whole = make_train(in_memory(MOST), loader, Augment(), seed=3, epoch=tf.Variable(0, dtype=tf.int64))
    epochs = [hashes(whole) for _ in range(3)]
    dataset = make_train(in_memory(MOST), loader, Augment(), seed=3, epoch=epoch, first=first)
    assert dataset.cardinality() == whole.cardinality()
    epoch.assign(1)
    first.assign(3)
    left = iter(dataset)
    assert hashes(next(left) for _ in range(2)) == epochs[1][3:]
    assert next(left, None) is None
    assert hashes(dataset) == epochs[2]
    assert (int(epoch), int(first)) == (3, 0)


# ---- pixels


NOISE = ImageConfig(size=(12, 10))


def test_batch_size_and_cache_do_not_change_an_example_s_pixels(textured: list[str]) -> None:
    """Augmented, over two epochs, bit for bit; and an epoch's draws are not the other's."""
    pixels = from_files(textured, MOST, NOISE)
    runs = []
    for source, size in ((pixels, 7), (pixels, MOST), (cached(pixels), 16), (cached(pixels), 1)):
        dataset, _ = train(source, size, augment=MOVING)
        runs.append([pictures(dataset) for _ in range(2)])
    assert all(run == runs[0] for run in runs[1:])
    first, second = runs[0]
    assert set(first) == set(second) == set(range(MOST))
    assert all(first[k] != second[k] for k in range(MOST))


def test_another_seed_draws_otherwise(textured: list[str]) -> None:
    pixels = cached(from_files(textured, MOST, NOISE))
    one, two = (pictures(train(pixels, seed=seed, augment=MOVING)[0]) for seed in (1, 2))
    assert all(one[k] != two[k] for k in range(MOST))


def test_an_augmentation_that_changes_nothing_is_none(textured: list[str]) -> None:
    pixels = cached(from_files(textured, MOST, NOISE))
    assert pictures(train(pixels, augment=Augment())[0]) == pictures(make_eval(pixels, 8))


@pytest.mark.parametrize("in_memory_", [False, True])
def test_evaluation_is_in_order_and_untouched_each_time(textured: list[str], in_memory_: bool) -> None:
    pixels = from_files(textured, 19, NOISE)
    dataset = make_eval(cached(pixels) if in_memory_ else pixels, 8)
    assert int(dataset.cardinality()) == 3
    for _ in range(2):
        batches = list(dataset.as_numpy_iterator())
        assert seen(batches) == list(range(19))
        images = np.concatenate([images for images, _ in batches])
        levels: list[NDArray[np.uint8]] = [np.asarray(Image.open(Path(path))) for path in textured[:19]]
        assert np.array_equal(images, np.stack(levels).astype(np.float32) * np.float32(1 / 255))


def test_a_keras_layer_gets_levels_and_is_rescaled_behind(textured: list[str]) -> None:
    class Double(keras.layers.Layer):
        def call(self, images: Any) -> Any:
            return images * 2

    pixels = cached(from_files(textured, 8, NOISE))
    for augment in (Double(), [Double()]):
        ((images, labels),) = list(train(pixels, augment=augment)[0].as_numpy_iterator())
        levels = np.stack([np.asarray(Image.open(textured[k])) for k in labels])
        assert np.array_equal(images, levels.astype(np.float32) * 2 * np.float32(1 / 255))


def test_keras_random_layers_act_and_repeat(textured: list[str]) -> None:
    """In training mode; another each epoch, the same each run."""
    pixels = cached(from_files(textured, MOST, NOISE))

    def run() -> list[dict[int, bytes]]:
        layers = [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.1)]
        dataset, _ = train(pixels, augment=layers)
        return [pictures(dataset) for _ in range(2)]

    first, second = run()
    untouched = pictures(make_eval(pixels, 8))
    assert sum(first[k] != untouched[k] for k in range(MOST)) > MOST // 2
    assert sum(first[k] != second[k] for k in range(MOST)) > MOST // 2
    assert run() == [first, second]
