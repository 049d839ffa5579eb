"""`pipeline.augment.mixing`: layers that change labels along with images are refused where they see images alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import pipeline
from pipeline.augment.mixing import mixing_layers
from pipeline.builders.build import build
from pipeline.config import DataConfig, TrainConfig
from pipeline.errors import InputError

L = keras.layers
BASE = next(one for one in L.RandomFlip.__mro__ if one.__name__ == "BaseImagePreprocessingLayer")
SLOW = ("AugMix", "RandAugment", "CLAHE")
# What Keras' layers must be given, where that is not one factor.
NEEDED: dict[str, dict[str, Any]] = {
    "CenterCrop": {"height": 8, "width": 8},
    "MaxNumBoundingBoxes": {"max_number": 3},
    "RandomColorJitter": {"brightness_factor": 0.1},
    "RandomCrop": {"height": 8, "width": 8},
    "RandomPosterization": {"factor": 4},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "Resizing": {"height": 8, "width": 8},
}


def keras_layers() -> list[str]:
    """Names of every layer of the installed Keras that knows of labels."""
    found = [name for name, one in vars(L).items() if inspect.isclass(one) and hasattr(one, "transform_labels")]
    assert {"MixUp", "CutMix", "RandomFlip"} <= set(found)
    return sorted(found)


def made(name: str) -> Any:
    made_by = getattr(L, name)
    needed = [
        one.name
        for one in list(inspect.signature(made_by.__init__).parameters.values())[1:]
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    return made_by(**NEEDED.get(name, dict.fromkeys(needed, 0.5)))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else []) for name in keras_layers()]
)
def test_of_keras_layers_those_are_found_that_change_labels_when_they_see_them(name: str) -> None:
    layer = made(name)
    images = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)
    labels = np.eye(4, dtype=np.float32)
    try:
        seen = layer({"images": tf.constant(images), "labels": tf.constant(labels)}, training=True)["labels"]
        changes = not np.array_equal(seen, labels)
    except (NotImplementedError, AttributeError):  # Keras' base class; RandomGrayscale, which takes images alone
        changes = False
    assert bool(mixing_layers([made(name)])) == changes
    assert changes == (name in ("MixUp", "CutMix"))


class Choice(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A container that Keras does not know."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.options = {"layers": layers}

    def call(self, images: Any) -> Any:
        return self.options["layers"][0](images)


class Named(L.MixUp):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A subclass."""


class Blend(BASE):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A layer of the user's own that blends labels."""

    _USE_BASE_FACTOR = False

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        return 0.3

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images * (1 - transformation) + images[::-1] * transformation

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        return labels * (1 - transformation) + labels[::-1] * transformation


class Passing(Blend):
    """A layer of the user's own that leaves images and labels as they are."""

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        return labels


class Two(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A layer that must be given labels by position."""

    def call(self, images: Any, labels: Any, training: bool = True) -> Any:
        return images


class OfBoth(L.Layer):  # type: ignore[misc, name-defined, valid-type, unused-ignore]
    """A layer that must be given labels in a dictionary."""

    def call(self, data: Any) -> Any:
        return {"images": data["images"], "labels": data["labels"][::-1]}


MIXING: dict[str, tuple[Callable[[], Any], str]] = {
    "MixUp": (lambda: L.MixUp(name="mixed"), "MixUp 'mixed' changes their labels too"),
    "CutMix in a list": (lambda: [L.RandomFlip(), L.CutMix(name="cut")], "CutMix 'cut' changes their labels too"),
    "in a Pipeline": (lambda: L.Pipeline([L.MixUp(name="mixed")]), "MixUp 'mixed' changes"),
    "in a Sequential": (lambda: keras.Sequential([keras.Sequential([L.CutMix(name="cut")])]), "CutMix 'cut' changes"),
    "in a container": (lambda: Choice(L.RandomFlip(), L.MixUp(name="mixed")), "MixUp 'mixed' changes"),
    "subclass": (lambda: Named(name="mine"), "Named 'mine' changes"),
    "the user's own": (lambda: Blend(name="blend"), "Blend 'blend' changes"),
    "two arguments": (lambda: Two(name="two"), r"Two 'two' must be given more: call\(images, labels, training\)"),
    "dictionary": (lambda: OfBoth(name="both"), "OfBoth 'both' asks for labels, too"),
}


@pytest.mark.parametrize("name", MIXING)
def test_each_builder_refuses_them_by_name_before_a_file_is_looked_for(name: str) -> None:
    make, message = MIXING[name]
    x, y = np.zeros((8, 6, 6, 3), np.uint8), np.arange(8) % 2
    builders: list[Callable[[Any], Any]] = [
        lambda layer: pipeline.from_directory("no such folder", augment=layer),
        lambda layer: build(DataConfig(train="no such folder"), augment=layer),
        lambda layer: pipeline.from_arrays(x, y, augment=layer),
        lambda layer: pipeline.image_dataset_from_directory("no such folder", augment=layer),
    ]
    for builder in builders:
        with pytest.raises(InputError, match=message) as caught:
            builder(make())
        assert "map" in str(caught.value)


def test_a_configuration_takes_no_layer_and_names_it() -> None:
    with pytest.raises(InputError, match=r"augment must be .*from_directory\(augment=.*Received: <MixUp name=mixed"):
        TrainConfig(augment=L.MixUp(name="mixed"))


def test_a_layer_that_passes_labels_on_is_taken() -> None:
    assert mixing_layers([Passing()]) == []
    x, y = np.zeros((8, 6, 6, 3), np.uint8), np.arange(8) % 2
    data = pipeline.from_arrays(x, y, augment=Passing())
    assert not [note for note in data.notes if "augment" in note]


def test_the_way_out_in_the_message_blends_images_and_labels_alike() -> None:
    x = np.repeat(np.arange(8, dtype=np.uint8), 5 * 5).reshape(8, 5, 5, 1) * 20
    with pytest.raises(InputError) as caught:
        pipeline.from_arrays(x, np.arange(8), augment=L.MixUp())
    (code,) = [part for part in str(caught.value).split(": ", 2) if "map(" in part]
    data = pipeline.from_arrays(x, np.arange(8), label_mode="categorical", rescale=None, batch_size=8)
    layer = L.MixUp(alpha=1.0, seed=3)
    mixed = eval(code[code.index("data.train") :], {"data": data, "layer": layer})
    ((images, labels),) = list(mixed.as_numpy_iterator())
    assert (labels.max(axis=1) < 1).any()
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(images[:, 0, 0, 0], labels @ (np.arange(8) * 20.0), atol=1e-3)


@pytest.mark.parametrize("inside", [lambda: L.MixUp(name="mixed"), lambda: L.Pipeline([L.MixUp(name="mixed")])])
def test_a_model_with_one_inside_is_refused(inside: Callable[[], Any]) -> None:
    data = pipeline.from_arrays(np.zeros((8, 6, 6, 3), np.uint8), np.arange(8) % 2)
    layers = [keras.Input((6, 6, 3)), L.Flatten(), L.Dense(1, activation="sigmoid")]
    pipeline.check_model(keras.Sequential(layers), data)
    with pytest.raises(InputError, match=r"MixUp 'mixed' changes their labels too.*Take it out of the model; build"):
        pipeline.check_model(keras.Sequential([layers[0], inside(), *layers[1:]]), data)
