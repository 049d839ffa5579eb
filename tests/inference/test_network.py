"""Tests that a run's network gives the same bits as validation in training, for any batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

import pipeline
from pipeline.augment.compiled import rescaling
from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.inference.feed import Feed
from pipeline.inference.inputs import Input, Inputs
from pipeline.inference.network import Network, load_network
from pipeline.runs.trained_run import read_run
from pipeline.sources.labels import Mode
from tests.support.small_runs import SMALL, make_run, small_model
from tests.support.versions import rows_depend_on_their_number

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.mark.parametrize("rescale", [1 / 255, 0.017, None])
def test_rescaling_gives_the_bits_of_training_s(rescale: float | None) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    np.testing.assert_array_equal(rescaling(rescale, compiled=False)(levels), rescaling(rescale)(levels))


@pytest.mark.parametrize(
    ("mode", "image"),
    [
        ("binary", SMALL),
        pytest.param(
            "int",
            ImageConfig(size=(20, 14), resize="crop", decode="exact", color_mode="grayscale"),
            marks=pytest.mark.slow,
        ),
        pytest.param("categorical", ImageConfig(size=16, rescale=None), marks=pytest.mark.slow),
    ],
)
def test_what_predict_gives_is_model_predict_of_the_validation_data(
    mode: Mode, image: ImageConfig, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    names = ("a", "b") if mode == "binary" else ("a", "b", "c")
    photos = photo_folder(dict.fromkeys(names, 25), size=(70, 50))
    run = read_run(make_run(tmp_path / "run", mode, names, image))
    data = pipeline.from_directory(
        photos,
        validation=photos,
        image_size=image.image_size,
        resize=image.resize,
        pad_value=image.pad_value,
        decode=image.decode,
        color_mode=image.color_mode,
        rescale=image.rescale,
        batch_size=32,
    )
    assert data.validation is not None
    model = keras.saving.load_model(run.model_file)
    wanted = model.predict(data.validation, verbose=0)
    network = load_network(run)
    inputs = [Input(str(path)) for path in sorted(photos.glob("*/*.jpg"))]
    batches = list(Feed(inputs, run.image).batches())
    found = np.concatenate([network(batch.pixels) for batch in batches])
    pixels = np.concatenate([rescaling(image.rescale)(batch.pixels) for batch in batches])
    np.testing.assert_array_equal(pixels, np.concatenate([images for images, _ in data.validation.as_numpy_iterator()]))
    np.testing.assert_array_equal(found[:, 1:] if mode == "binary" else found, wanted)
    if mode == "binary":
        np.testing.assert_array_equal(found[:, 0], 1 - wanted[:, 0])
    assert len(np.unique(found.argmax(1))) > 1


def test_a_picture_s_numbers_do_not_depend_on_its_batch(tmp_path: Path) -> None:
    image = ImageConfig(size=40)
    network = Network(read_run(make_run(tmp_path / "run", image=image)), small_model(image, 3, "softmax"))
    pixels = np.random.default_rng(0).integers(0, 256, (32, 40, 40, 3)).astype(np.uint8)
    whole = network(pixels)
    for size in (1, 2, 3, 7, 31):
        parts = [network(pixels[start : start + size]) for start in range(0, 32, size)]
        if rows_depend_on_their_number():
            np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-5)
        else:
            np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_model_that_does_not_fit_its_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "size", model=small_model(ImageConfig(size=30), 3, "softmax"))
    with pytest.raises(InputError, match=r"must take pictures of \(12, 16, 3\), as config.yaml beside it says"):
        load_network(read_run(run))
    run = make_run(tmp_path / "units", "binary", ("a", "b"), model=small_model(SMALL, 2, "softmax"))
    with pytest.raises(InputError, match=r"must have 1 outputs for the 2 names and the label_mode 'binary'"):
        load_network(read_run(run))


@pytest.mark.slow
def test_real_photos_are_answered_as_model_predict_answers_them(photos: Path, tmp_path: Path) -> None:
    """Check photos of all shapes at the notebook's size with the default decode."""
    image = ImageConfig()
    run = read_run(make_run(tmp_path / "run", "binary", ("cats", "dogs"), image))
    data = pipeline.from_directory(photos / "validation", validation=photos / "validation", verify="never")
    wanted = keras.saving.load_model(run.model_file).predict(data.validation, verbose=0)
    inputs = [one for one in Inputs([str(photos / "validation")]) if one]
    network = load_network(run)
    found = np.concatenate([network(batch.pixels) for batch in Feed(inputs, image).batches()])
    assert len(found) == len(wanted) > 100
    np.testing.assert_array_equal(found[:, 1:], wanted)
