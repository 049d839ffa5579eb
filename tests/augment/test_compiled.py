"""`pipeline.augment.compiled`: draws, warp and pointwise work as one compiled call."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.augment.compiled import augment_batch, augmentation, can_compile
from pipeline.augment.draw import COLUMNS, example_keys, uniform
from pipeline.augment.geometry import matrices
from pipeline.augment.parameters import parameters
from pipeline.config import Augment
from tests.support.versions import assert_same_bits

NOTEBOOK: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 0.2,
    "zoom_range": 0.2,
    "horizontal_flip": True,
}
EVERYTHING: dict[str, Any] = {
    **NOTEBOOK,
    "shear_range": 10,
    "vertical_flip": True,
    "channel_shift_range": 40,
    "brightness_range": (0.5, 1.4),
}
Images = NDArray[np.uint8]
Floats = NDArray[np.float32]


once = functools.cache(augmentation)  # a compilation takes a second


def noise(count: int, height: int = 17, width: int = 23, channels: int = 3, seed: int = 0) -> Images:
    levels: Images = np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), np.uint8)
    return levels


def keys(count: int, epoch: int = 1, seed: int = 15) -> tf.Tensor:
    return example_keys(tf.range(count, dtype=tf.int64), tf.constant(epoch, tf.int64), seed)


def augmented(images: Any, augment: Augment, rescale: float | None = None, **place: int) -> Floats:
    found = once(augment, rescale)(tf.constant(images), keys(len(images), **place)).numpy()
    assert found.dtype == np.float32
    assert found.shape == images.shape
    result: Floats = found
    return result


def drawn(column: str, count: int) -> NDArray[np.float64]:
    """Return the draws of `augmented` for each image, in [0, 1)."""
    u: NDArray[np.float64] = uniform(keys(count)).numpy()[:, COLUMNS.index(column)].astype(np.float64)
    return u


def test_this_platform_compiles() -> None:
    """Otherwise the tests below compare a function with itself."""
    assert can_compile()


def test_nothing_set_gives_the_same_pictures_as_float() -> None:
    images = noise(4)
    np.testing.assert_array_equal(augmented(images, Augment()), images.astype(np.float32))


def test_rescale_multiplies_last() -> None:
    images = noise(6)
    augment = Augment(**EVERYTHING)
    plain = augmented(images, augment)
    np.testing.assert_allclose(augmented(images, augment, 1 / 255), plain / 255, rtol=2e-7)
    np.testing.assert_array_equal(augmented(images, augment, 2.0), plain * 2)
    scaled = augmented(images, Augment(), 1 / 255)
    np.testing.assert_array_equal(scaled, images.astype(np.float32) * np.float32(1 / 255))


def test_brightness_multiplies_and_clips() -> None:
    images = noise(8)
    low, high = 0.5, 1.8
    factor = (low + (high - low) * drawn("brightness", 8))[:, None, None, None]
    assert factor.min() < 0.8 < 1.2 < factor.max()
    wanted = np.clip(images * factor, 0, 255)
    np.testing.assert_allclose(augmented(images, Augment(brightness_range=(low, high))), wanted, atol=1e-3)
    assert wanted.max() == 255


def test_channel_shift_adds_within_what_each_picture_spans() -> None:
    images = noise(8)
    images[0] = images[0] // 4 + 60  # spans 60 to 123, and stays within
    images[1] = 99
    shift = (-40 + 80 * drawn("channel_shift", 8))[:, None, None, None]
    assert shift.min() < -15
    assert shift.max() > 15
    floats = images.astype(np.float64)
    low = floats.min(axis=(1, 2, 3), keepdims=True)
    high = floats.max(axis=(1, 2, 3), keepdims=True)
    found = augmented(images, Augment(channel_shift_range=40))
    np.testing.assert_allclose(found, np.clip(floats + shift, low, high), atol=1e-3)
    assert np.all(found[1] == 99)


def test_pointwise_work_follows_the_warp_in_keras_order() -> None:
    """Warp, channel shift over what the warped picture spans, brightness, rescale."""
    images = noise(6, 40, 30)
    images = np.stack([ndimage.gaussian_filter(image, (2, 2, 0)) for image in images])
    augment = Augment(**EVERYTHING, fill_mode="reflect")
    u = uniform(keys(6))
    rows = matrices(parameters(u, augment, 40, 30), 40, 30).numpy().astype(np.float64)
    found = augmented(images, augment, 1 / 255)
    for k, (a, b, c, d, e, f) in enumerate(rows):
        image = images[k].astype(np.float64)
        warped = np.stack(
            [
                ndimage.affine_transform(
                    image[..., channel], np.array([[a, b], [d, e]]), (c, f), order=1, mode="reflect"
                )
                for channel in range(3)
            ],
            axis=-1,
        )
        shift = -40 + 80 * drawn("channel_shift", 6)[k]
        factor = 0.5 + 0.9 * drawn("brightness", 6)[k]
        shifted = np.clip(warped + shift, warped.min(), warped.max())
        wanted = np.clip(shifted * factor, 0, 255) / 255
        assert np.abs(found[k] - wanted).max() < 0.05 / 255


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("ranges", [NOTEBOOK, EVERYTHING], ids=["notebook", "everything"])
def test_uncompiled_equals_compiled(fill_mode: Any, ranges: dict[str, Any]) -> None:
    images = noise(16, 31, 44)
    augment = Augment(**ranges, fill_mode=fill_mode, cval=30)
    compiled = augmented(images, augment, 1 / 255)
    plain = augment_batch(tf.constant(images), keys(16), augment, 1 / 255).numpy()
    difference = np.abs(compiled - plain) * 255  # in levels; it grows with the side: 0.013 at 150 x 150 of noise
    if fill_mode in ("constant", "wrap"):  # a coordinate on the border may fall on its other side
        assert np.mean(difference > 0.005) < 1e-3
    else:
        assert difference.max() <= 0.005


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 7]), st.integers(0, 57))
def test_batches_of_any_size_give_the_same_bits(size: int, start: int) -> None:
    call, images, whole = of_64()
    part = slice(start, start + size)
    found = call(tf.constant(images[part]), keys(64)[part]).numpy()
    np.testing.assert_array_equal(found, whole[part])


@functools.cache
def of_64() -> tuple[Any, Images, Floats]:
    """A compiled augmentation, 64 pictures, and what it makes of them in one batch."""
    call = once(Augment(**EVERYTHING), 1 / 255)
    return call, noise(64), call(tf.constant(noise(64)), keys(64)).numpy()


def test_draws_follow_the_key_not_the_place_in_the_batch() -> None:
    images = noise(10)
    call = once(Augment(**EVERYTHING), None)
    whole = call(tf.constant(images), keys(10)).numpy()
    order = np.random.default_rng(1).permutation(10)
    shuffled = call(tf.constant(images[order]), tf.gather(keys(10), order)).numpy()
    np.testing.assert_array_equal(shuffled, whole[order])


def test_epochs_seeds_and_pictures_differ_and_repeat() -> None:
    images = np.repeat(noise(1), 5, axis=0)
    augment = Augment(**NOTEBOOK)
    first = augmented(images, augment)
    np.testing.assert_array_equal(augmented(images, augment), first)
    assert not np.array_equal(augmented(images, augment, epoch=2), first)
    assert not np.array_equal(augmented(images, augment, seed=16), first)
    assert len({picture.tobytes() for picture in first}) == 5


def test_the_same_inside_a_dataset_at_any_parallelism() -> None:
    images = noise(30)
    augment = Augment(**EVERYTHING)
    wanted = augmented(images, augment, 1 / 255)
    for parallel in (1, 3, tf.data.AUTOTUNE):
        dataset = tf.data.Dataset.from_tensor_slices((images, keys(30))).batch(8)
        mapped = dataset.map(once(augment, 1 / 255), num_parallel_calls=parallel)
        np.testing.assert_array_equal(np.concatenate(list(mapped.as_numpy_iterator())), wanted)


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_four_channels(channels: int) -> None:
    images = noise(5, channels=channels)
    augment = Augment(**NOTEBOOK)
    found = augmented(images, augment)
    for channel in range(channels):
        alone = augmented(images[..., channel : channel + 1], augment)
        np.testing.assert_allclose(found[..., channel : channel + 1], alone, atol=1e-3)


def test_one_call_takes_batches_of_any_size_and_shape_in_turn() -> None:
    call = augmentation(Augment(rotation_range=30), None)
    for count, height, width in ((4, 9, 8), (3, 9, 8), (3, 6, 11)):
        images = noise(count, height, width)
        wanted = augment_batch(tf.constant(images), keys(count), Augment(rotation_range=30), None)
        np.testing.assert_allclose(call(tf.constant(images), keys(count)), wanted, atol=0.05)


def test_float_pictures_give_what_the_same_levels_give() -> None:
    images = noise(5)
    augment = Augment(**EVERYTHING)
    assert_same_bits(augmented(images.astype(np.float32), augment), augmented(images, augment), 0.05)


def test_flips_alone_move_whole_pixels() -> None:
    images = noise(12)
    found = augmented(images, Augment(horizontal_flip=True, vertical_flip=True))
    across, upside = drawn("horizontal_flip", 12) < 0.5, drawn("vertical_flip", 12) < 0.5
    assert 0 < across.sum() < 12
    assert 0 < upside.sum() < 12
    for k in range(12):
        wanted = images[k, :: -1 if upside[k] else 1, :: -1 if across[k] else 1]
        np.testing.assert_array_equal(found[k], wanted.astype(np.float32))


WITHOUT_XLA = """
import sys
import tensorflow as tf
from pipeline.augment import compiled
from pipeline.augment.draw import example_keys
from pipeline.config import Augment

original = tf.function
def function(*args, jit_compile=None, **options):
    if jit_compile:
        def refuse(*_):
            raise tf.errors.UnimplementedError(None, None, "XLA was not built for this platform\\nmore lines")
        return lambda body: refuse
    return original(*args, jit_compile=jit_compile, **options)

tf.function = function
images = tf.cast(tf.reshape(tf.range(2 * 5 * 6 * 3) % 256, [2, 5, 6, 3]), tf.uint8)
keys = example_keys(tf.range(2, dtype=tf.int64), tf.constant(0, tf.int64), 1)
augment = Augment(rotation_range=30)
found = [compiled.augmentation(augment, None)(images, keys) for _ in range(3)]
assert not compiled.can_compile()
plain = compiled.augment_batch(images, keys, augment, None)
assert float(tf.reduce_max(tf.abs(found[2] - plain))) < 1e-2
assert float(tf.reduce_max(tf.abs(found[2] - tf.cast(images, tf.float32)))) > 1
"""


@pytest.mark.slow
def test_where_nothing_compiles_it_runs_all_the_same_and_says_so_once() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_XLA], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    warnings = [line for line in run.stderr.splitlines() if line.startswith("warning: ")]
    assert warnings == [
        "warning: XLA cannot compile here (XLA was not built for this platform); augmentation runs uncompiled, slower"
    ]
