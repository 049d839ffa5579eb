"""`pipeline.augment.trial`: what Keras layers make of images is held against what validation gets."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import pipeline
from pipeline.augment.keras_layers import KerasLayers
from pipeline.augment.trial import try_layers
from pipeline.errors import InputError
from tests.support.places import ROOT

L = keras.layers
SHAPE = (48, 40, 3)
Make = Callable[[], Any]


def tried(make: Make, span: tuple[float, float] = (0.0, 255.0)) -> tuple[str, ...]:
    return try_layers(KerasLayers(make()), SHAPE, span)


class Container(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """Layers inside a layer of the user's own."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.inner = list(layers)

    def call(self, images: Any) -> Any:
        for layer in self.inner:
            images = layer(images)
        return images


OTHER_SCALE: dict[str, tuple[Make, str]] = {
    "value_range": (
        lambda: L.RandomBrightness(0.2, value_range=(0, 1), name="bright"),
        r"RandomBrightness 'bright' in augment has value_range=\(0, 1\), and gets values from about 0 to 2.*"
        r"Give it value_range=\(0, 255\)",
    ),
    "value_range, nested": (
        lambda: [L.RandomFlip(), L.Pipeline([L.RandomInvert(1.0, value_range=(0, 1), name="invert")])],
        r"RandomInvert 'invert' in augment has value_range=\(0, 1\)",
    ),
    "value_range, in a layer of one's own": (
        lambda: Container(L.Solarization(0.1, value_range=(0, 1), name="sun")),
        r"Solarization 'sun' in augment has value_range=\(0, 1\)",
    ),
    "Rescaling": (
        lambda: [L.RandomFlip(), L.Rescaling(1 / 255, name="scale")],
        r"Rescaling 'scale' in augment changes the scale: it makes values from about 0 to 0\.979 of values from 0 to",
    ),
    "Rescaling to -1 to 1": (
        lambda: keras.Sequential([L.Rescaling(1 / 127.5, -1, name="scale")]),
        "'scale'.*from about -1 to",
    ),
    "Normalization": (lambda: L.Normalization(mean=120.0, variance=3600.0, name="norm"), "Normalization 'norm'.*scale"),
    "BatchNormalization": (lambda: L.BatchNormalization(name="norm"), "BatchNormalization 'norm'.*scale"),
    "Lambda": (lambda: L.Lambda(lambda x: x / 255.0, name="by255"), "Lambda 'by255' in augment changes the scale"),
    "not a number": (lambda: L.Lambda(lambda x: x / 0.0, name="by0"), "Lambda 'by0' in augment .* not finite"),
}


@pytest.mark.parametrize("name", OTHER_SCALE)
def test_another_scale_than_validation_s_is_refused_with_the_layer_and_the_values(name: str) -> None:
    make, message = OTHER_SCALE[name]
    with pytest.raises(InputError, match=message):
        tried(make)


FLOATS: dict[str, Make] = {
    "RandomBrightness": lambda: L.RandomBrightness(0.2, name="layer"),
    "RandomPosterization": lambda: L.RandomPosterization(4, name="layer"),
    "a layer of one's own": lambda: L.Lambda(lambda x: x + 25.6, name="layer"),
}


@pytest.mark.parametrize("name", FLOATS)
def test_floats_from_0_to_1_are_not_given_to_a_layer_for_levels(name: str) -> None:
    x, y = np.random.default_rng(0).random((8, 20, 20, 3), np.float32), np.arange(8) % 2
    with pytest.raises(InputError, match=r"'layer' in augment .*values from 0 to 1\b"):
        pipeline.from_arrays(x, y, augment=FLOATS[name]())
    if name == "RandomBrightness":  # the way out in the message
        data = pipeline.from_arrays(x, y, batch_size=4, augment=L.RandomBrightness(0.2, value_range=(0, 1)))
        images, _ = next(data.train.as_numpy_iterator())
        assert 0 <= images.min() < images.max() <= 1
        assert data.notes == ()


SHAPES: dict[str, tuple[Make, str]] = {
    "RandomCrop": (
        lambda: L.RandomCrop(32, 24, name="cut"),
        r"48x40x3 .*RandomCrop 'cut' .*image_size=\(32, 24\).* Received: \(4, 32, 24, 3\), float32",
    ),
    "CenterCrop, nested": (lambda: L.Pipeline([L.RandomFlip(), L.CenterCrop(32, 32, name="cut")]), "CenterCrop 'cut'"),
    "Resizing": (
        lambda: [keras.Sequential([L.Resizing(60, 60, name="size")])],
        "Resizing 'size'.*image_size=\\(60, 60",
    ),
    "channels": (lambda: L.Lambda(lambda x: x[..., :1], name="grey"), "Lambda 'grey'.*color_mode"),
    "no image": (lambda: L.Flatten(name="flat"), "Flatten 'flat'.*give images back as they came"),
    "fewer images": (lambda: L.Lambda(lambda x: x[:1], name="one"), "Lambda 'one'.*give images back as they came"),
    "text": (lambda: L.Lambda(tf.strings.as_string, name="text"), "Lambda 'text'.*Received: .*object"),
    "list": (lambda: L.Lambda(lambda x: [x, x], name="twice"), "Lambda 'twice'.*Received: list"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_another_shape_than_validation_s_is_refused(name: str) -> None:
    make, message = SHAPES[name]
    with pytest.raises(InputError, match=message):
        tried(make)


def test_no_file_is_read_before_the_layers_are_refused() -> None:
    for build in (pipeline.from_directory, pipeline.image_dataset_from_directory):
        with pytest.raises(InputError, match=r"RandomCrop 'cut' gives something else"):
            build("no such folder", image_size=48, augment=L.RandomCrop(32, 32, name="cut"))


SUITABLE: dict[str, Make] = {
    "five": lambda: [
        L.RandomFlip(),
        L.RandomRotation(0.3),
        L.RandomZoom(0.5, fill_mode="constant"),
        L.RandomTranslation(0.3, 0.3),
        L.RandomContrast(0.9),
    ],
    "there and back": lambda: [L.Rescaling(1 / 255), L.RandomBrightness(0.2, value_range=(0, 1)), L.Rescaling(255.0)],
    "crop and resize": lambda: keras.Sequential([L.RandomCrop(30, 30), L.Resizing(48, 40)]),
    "noise": lambda: L.Lambda(lambda x: x + 25 * tf.random.stateless_normal(tf.shape(x), [1, 2])),
    "strong": lambda: [L.RandomInvert(0.5), L.RandomErasing(1.0), L.RandomBrightness(0.8), L.RandomGrayscale(1.0)],
    "Dropout": lambda: L.Dropout(0.3),
    "RandomAffine": lambda: pipeline.layers.RandomAffine(rotation_range=40, zoom_range=0.4, channel_shift_range=20),
}


@pytest.mark.parametrize("name", SUITABLE)
def test_layers_that_keep_size_and_scale_pass_without_a_word(name: str) -> None:
    assert tried(SUITABLE[name]) == ()


class Blend(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """Images blended, where no label can be."""

    def call(self, images: Any) -> Any:
        return 0.5 * images + 0.5 * tf.reverse(images, [0])


ODD: dict[str, tuple[Make, str]] = {
    "twice": (
        lambda: L.Rescaling(2.0, name="twice"),
        "'twice' in augment makes values from about 0 to 499 of .* validation",
    ),
    "offset": (lambda: L.Rescaling(1.0, -128.0, name="shift"), "'shift' in augment makes values from about -1"),
    "blended": (lambda: Blend(name="blend"), "Blend 'blend' in augment gives depends on the other images .* labels"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_may_be_meant_is_said_and_stands_in_the_summary(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, message = ODD[name]
    data = pipeline.from_arrays(np.zeros((8, *SHAPE), np.uint8), np.arange(8) % 2, augment=make())
    assert any(message.split(" in augment")[0] in note for note in data.notes)
    assert "note: " in capsys.readouterr().err
    lines: list[str] = []
    data.summary(lines.append)
    with pytest.raises(AssertionError, match=message):
        raise AssertionError("\n".join(line for line in lines if line.startswith("note: ")))


def test_the_function_of_keras_signature_warns(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "1.png")
    with pytest.warns(UserWarning, match="'twice' in augment makes values"):
        pipeline.image_dataset_from_directory(tmp_path, image_size=8, augment=L.Rescaling(2.0, name="twice"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline.image_dataset_from_directory(tmp_path, image_size=8, augment=L.RandomFlip())


def own_layer(draw: Callable[[Any, Any], Any], **attributes: Any) -> Make:
    """A layer whose `call` multiplies by what `draw(layer, images)` draws."""

    class Own(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
        def __init__(self) -> None:
            super().__init__(name="own")
            for name, value in attributes.items():
                setattr(self, name, value)

        def call(self, images: Any) -> Any:
            return images * tf.cast(draw(self, images), tf.float32)

    return Own


class InTransform(L.RandomFlip):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """Draws in a method of Keras' protocol, not in `call`."""

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        self.shift = np.random.uniform(0.9, 1.0)
        return super().get_random_transformation(data, training, seed)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return super().transform_images(images, transformation, training) * self.shift


def by_numpy_function(_: Any, images: Any) -> Any:
    return tf.ensure_shape(tf.numpy_function(lambda: np.float32(np.random.uniform(0.5, 1)), [], tf.float32), [])


UNREPEATABLE: dict[str, tuple[Make, str]] = {
    "random": (own_layer(lambda *_: random.uniform(0.9, 1)), "Own 'own' in augment draws from Python's random"),
    "numpy.random": (own_layer(lambda *_: np.random.uniform(0.9, 1)), "Own 'own' in augment draws from numpy.random"),
    "a Generator of its own": (
        own_layer(lambda layer, _: layer.rng.uniform(0.9, 1), rng=np.random.default_rng(0)),
        "Own 'own' in augment draws from numpy's Generator",
    ),
    "a Random of its own": (
        own_layer(lambda layer, _: layer.rng.uniform(0.9, 1), rng=random.Random(0)),
        "Own 'own' in augment draws from random's Random",
    ),
    "a RandomState of its own": (
        own_layer(lambda layer, _: layer.rng.uniform(0.9, 1), rng=np.random.RandomState(0)),
        "Own 'own' in augment draws from numpy's RandomState",
    ),
    "in another method, nested": (
        lambda: L.Pipeline([InTransform(name="own")]),
        "InTransform 'own' in augment draws from numpy.random",
    ),
    "a new Generator each time": (
        own_layer(lambda *_: np.random.default_rng().uniform(0.5, 1)),
        "Own 'own' in augment draws what does not follow from the seed",
    ),
    "while it runs": (own_layer(by_numpy_function), "Own 'own' in augment draws what does not follow from the seed"),
    "tf.random": (own_layer(lambda *_: tf.random.uniform([])), "Own 'own' .* does not follow from the seed"),
    "keras.random without a seed": (
        own_layer(lambda *_: keras.random.uniform([])),
        "Own 'own' in augment draws what does not follow from the seed.*SeedGenerator",
    ),
}


@pytest.mark.parametrize("name", UNREPEATABLE)
def test_a_layer_that_draws_past_the_seed_is_refused(name: str) -> None:
    make, message = UNREPEATABLE[name]
    with pytest.raises(InputError, match=message):
        tried(make)


@pytest.mark.slow
def test_keras_augmix_is_refused_also_inside_another_layer() -> None:
    for make in (lambda: L.AugMix(name="mix"), lambda: L.Pipeline([L.AugMix(name="mix")])):
        with pytest.raises(InputError, match=r"AugMix 'mix' in augment draws from Python's random.*RandAugment"):
            tried(make)


class Seeded(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A layer of the user's own that draws as the message says."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = keras.random.SeedGenerator(1)

    def call(self, images: Any) -> Any:
        return images * keras.random.uniform([tf.shape(images)[0], 1, 1, 1], 0.8, 1.0, seed=self.generator)


def test_a_layer_that_draws_from_its_seed_generator_is_taken() -> None:
    assert tried(Seeded) == ()


def test_a_layer_that_keeps_a_tensor_of_its_first_trace_is_taken() -> None:
    class Keeping(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
        def build(self, shape: Any) -> None:
            self.factor = tf.constant(0.9)

        def call(self, images: Any) -> Any:
            return images * self.factor

    data = pipeline.from_arrays(np.full((8, 6, 6, 3), 100, np.uint8), np.arange(8) % 2, augment=Keeping(), rescale=None)
    for batches in (data.train, data.stream.take(1)):
        images, _ = next(batches.as_numpy_iterator())
        np.testing.assert_allclose(images, 90, rtol=1e-5)


def test_the_trial_leaves_python_s_and_numpy_s_numbers_alone() -> None:
    layers = SUITABLE["five"]()  # each takes its seed from Python's numbers when it is made, as Keras has it
    random.seed(1)
    np.random.seed(1)
    wanted = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(1)
    tried(lambda: layers)
    assert (random.random(), np.random.rand()) == wanted


RUN = """
import hashlib
import keras, numpy as np, pipeline
from tests.augment import test_trial
L = keras.layers
x = np.random.default_rng(0).integers(0, 256, (24, 48, 40, 3), np.uint8)
for name, make in [*test_trial.SUITABLE.items(), ("Seeded", test_trial.Seeded), ("AugMix", L.AugMix),
                   *((name, make) for name, (make, _) in test_trial.UNREPEATABLE.items())]:
    try:
        data = pipeline.from_arrays(x, np.arange(24) % 2, batch_size=8, seed=5, augment=make())
    except pipeline.InputError:
        print(name, "refused")
        continue
    digest = hashlib.sha256()
    for _ in range(2):
        for images, _ in data.train.as_numpy_iterator():
            digest.update(images.tobytes())
    print(name, digest.hexdigest())
"""


@pytest.mark.slow
def test_two_processes_repeat_or_refuse() -> None:
    command = [sys.executable, "-c", RUN]
    runs = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]
    refused = {line.removesuffix(" refused") for line in runs[0].splitlines() if line.endswith(" refused")}
    assert refused == {"AugMix", *UNREPEATABLE}
