from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from typing import Any

import keras
import numpy as np
import pytest

import pipeline
import pipeline.legacy as ours
from pipeline.legacy import ImageDataGenerator
from tests.support.beside_keras import KERAS, ORIGINAL

X = np.random.RandomState(0).uniform(0, 255, (12, 9, 7, 3)).astype(np.float32)


@pytest.mark.parametrize("name", [
    "__init__", "flow", "flow_from_directory", "flow_from_dataframe", "fit", "standardize", "get_random_transform",
    "apply_transform", "random_transform",
])  # fmt: skip
def test_signatures(name: str) -> None:
    """Every argument by its name, in its place, with its default; more may follow."""
    mine, theirs = (
        [(one.name, one.default) for one in inspect.signature(getattr(home, name)).parameters.values()]
        for home in (ImageDataGenerator, ORIGINAL)
    )
    theirs = [one for one in theirs if one[0] != "kwargs"]
    assert mine[: len(theirs)] == theirs


def test_every_name_of_keras_module_is_here() -> None:
    names = [name for name in dir(KERAS) if not name.startswith("_")]
    assert len(names) > 15
    for name in names:
        assert callable(getattr(ours, name)), name
    for name in ours.__all__:
        assert callable(getattr(ours, name)), name
    assert dir(ours) == sorted(ours.__all__)
    with pytest.raises(AttributeError, match="no attribute 'ImageGenerator'"):
        _ = ours.ImageGenerator
    assert pipeline.ImageDataGenerator is ImageDataGenerator
    assert pipeline.image_dataset_from_directory is ours.image_dataset_from_directory


@pytest.mark.parametrize("arguments", [
    {"data_format": "channels_middle"},
    {"validation_split": 1.5},
    {"zoom_range": (1, 2, 3)},
    {"zoom_range": ["a", "b"]},
    {"brightness_range": 0.5},
    {"brightness_range": (1, 2, 3)},
])  # fmt: skip
def test_refusals_are_those_of_keras(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # compared below
        ORIGINAL(**arguments)
    with pytest.raises(ValueError) as mine:  # noqa: PT011
        ImageDataGenerator(**arguments)
    assert " ".join(str(mine.value).split()) == " ".join(str(theirs.value).split())


@pytest.mark.parametrize("arguments", [
    {"zca_whitening": True},
    {"zca_whitening": True, "featurewise_std_normalization": True, "featurewise_center": True},
    {"zca_whitening": True, "featurewise_std_normalization": True},
    {"featurewise_std_normalization": True},
    {"samplewise_std_normalization": True},
    {},
])  # fmt: skip
def test_settings_that_need_others(arguments: dict[str, Any]) -> None:
    """The same attributes, and as many warnings."""
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            generator = base(**arguments)
        seen.append((vars(generator), len(caught)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("arguments", [
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"zca_whitening": True, "featurewise_center": True},
    {"featurewise_center": True, "data_format": "channels_first"},
])  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"augment": True, "rounds": 3, "seed": 4}])
def test_fit(arguments: dict[str, Any], options: dict[str, Any]) -> None:
    x = np.moveaxis(X, -1, 1) if "data_format" in arguments else X
    generators = [one(rotation_range=30, rescale=0.5, **arguments) for one in (ImageDataGenerator, ORIGINAL)]
    for generator in generators:
        generator.fit(x.copy(), **options)
    for name in ("mean", "std", "zca_whitening_matrix"):
        mine, theirs = (getattr(generator, name) for generator in generators)
        assert (mine is None) == (theirs is None)
        if theirs is not None:
            assert mine.dtype == theirs.dtype
            assert np.array_equal(mine, theirs), name


def test_fit_leaves_its_pictures_and_numpys_state_alone() -> None:
    x = X.copy()
    np.random.seed(1)
    wanted = np.random.random_sample()
    np.random.seed(1)
    ImageDataGenerator(featurewise_center=True, rescale=2.0, zoom_range=0.1).fit(x, augment=True, seed=3)
    assert np.random.random_sample() == wanted
    assert np.array_equal(x, X)


def test_fit_without_a_seed_draws_from_numpys_state() -> None:
    means: list[Any] = []
    for base in (ImageDataGenerator, ORIGINAL):
        np.random.seed(6)
        generator = base(featurewise_center=True, rotation_range=50)
        generator.fit(X, augment=True)
        means.append((generator.mean, np.random.random_sample()))
    assert np.array_equal(means[0][0], means[1][0])
    assert means[0][1] == means[1][1]


def test_fit_refuses_one_picture() -> None:
    with pytest.raises(ValueError, match=r"should have rank 4. Got array with shape: \(9, 7, 3\)"):
        ImageDataGenerator(featurewise_center=True).fit(X[0])
    with pytest.warns(UserWarning, match=r"\(2 channels\)"):
        ImageDataGenerator(featurewise_center=True).fit(X[..., :2])


@pytest.mark.parametrize("arguments", [
    {"samplewise_center": True, "samplewise_std_normalization": True, "rescale": 0.1},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"zca_whitening": True, "featurewise_center": True},
    {"preprocessing_function": lambda x: x[..., ::-1] + 1},
])  # fmt: skip
def test_standardize_and_transform_one_picture(arguments: dict[str, Any]) -> None:
    results = []
    for base in (ImageDataGenerator, ORIGINAL):
        generator = base(rotation_range=40, channel_shift_range=30.0, brightness_range=(0.5, 1.5), **arguments)
        generator.fit(X)
        np.random.seed(2)
        turned = generator.random_transform(X[0], seed=3)
        by_hand = generator.apply_transform(X[1], {"theta": 20, "flip_vertical": True, "zx": 1.3})
        results.append((turned, by_hand, generator.standardize(X[2].copy())))
    for mine, theirs in zip(*results, strict=True):
        assert np.array_equal(mine, theirs)


def test_a_picture_of_one_colour_is_not_divided_by_zero() -> None:
    flat = np.full((20, 4, 4, 3), 7, np.uint8)
    generators = [
        one(
            samplewise_center=True,
            samplewise_std_normalization=True,
            featurewise_center=True,
            featurewise_std_normalization=True,
        )
        for one in (ImageDataGenerator, ORIGINAL)
    ]
    for generator in generators:
        generator.fit(flat)
    mine, theirs = (next(generator.flow(flat, seed=1)) for generator in generators)
    assert np.isfinite(theirs).all()
    assert np.array_equal(mine, theirs)


def test_standardize_works_in_place() -> None:
    x = X[0].copy()
    assert ImageDataGenerator(rescale=2.0, samplewise_center=True).standardize(x) is x
    assert not np.array_equal(x, X[0])


@pytest.mark.parametrize("setting", ["featurewise_center", "featurewise_std_normalization", "zca_whitening"])
def test_an_unfitted_generator_warns_as_in_keras(setting: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments: dict[str, Any] = {setting: True}
        generator = ImageDataGenerator(**arguments)
    with pytest.warns(UserWarning, match=f"specifies `{setting}`, but it hasn't been fit on any training data"):
        next(generator.flow(X))


def test_brightness_with_channels_first() -> None:
    """Keras' own fails there."""
    first = ImageDataGenerator(brightness_range=(0.5, 1.5), data_format="channels_first")
    last = ImageDataGenerator(brightness_range=(0.5, 1.5))
    x = X.astype(np.uint8)
    for many in (x, np.concatenate([x, x])):
        one, other = next(first.flow(np.moveaxis(many, -1, 1), seed=1)), next(last.flow(many, seed=1))
        assert np.array_equal(np.moveaxis(one, 1, -1), other)
    moved = first.apply_transform(np.moveaxis(X[0], -1, 0), {"brightness": 1.3})
    assert np.array_equal(np.moveaxis(moved, 0, -1), last.apply_transform(X[0], {"brightness": 1.3}))


def test_keras_settings_are_the_defaults() -> None:
    before = keras.config.image_data_format(), keras.config.floatx()
    try:
        keras.config.set_image_data_format("channels_first")
        keras.config.set_floatx("float64")
        mine, theirs = ImageDataGenerator(), ORIGINAL()
        assert (mine.data_format, mine.dtype) == (theirs.data_format, theirs.dtype) == ("channels_first", "float64")
        x = np.moveaxis(X, -1, 1)
        assert np.array_equal(next(mine.flow(x, seed=1)), next(theirs.flow(x, seed=1)))
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_floatx(before[1])


WITHOUT = """
import sys
import keras

for name, module in list(sys.modules.items()):
    if name.endswith(("preprocessing.image", "preprocessing.sequence", "keras.preprocessing", "legacy.preprocessing")):
        vars(module).clear()  # whoever takes a name out of it fails
        del sys.modules[name]
for home in [module for name, module in sys.modules.items() if name.split(".")[0] == "keras"]:
    vars(home).pop("preprocessing", None)

class Removed:
    def find_spec(self, name, path=None, target=None):
        if "keras" in name and "preprocessing.image" in name:
            raise ImportError(f"{name} was removed")

sys.meta_path.insert(0, Removed())
import numpy as np
import pipeline.legacy

for name in pipeline.legacy.__all__:
    getattr(pipeline.legacy, name)
flow = pipeline.legacy.ImageDataGenerator(rotation_range=30, brightness_range=(0.5, 1)).flow(np.ones((20, 8, 8, 3)))
print(next(flow).shape)
try:
    keras.preprocessing.image.ImageDataGenerator
except AttributeError:
    print("gone")
"""


@pytest.mark.slow
def test_it_works_when_keras_has_removed_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:2] == ["(20, 8, 8, 3)", "gone"], done.stderr
