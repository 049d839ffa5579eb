"""A network read back: its layers' shapes and parameters, and maps of a photo."""

from __future__ import annotations

import base64
import io
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from odd_photos import picture
from PIL import Image

from pipeline.config import ImageConfig, ModelConfig, TrainConfig
from pipeline.config.document import dump
from pipeline.errors import InputError, MissingPathError
from pipeline.images.load import load_image
from pipeline.inspect.model import read_network
from pipeline.inspect.model_file import model_file
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder whose photos are padded to 40×50."""
    folder = tmp_path_factory.mktemp("run")
    build_cnn(ModelConfig(filters=(4, 20), dense=(8,)), (40, 50, 3), head_for("int", 3)).save(folder / "model.keras")
    (folder / "config.yaml").write_text(dump(TrainConfig(image=ImageConfig(size=(40, 50), resize="pad"))))
    picture(60, 200, seed=4).save(folder / "photo.png")
    return folder


def test_each_layer_has_its_shape_and_parameters(run: Path) -> None:
    network = read_network(str(run), str(run / "photo.png"), ImageConfig())
    model = keras.saving.load_model(run / "model.keras")
    assert network.parameters == model.count_params()
    assert [(layer.name, layer.parameters) for layer in network.layers] == [
        (layer.name, layer.count_params()) for layer in model.layers
    ]
    assert network.layers[0].output_shape == "38 × 48 × 4"
    assert network.layers[-1].output_shape == "3"


def test_maps_are_drawn_of_layers_that_have_some(run: Path) -> None:
    network = read_network(str(run), str(run / "photo.png"), ImageConfig())
    with_maps = [layer for layer in network.layers if layer.maps]
    assert [layer.map_shape for layer in with_maps] == [(38, 48, 4), (19, 24, 4), (17, 22, 20), (8, 11, 20)]
    assert [layer.maps_shown for layer in with_maps] == [4, 4, 16, 16]
    for layer in with_maps:
        drawn = Image.open(io.BytesIO(base64.b64decode(layer.maps.split(",")[1])))
        assert min(drawn.size) > 30


def test_the_photo_is_read_as_the_run_read_its_own(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.inspect import model

    given: list[np.ndarray] = []
    maps = model._maps

    def seen(network: keras.Model, pixels: np.ndarray) -> object:
        given.append(pixels)
        return maps(network, pixels)

    monkeypatch.setattr(model, "_maps", seen)
    read_network(str(run), str(run / "photo.png"), ImageConfig(size=99, resize="crop"))
    expected = load_image(run / "photo.png", (40, 50), "pad")[None].astype(np.float32) * np.float32(1 / 255)
    np.testing.assert_array_equal(given[0], expected)


def test_without_a_photo_there_are_no_maps(run: Path) -> None:
    assert not any(layer.maps for layer in read_network(str(run), None, ImageConfig()).layers)


def test_a_file_is_taken_as_well_as_a_folder(run: Path) -> None:
    assert model_file(str(run)) == model_file(str(run / "model.keras"))


def test_what_is_no_network_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match=r"--model must name a run's folder or a \.keras file; there is no"):
        model_file(str(tmp_path))
    (tmp_path / "a.h5").write_bytes(b"x")
    with pytest.raises(InputError, match=r"Received: '.*a\.h5'"):
        model_file(str(tmp_path / "a.h5"))
    (tmp_path / "a.keras").write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"the model '.*a\.keras' is damaged"):
        read_network(str(tmp_path / "a.keras"), None, ImageConfig())


def test_code_in_a_network_is_not_run(tmp_path: Path) -> None:
    """A Lambda layer holds Python's bytecode, which whoever wrote the file chose."""
    ran = tmp_path / "ran"
    inputs = keras.Input((8, 8, 3))
    name = str(ran)
    payload = keras.layers.Lambda(lambda x: (os.mkdir(name), x)[1], output_shape=(8, 8, 3))  # type: ignore[func-returns-value]
    model = keras.Model(inputs, payload(inputs))
    shutil.rmtree(ran, ignore_errors=True)
    model.save(tmp_path / "a.keras")
    with pytest.raises(InputError, match="cannot be read"):
        read_network(str(tmp_path / "a.keras"), None, ImageConfig())
    assert not ran.exists()


def test_a_network_for_other_channels_is_refused(tmp_path: Path, run: Path) -> None:
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3)]).save(tmp_path / "grey.keras")
    with pytest.raises(InputError, match="takes pictures of 1 channels, and the photos are read with 3"):
        read_network(str(tmp_path / "grey.keras"), str(run / "photo.png"), ImageConfig())
