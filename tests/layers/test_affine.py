"""`pipeline.layers`: augmentation as a Keras layer, in a model, a `Sequential` and `Dataset.map`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import pipeline
from pipeline.errors import InputError
from pipeline.layers.affine import RandomAffine
from tests.support.versions import assert_same_bits

RANGES: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 3,
    "shear_range": 5,
    "zoom_range": (0.8, 1.2),
    "horizontal_flip": True,
    "channel_shift_range": 10,
    "brightness_range": (0.9, 1.1),
    "fill_mode": "reflect",
}
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 12, 15, 3), np.uint8)
FLOATS = IMAGES.astype(np.float32)
Floats = NDArray[np.float32]


def layer(**arguments: Any) -> RandomAffine:
    return RandomAffine(seed=5, **{**RANGES, **arguments})


def moved(found: Any, before: Floats = FLOATS) -> bool:
    """Return whether each of the images has clearly changed."""
    difference = np.abs(np.asarray(found) - before).mean(axis=(1, 2, 3))
    return bool(np.all(difference > 3))


def watching_model(augmenting: keras.layers.Layer) -> keras.Model:
    """Gives back what comes out of the layer; its loss is the mean distance to the target.

    A convolution that multiplies by 1 gives it a weight to train, at a learning rate of 0.
    """
    through = keras.layers.Conv2D(3, 1, use_bias=False)
    model = keras.Sequential([keras.Input((12, 15, 3)), augmenting, through])
    through.set_weights([np.eye(3, dtype=np.float32)[None, None]])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mae")
    return model


def test_called_without_more_it_augments_as_keras_own_random_layers_do() -> None:
    found = layer()(FLOATS)
    assert moved(found)
    assert found.shape == FLOATS.shape
    assert tf.as_dtype(found.dtype) == tf.float32
    assert moved(layer()(FLOATS, training=True))


def test_without_training_it_is_the_identity() -> None:
    np.testing.assert_array_equal(layer()(FLOATS, training=False), FLOATS)
    as_float = layer()(IMAGES, training=False)
    np.testing.assert_array_equal(as_float, FLOATS)
    assert tf.as_dtype(as_float.dtype) == tf.float32


def test_a_model_augments_in_fit_and_nowhere_else() -> None:
    model = watching_model(layer())
    for found in (model.predict(FLOATS, verbose=0), model(FLOATS, training=False)):
        np.testing.assert_allclose(found, FLOATS, atol=1e-3)
    assert model.evaluate(FLOATS, FLOATS, verbose=0) < 1e-3
    assert model.test_on_batch(FLOATS, FLOATS) < 1e-3
    history = model.fit(FLOATS, FLOATS, batch_size=3, epochs=2, verbose=0, validation_data=(FLOATS, FLOATS))
    assert min(history.history["loss"]) > 3
    assert max(history.history["val_loss"]) < 1e-3
    assert history.history["loss"][0] != history.history["loss"][1]
    assert moved(model(FLOATS, training=True))


def test_a_sequential_of_it_acts_in_a_dataset() -> None:
    augmenting = keras.Sequential([layer()])
    dataset = tf.data.Dataset.from_tensor_slices(FLOATS).batch(6)
    assert moved(next(iter(dataset.map(lambda images: augmenting(images, training=True)))))
    np.testing.assert_array_equal(next(iter(dataset.map(lambda images: augmenting(images, training=False)))), FLOATS)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_it_acts_in_a_dataset_on_batches_and_on_single_pictures(dtype: Any) -> None:
    images = IMAGES.astype(dtype)
    whole = tf.data.Dataset.from_tensor_slices(images).batch(3).map(layer(), num_parallel_calls=1)
    assert moved(np.concatenate(list(whole.as_numpy_iterator())))
    one_by_one = tf.data.Dataset.from_tensor_slices(images).map(layer(), num_parallel_calls=1)
    assert one_by_one.element_spec == tf.TensorSpec([12, 15, 3], tf.float32)
    assert moved(np.stack(list(one_by_one.as_numpy_iterator())))
    identity = layer()
    still = tf.data.Dataset.from_tensor_slices(images).map(lambda image: identity(image, training=False))
    np.testing.assert_array_equal(np.stack(list(still.as_numpy_iterator())), FLOATS)


def test_levels_as_bytes_and_as_floats_give_the_same() -> None:
    assert_same_bits(layer()(IMAGES), layer()(FLOATS), 0.01)


def test_a_single_picture() -> None:
    found = layer()(FLOATS[0])
    assert found.shape == (12, 15, 3)
    np.testing.assert_array_equal(found, layer()(FLOATS[:1])[0])
    np.testing.assert_array_equal(layer()(FLOATS[0], training=False), FLOATS[0])


def test_one_layer_takes_pictures_of_any_size_in_turn() -> None:
    augmenting = layer()
    for shape in ((2, 12, 15, 3), (3, 12, 15, 3), (2, 20, 9, 3), (12, 15, 3), (2, 9, 9, 1)):
        assert augmenting(np.zeros(shape, np.float32)).shape == shape


def test_a_seed_repeats_and_calls_and_pictures_differ() -> None:
    first, second = layer(), layer()
    run = [first(FLOATS).numpy() for _ in range(3)]
    for wanted in run:
        np.testing.assert_array_equal(second(FLOATS), wanted)
    assert not np.array_equal(run[0], run[1])
    assert not np.array_equal(run[1], run[2])
    assert not np.array_equal(RandomAffine(seed=6, **RANGES)(FLOATS), run[0])
    same = layer()(np.repeat(FLOATS[:1], 6, axis=0)).numpy()
    assert len({picture.tobytes() for picture in same}) == 6


def test_without_a_seed_two_layers_differ() -> None:
    assert not np.array_equal(RandomAffine(**RANGES)(FLOATS), RandomAffine(**RANGES)(FLOATS))


def test_each_iteration_over_a_dataset_draws_anew_and_a_seed_repeats_them() -> None:
    def run() -> list[Floats]:
        dataset = tf.data.Dataset.from_tensor_slices(FLOATS).batch(3).map(layer(), num_parallel_calls=1)
        return [np.concatenate(list(dataset.as_numpy_iterator())) for _ in range(2)]

    first, second = run(), run()
    assert not np.array_equal(first[0], first[1])
    np.testing.assert_array_equal(first, second)


def test_pictures_of_unknown_size_are_refused() -> None:
    signature = tf.TensorSpec([None, None, 3], tf.float32)
    ragged = tf.data.Dataset.from_generator(lambda: iter(FLOATS), output_signature=signature)
    message = r"pictures of one known size\. Received: shape \(None, None, 3\)"
    with pytest.raises(Exception, match=message):  # `map` wraps errors in its own
        ragged.map(layer())
    with pytest.raises(InputError, match=message):
        tf.function(layer(), input_signature=[signature], autograph=False).get_concrete_function()
    sized = ragged.map(lambda image: tf.ensure_shape(image, [12, 15, 3])).map(layer())
    assert next(iter(sized)).shape == (12, 15, 3)


@pytest.mark.parametrize(
    "wrong", [{"rotation_range": -1}, {"fill_mode": "mirror"}, {"zoom_range": 1}, {"width_shift_range": "0.2"}]
)
def test_a_wrong_range_is_named(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=rf"augment\.{name} must be .*Received: "):
        RandomAffine(**wrong)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises((TypeError, ValueError), match="rotation_rang"):
        RandomAffine(rotation_rang=40)


def test_its_configuration_builds_the_same_layer() -> None:
    original = layer(name="shake")
    config = original.get_config()
    copy = RandomAffine.from_config(config)
    assert copy.get_config() == config
    assert copy.augment == original.augment == pipeline.Augment(**RANGES)
    assert (copy.name, copy.seed) == ("shake", 5)
    np.testing.assert_array_equal(copy(FLOATS), layer()(FLOATS))
    # As JSON it survives as well: tuples become lists there, and whole pixels must not become fractions.
    revived = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(original))
    assert isinstance(revived, RandomAffine)
    assert revived.augment == original.augment
    assert isinstance(revived.augment.height_shift_range, int)


def test_a_saved_model_loads_and_goes_on_as_before(tmp_path: Path) -> None:
    model = watching_model(layer(width_shift_range=[0.1, 0.2]))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(FLOATS, verbose=0), FLOATS, atol=1e-3)
    (revived,) = [part for part in loaded.layers if isinstance(part, RandomAffine)]
    assert revived.augment == pipeline.Augment(**{**RANGES, "width_shift_range": [0.1, 0.2]})
    np.testing.assert_allclose(loaded(FLOATS, training=True), model(FLOATS, training=True), atol=1e-3)


def test_output_shape_and_a_functional_model() -> None:
    inputs = keras.Input((12, 15, 3), dtype="uint8")
    outputs = layer()(inputs)
    assert outputs.shape == (None, 12, 15, 3)
    assert outputs.dtype == "float32"
    model = keras.Model(inputs, outputs)
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), FLOATS)
    assert moved(model(IMAGES, training=True))
    assert layer().compute_output_shape((None, 12, 15, 3)) == (None, 12, 15, 3)


ANOTHER_BACKEND = """
import sys
try:
    import keras
except ImportError as error:
    print("cannot import:", error)
    sys.exit(77)
import numpy as np
import tensorflow as tf
from pipeline.layers.affine import RandomAffine

assert keras.backend.backend() == sys.argv[1]
images = np.random.default_rng(0).integers(0, 256, (6, 12, 15, 3), np.uint8)

def run(images, **call):
    layer = RandomAffine(seed=5, rotation_range=40, horizontal_flip=True)
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(2)
    dataset = dataset.map(lambda batch: layer(batch, **call), num_parallel_calls=1)
    return [np.concatenate(list(dataset.as_numpy_iterator())) for _ in range(2)]

first, second = run(images), run(images.astype(np.float32))
assert first[0].dtype == np.float32
assert np.array_equal(first, second)
assert not np.array_equal(first[0], first[1])
assert np.abs(first[0] - images).mean() > 10
assert np.array_equal(run(images, training=False)[0], images.astype(np.float32))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "jax", "torch"])
def test_under_another_backend_it_acts_in_a_dataset(backend: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ANOTHER_BACKEND, backend],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    if run.returncode == 77:
        pytest.skip(f"Keras' backend {backend!r} is not here: {run.stdout.strip()}")
    assert run.returncode == 0, run.stderr


def test_what_export_writes_augments_as_with_keras_own_layers_unless_training_is_ruled_out(tmp_path: Path) -> None:
    for number, augmenting in enumerate((layer(), keras.layers.RandomRotation(0.5, seed=1))):
        model = keras.Sequential([keras.Input((12, 15, 3)), augmenting, keras.layers.Rescaling(1.0)])
        model.export(tmp_path / f"as it is {number}", verbose=False)
        served = tf.saved_model.load(tmp_path / f"as it is {number}")
        first, second = served.serve(FLOATS), served.serve(FLOATS)
        assert moved(first)
        assert moved(second)
        assert not np.array_equal(first, second)
        inputs = keras.Input((12, 15, 3))
        keras.Model(inputs, model(inputs, training=False)).export(tmp_path / f"still {number}", verbose=False)
        served = tf.saved_model.load(tmp_path / f"still {number}")
        np.testing.assert_allclose(served.serve(FLOATS), FLOATS, atol=1e-3)
