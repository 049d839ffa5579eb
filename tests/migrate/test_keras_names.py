"""The spellings of a dozen years, and what is not one of them."""

from __future__ import annotations

import pytest

from pipeline.migrate.keras_names import (
    DATASET,
    GENERATOR,
    LEGACY_NAMES,
    Port,
    is_keras_2,
    leads_to_images,
    port,
    ported,
)

MODULES = [
    "tensorflow.keras.preprocessing.image",
    "keras.preprocessing.image",
    "keras_preprocessing.image",
    "tensorflow.python.keras.preprocessing.image",
    "keras.src.legacy.preprocessing.image",
    "keras._tf_keras.keras.preprocessing.image",
    "tensorflow.compat.v1.keras.preprocessing.image",
    "keras.api.preprocessing.image",
    "tensorflow.keras._tf_keras.keras.preprocessing.image",
]


@pytest.mark.parametrize("module", MODULES)
def test_every_spelling_of_the_module_has_a_home(module: str) -> None:
    assert port(module) == Port("pipeline.legacy")
    assert port(f"{module}.ImageDataGenerator") == Port("pipeline", "ImageDataGenerator")
    for name in LEGACY_NAMES - {"ImageDataGenerator"}:
        assert port(f"{module}.{name}") == Port("pipeline.legacy", name)


@pytest.mark.parametrize(
    "dotted",
    [
        "tensorflow.keras.utils.image_dataset_from_directory",
        "keras.preprocessing.image_dataset_from_directory",
        "keras.src.utils.image_dataset_utils.image_dataset_from_directory",
    ],
)
def test_so_has_the_data_set_function(dotted: str) -> None:
    assert port(dotted) == Port("pipeline", "image_dataset_from_directory")


@pytest.mark.parametrize(
    "dotted",
    [
        "tensorflow.keras.preprocessing",
        "keras.preprocessing.image.no_such_name",
        "keras.preprocessing.sequence.pad_sequences",
        "keras.utils.load_img",  # not deprecated there
        "torch.utils.image_dataset_from_directory",
        "mykeras.preprocessing.image",
        "tf_keras.preprocessing.image",
        "pipeline.legacy.load_img",
    ],
)
def test_what_has_none(dotted: str) -> None:
    assert port(dotted) is None


def test_the_drop_in_means_the_same() -> None:
    assert ported("pipeline.ImageDataGenerator", "ImageDataGenerator")
    assert ported("pipeline.legacy.ImageDataGenerator", "ImageDataGenerator")
    assert ported("keras.preprocessing.image.ImageDataGenerator", "ImageDataGenerator")
    assert not ported("albumentations.ImageDataGenerator", "ImageDataGenerator")


def test_what_leads_there() -> None:
    assert all(map(leads_to_images, ["tensorflow", "keras", "tensorflow.keras.utils", *MODULES]))
    assert not any(map(leads_to_images, ["numpy", "tensorflow.keras.layers", "tensorflow.data", "keras.optimizers"]))


def test_keras_2() -> None:
    assert is_keras_2("tf_keras.preprocessing.image.ImageDataGenerator")
    assert not is_keras_2("keras.preprocessing.image")


def test_pipeline_has_every_name_that_gets_a_home_there() -> None:
    import pipeline
    from pipeline import legacy

    assert set(legacy.__all__) >= LEGACY_NAMES
    assert set(pipeline.__all__) >= {GENERATOR, DATASET, "legacy"}
