"""`pipeline.augment.keras_layers`: Keras' own layers as repeatable augmentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.draw import example_keys
from pipeline.augment.given import recipe_of
from pipeline.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 10, 12, 3), np.uint8)
Floats = NDArray[np.float32]

LAYERS: dict[str, Callable[[], Any]] = {
    "RandomContrast": lambda: keras.layers.RandomContrast(0.5),
    "RandomFlip": lambda: keras.layers.RandomFlip(),
    "RandomRotation": lambda: keras.layers.RandomRotation(0.2),
    "Sequential": lambda: keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomContrast(0.3)]),
    "Pipeline": lambda: keras.layers.Pipeline([keras.layers.RandomBrightness(0.3), keras.layers.RandomFlip()]),
    "list": lambda: [keras.layers.RandomContrast(0.5), keras.layers.RandomZoom(0.3)],
    "Sequential in a list": lambda: [keras.Sequential([keras.layers.RandomContrast(0.5)])],
    "RandAugment": lambda: keras.layers.RandAugment(value_range=(0, 255)),
}


def keras_augmentation(augment: Any, rescale: float | None) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """(images, keys) to what the recipe of the layers makes of them."""
    function = recipe_of(augment).compile(rescale)
    return lambda images, keys: function({"image": images}, keys)["image"]


def run(
    augment: Any, *, epoch: int = 0, seed: int = 7, parallel: int = 2, batch: int = 4, rescale: float | None = None
) -> Floats:
    """One epoch through `Dataset.map`, with layers traced anew."""
    keys = example_keys(tf.range(len(IMAGES), dtype=tf.int64), tf.constant(epoch, tf.int64), seed)
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, keys)).batch(batch)
    mapped = dataset.map(keras_augmentation(augment, rescale), num_parallel_calls=parallel)
    found: Floats = np.concatenate(list(mapped.as_numpy_iterator()))
    assert found.dtype == np.float32
    assert found.shape == IMAGES.shape
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "RandAugment" else []) for name in LAYERS]
)
def test_the_same_twice_and_at_any_parallelism_but_not_in_another_epoch(name: str) -> None:
    augment = LAYERS[name]()
    first = run(augment)
    assert not np.array_equal(first, IMAGES.astype(np.float32))
    np.testing.assert_array_equal(run(augment), first)
    np.testing.assert_array_equal(run(augment, parallel=1), first)
    np.testing.assert_array_equal(run(augment, parallel=6), first)
    np.testing.assert_array_equal(run(LAYERS[name]()), first)  # another process would build its own
    assert not np.array_equal(run(augment, epoch=1), first)
    assert not np.array_equal(run(augment, seed=8), first)


def test_batches_draw_differently() -> None:
    found = run(keras.layers.RandomContrast(0.9))
    same = np.repeat(IMAGES[:1], 24, axis=0)
    del found
    keys = example_keys(tf.range(24, dtype=tf.int64), tf.constant(0, tf.int64), 7)
    dataset = tf.data.Dataset.from_tensor_slices((same, keys)).batch(4)
    mapped = dataset.map(keras_augmentation(keras.layers.RandomContrast(0.9), None))
    batches = list(mapped.as_numpy_iterator())
    assert len({batch[0].tobytes() for batch in batches}) == 6


def test_layers_of_one_kind_draw_differently() -> None:
    """Two generators must not be given the same seed."""

    class Draw(keras.layers.Layer):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.generator = keras.random.SeedGenerator(1)

        def call(self, images: Any) -> Any:
            noise = keras.random.uniform(tf.shape(images), seed=self.generator)
            return tf.concat([images[..., :2] * 0 + noise[..., :2], images[..., :1]], axis=-1)

    first, second = Draw(), Draw()
    keys = example_keys(tf.range(1, dtype=tf.int64), tf.constant(0, tf.int64), 7)
    images = tf.zeros([1, 4, 4, 3])
    one = keras_augmentation([first], None)(images, keys).numpy()
    two = keras_augmentation([first, second], None)(images, keys).numpy()
    assert not np.array_equal(one[..., 0], two[..., 0])


def test_layers_see_levels_of_0_to_255_and_their_training_behaviour() -> None:
    seen: list[tuple[tf.DType, Any]] = []

    class Watch(keras.layers.Layer):  # type: ignore[misc, name-defined, unused-ignore]
        def call(self, images: Any, training: Any = None) -> Any:
            seen.append((images.dtype, training))
            return images

    found = run(Watch(), rescale=1 / 255)
    np.testing.assert_array_equal(found, IMAGES.astype(np.float32) * np.float32(1 / 255))
    assert seen
    assert all(tf.as_dtype(dtype) == tf.float32 and training is True for dtype, training in seen)
    # And a layer without `training` is called without it.
    plain = run(keras.layers.Rescaling(2.0))
    np.testing.assert_array_equal(plain, IMAGES.astype(np.float32) * 2)


def test_a_layer_draws_by_itself_again_afterwards() -> None:
    layer = keras.layers.RandomContrast(0.5, seed=3)
    fresh = keras.layers.RandomContrast(0.5, seed=3)
    generator = layer.generator
    run(layer)
    assert "next" not in vars(generator)
    images = tf.cast(IMAGES[:2], tf.float32)
    alone = [layer(images, training=True).numpy() for _ in range(2)]
    wanted = [fresh(images, training=True).numpy() for _ in range(2)]
    np.testing.assert_array_equal(alone, wanted)
    assert not np.array_equal(alone[0], alone[1])


def test_a_layer_that_fails_is_left_as_it_was() -> None:
    class Broken(keras.layers.Layer):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.generator = keras.random.SeedGenerator(1)

        def call(self, images: Any) -> Any:
            raise RuntimeError("no")

    layer = Broken()
    with pytest.raises(RuntimeError, match="no"):
        keras_augmentation(layer, None)(tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2], tf.int64))
    assert "next" not in vars(layer.generator)
    assert keras_augmentation(keras.layers.RandomFlip(), None)(
        tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2], tf.int64)
    ).shape == (1, 2, 2, 3)


@pytest.mark.parametrize(
    "augment", ["flip", 3, lambda images: images, [keras.layers.Flatten, "x"], {"rotation_range": 40}]
)
def test_what_is_no_layer_is_refused(augment: Any) -> None:
    with pytest.raises(
        InputError, match=r"augment must be a pipeline\.Augment, a pipeline\.Recipe, a Keras layer or a list of Keras"
    ):
        keras_augmentation(augment, None)
