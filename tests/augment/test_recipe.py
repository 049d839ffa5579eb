"""Recipes of ops that the package does not know: against SciPy and NumPy, in any batch, and in training."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import pipeline
from pipeline.augment.compiled import augmentation
from pipeline.augment.draw import example_keys
from pipeline.augment.given import recipe_of
from pipeline.config import Augment

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@dataclasses.dataclass(frozen=True)
class Turn(pipeline.ops.GeometricOp):
    """Turn by up to so many degrees."""

    draws: ClassVar[int] = 1
    degrees: float = 30.0

    def matrix(self, u: tf.Tensor, height: int, width: int) -> tf.Tensor:
        angle = (2 * u[:, 0] - 1) * np.deg2rad(self.degrees)
        cos, sin, zero = tf.cos(angle), tf.sin(angle), tf.zeros_like(angle)
        rows = [cos, -sin, zero], [sin, cos, zero], [zero, zero, zero + 1]
        return tf.stack([tf.stack(row, axis=1) for row in rows], axis=1)


@dataclasses.dataclass(frozen=True)
class Shift(pipeline.ops.GeometricOp):
    """Shift by whole pixels."""

    right: int = 0
    down: int = 0

    def matrix(self, u: tf.Tensor, height: int, width: int) -> tf.Tensor:
        one = tf.constant([[1.0, 0, -self.right], [0, 1, -self.down], [0, 0, 1]])
        return tf.tile(one[None], [tf.shape(u)[0], 1, 1])


@dataclasses.dataclass(frozen=True)
class Contrast(pipeline.ops.PointOp):
    """Spread levels about the image's mean."""

    draws: ClassVar[int] = 1
    factor: float = 0.5

    def statistic(self, images: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)

    def apply(self, images: tf.Tensor, u: tf.Tensor, statistic: Any) -> tf.Tensor:
        factor = 1 + (2 * u[:, 0, None, None, None] - 1) * self.factor
        return tf.clip_by_value(statistic + (images - statistic) * factor, 0.0, 255.0)


@dataclasses.dataclass(frozen=True)
class Equalize(pipeline.ops.TableOp):
    """Spread levels so that each is as frequent as the others."""

    needs_histogram: ClassVar[bool] = True

    def table(self, u: tf.Tensor, histogram: tf.Tensor | None) -> tf.Tensor:
        below = tf.cumsum(histogram, axis=2, exclusive=True)
        return tf.cast(below, tf.float32) * 255 / tf.cast(tf.reduce_sum(histogram, axis=2, keepdims=True), tf.float32)


IMAGES = np.random.default_rng(0).integers(0, 256, (6, 12, 17, 3), np.uint8)
KEYS = example_keys(tf.range(6, dtype=tf.int64), tf.constant(3, tf.int64), 5)


def run(recipe: Any, images: np.ndarray = IMAGES, keys: tf.Tensor = KEYS, **features: Any) -> dict[str, Any]:
    given = {name: tf.constant(value) for name, value in {"image": images, **features}.items()}
    return {name: value.numpy() for name, value in recipe_of(recipe).compile(None)(given, keys).items()}


def angles(recipe: pipeline.Recipe, degrees: float) -> np.ndarray:
    draws = recipe.draws(5, 3, range(6))
    found: np.ndarray = (2 * draws["Turn"][:, 1] - 1) * np.deg2rad(degrees)
    return found


def test_a_geometric_op_is_scipys_affine_transform_about_the_centre() -> None:
    recipe = pipeline.Recipe([Turn(degrees=40)], fill_mode="reflect")
    found = run(recipe)["image"]
    centre = (np.array(IMAGES.shape[1:3]) - 1) / 2
    for image, angle, result in zip(IMAGES, angles(recipe, 40), found, strict=True):
        # SciPy's matrix is for (row, column).
        matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        offset = centre - matrix @ centre
        for channel in range(3):
            wanted = ndimage.affine_transform(
                image[..., channel].astype(np.float64), matrix, offset, order=1, mode="reflect"
            )
            np.testing.assert_allclose(result[..., channel], wanted, atol=0.02)


def test_geometric_ops_in_a_row_are_one_warp_in_their_order() -> None:
    recipe = pipeline.Recipe([Shift(right=5), Turn(degrees=90)])
    (angle,) = angles(recipe, 90)[:1]
    point = np.array([[[8.0, 5.5]]], np.float32)  # the centre: shifted first, then turned about the centre
    moved = run(recipe, IMAGES[:1], KEYS[:1], keypoints=point)["keypoints"][0, 0]
    wanted = np.array([8 + 5 * np.cos(angle), 5.5 - 5 * np.sin(angle)])
    np.testing.assert_allclose(moved, wanted, atol=1e-4)


def test_a_point_op_is_its_formula_in_numpy() -> None:
    recipe = pipeline.Recipe([Contrast(factor=0.8)])
    u = recipe.draws(5, 3, range(6))["Contrast"][:, 1]
    images = IMAGES.astype(np.float32)
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    wanted = np.clip(mean + (images - mean) * (1 + (2 * u[:, None, None, None] - 1) * 0.8), 0, 255)
    np.testing.assert_allclose(run(recipe)["image"], wanted, atol=1e-3)


def test_a_table_op_looks_up_each_channel_of_each_image() -> None:
    found = run(pipeline.Recipe([Equalize()]))["image"]
    for image, result in zip(IMAGES, found, strict=True):
        for channel in range(3):
            levels = image[..., channel]
            below = (levels.reshape(-1, 1) > levels.reshape(1, -1)).sum(axis=1).reshape(levels.shape)
            np.testing.assert_allclose(result[..., channel], below * 255 / levels.size, atol=1e-3)


def test_with_probability_zero_nothing_changes_and_between_some_images_do() -> None:
    ops = [Turn(p=0.0, degrees=90), Contrast(p=0.0, factor=1.0), Equalize(p=0.0)]
    np.testing.assert_array_equal(run(pipeline.Recipe(ops))["image"], IMAGES)
    half = pipeline.Recipe([Equalize(p=0.5)])
    acts = half.draws(5, 3, range(6))["Equalize"][:, 0] < 0.5
    found = run(half)["image"]
    assert 0 < acts.sum() < 6
    assert [bool((one != other).any()) for one, other in zip(found, IMAGES, strict=True)] == acts.tolist()


OPS = (Turn(), Contrast(), Equalize(p=0.5), Turn(degrees=10, stream="second"))


COMPILED = functools.cache(lambda: recipe_of(pipeline.Recipe(OPS)).compile(None))  # XLA compiles once a batch size


@settings(max_examples=20)
@given(st.permutations(range(6)), st.sampled_from([1, 4, 6]))
def test_an_image_is_changed_alike_in_any_batch(order: Sequence[int], size: int) -> None:
    chosen = np.array(order[:size])
    part = COMPILED()({"image": tf.constant(IMAGES[chosen])}, tf.gather(KEYS, chosen))["image"]
    whole = COMPILED()({"image": tf.constant(IMAGES)}, KEYS)["image"].numpy()
    np.testing.assert_allclose(part, whole[chosen], atol=2e-4)


def test_draws_are_of_their_own_stream_whatever_stands_before() -> None:
    alone, behind = pipeline.Recipe([Contrast()]), pipeline.Recipe([Turn(), Equalize(), Contrast()])
    one, other = (recipe.draws(7, 2, [0, 9]) for recipe in (alone, behind))
    np.testing.assert_array_equal(one["Contrast"], other["Contrast"])
    assert not np.array_equal(other["Contrast"], other["Turn"])
    assert not np.array_equal(one["Contrast"], alone.draws(7, 3, [0, 9])["Contrast"])
    assert pipeline.Recipe([Turn(), Turn()]).streams == ("Turn", "Turn 1")


def test_masks_keypoints_and_boxes_move_with_the_image() -> None:
    mask = (IMAGES[..., :1] // 64).astype(np.int32)
    boxes = np.array([[[2.0, 3.0, 6.0, 8.0]]] * 6, np.float32)
    points = boxes[..., :2].copy()
    own = np.arange(6, dtype=np.float32)[:, None]
    found = run(
        pipeline.Recipe([Shift(right=3, down=-2)], fill_mode="constant"),
        mask=mask,
        boxes=boxes,
        keypoints=points,
        age=own,
    )
    wanted = ndimage.shift(mask.astype(float), (0, -2, 3, 0), order=0, mode="constant")
    np.testing.assert_array_equal(found["mask"], wanted)
    np.testing.assert_allclose(found["boxes"], boxes + np.array([3, -2, 3, -2]), atol=1e-5)
    np.testing.assert_allclose(found["keypoints"], points + np.array([3, -2]), atol=1e-5)
    np.testing.assert_array_equal(found["age"], own)


def test_a_mirrored_box_lies_at_the_other_edge_and_a_point_at_the_mirrored_pixel() -> None:
    @dataclasses.dataclass(frozen=True)
    class Mirror(pipeline.ops.GeometricOp):
        def matrix(self, u: tf.Tensor, height: int, width: int) -> tf.Tensor:
            return tf.tile(tf.constant([[[-1.0, 0, 0], [0, 1, 0], [0, 0, 1]]]), [tf.shape(u)[0], 1, 1])

    height, width = IMAGES.shape[1:3]
    boxes = np.array([[[0, 0, width, height], [2, 3, 5, 9]]] * 6, np.float32)
    points = np.array([[[0, 4], [2, 0]]] * 6, np.float32)
    found = run(pipeline.Recipe([Mirror()]), boxes=boxes, keypoints=points)
    np.testing.assert_allclose(found["image"], IMAGES[:, :, ::-1], atol=1e-3)
    np.testing.assert_allclose(found["boxes"][0], [[0, 0, width, height], [width - 5, 3, width - 2, 9]], atol=1e-4)
    np.testing.assert_allclose(found["keypoints"][0], [[width - 1, 4], [width - 3, 0]], atol=1e-4)


def test_keras_layers_leave_no_mask_behind() -> None:
    with pytest.raises(pipeline.InputError, match=r"would leave \['mask'\] behind"):
        run([keras.layers.RandomFlip()], mask=IMAGES[..., :1])


def test_a_turned_mask_is_scipys_nearest_pixel() -> None:
    recipe = pipeline.Recipe([Turn(degrees=40)])
    mask = (IMAGES[..., :1] // 64).astype(np.int32)
    found = run(recipe, mask=mask)["mask"]
    centre = (np.array(IMAGES.shape[1:3]) - 1) / 2
    for one, angle, result in zip(mask, angles(recipe, 40), found, strict=True):
        matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        wanted = ndimage.affine_transform(one[..., 0], matrix, centre - matrix @ centre, order=0, mode="nearest")
        assert (result[..., 0] != wanted).mean() < 0.01  # a coordinate half-way between two pixels


def test_augment_is_a_recipe_with_its_own_draws_to_the_bit() -> None:
    augment = Augment(rotation_range=40, zoom_range=0.2, horizontal_flip=True, brightness_range=(0.5, 1.5))
    wanted = augmentation(augment, None)(tf.constant(IMAGES), KEYS)
    np.testing.assert_array_equal(run(augment)["image"], wanted)


def test_keras_layers_are_a_recipe() -> None:
    layer = keras.layers.RandomFlip(seed=1)
    found = run([layer])["image"]
    flipped = [np.array_equal(one, other) for one, other in zip(found, IMAGES, strict=True)]
    assert not all(flipped)
    assert found.dtype == np.float32


def test_what_is_no_op_is_refused() -> None:
    with pytest.raises(pipeline.InputError, match="a recipe takes ops"):
        pipeline.Recipe([keras.layers.RandomFlip()])
    with pytest.raises(pipeline.InputError, match=r"p must be a number from 0 to 1\. Received: 2"):
        Turn(p=2)
    with pytest.raises(pipeline.InputError, match="a stream of its own"):
        pipeline.Recipe([Turn(stream="a"), Contrast(stream="a")])
    with pytest.raises(pipeline.InputError, match="fill_mode must be one of"):
        pipeline.Recipe([Turn()], fill_mode="mirror")


def test_a_network_trains_on_a_recipe_and_its_states_are_its_own(photo_folder: PhotoFolder) -> None:
    folder = photo_folder({"a": 6, "b": 6})
    options: dict[str, Any] = {"image_size": (20, 24), "batch_size": 4, "validation_split": 0.34, "cache": "memory"}
    data = pipeline.from_directory(folder, augment=pipeline.Recipe([Turn(), Contrast()]), **options)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(data.train, validation_data=data.validation, epochs=2, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()
    state = data.state(1)
    again = pipeline.from_directory(folder, augment=[Turn(), Contrast()], start=state, **options)
    assert again.start == 1
    with pytest.raises(pipeline.InputError, match="the options of image or augment"):
        pipeline.from_directory(folder, augment=pipeline.Recipe([Turn(degrees=31), Contrast()]), start=state, **options)
    assert "Turn" in data._repr_html_()
