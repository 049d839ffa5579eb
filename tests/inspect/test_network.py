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
from matplotlib import colormaps
from PIL import Image

from pipeline.config import ImageConfig, ModelConfig, TrainConfig
from pipeline.config.document import dump
from pipeline.errors import InputError, MissingPathError
from pipeline.images.load import load_image
from pipeline.inspect.convolution import work_out
from pipeline.inspect.model import read_network
from pipeline.inspect.model_file import model_file
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for
from tests.support.odd_photos import picture


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder whose photos are padded to 40×50."""
    folder = tmp_path_factory.mktemp("run")
    build_cnn(ModelConfig(filters=(4, 20), dense=(8,)), (40, 50, 3), head_for("int", 3)).save(folder / "model.keras")
    (folder / "config.yaml").write_text(dump(TrainConfig(image=ImageConfig(size=(40, 50), resize="pad"))))
    picture(60, 200, seed=4).save(folder / "photo.png")
    return folder


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1])))


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
    assert [len(layer.maps) for layer in with_maps] == [4, 4, 16, 16]


def test_each_map_has_a_scale_of_its_own(run: Path) -> None:
    network = read_network(str(run), str(run / "photo.png"), ImageConfig())
    model = keras.saving.load_model(run / "model.keras")
    pixels = load_image(run / "photo.png", (40, 50), "pad")[None].astype(np.float32) * np.float32(1 / 255)
    pooled = np.asarray(keras.Model(model.inputs, model.layers[1].output)(pixels))[0]
    colours = (colormaps["viridis"](np.arange(256))[:, :3] * 255).round().astype(np.uint8)
    for k, one in enumerate(network.layers[1].maps):
        values = pooled[:, :, k]
        assert (one.low, one.high) == pytest.approx((values.min(), values.max()), abs=1e-6)
        drawn = np.asarray(opened(one.picture).convert("RGB"))
        assert drawn.shape[:2] == values.shape
        if values.any():
            assert (drawn[np.unravel_index(values.argmax(), values.shape)] == colours[255]).all()
            assert (drawn[np.unravel_index(values.argmin(), values.shape)] == colours[0]).all()


def test_the_photo_stands_beside_its_maps_as_the_network_gets_it(run: Path) -> None:
    network = read_network(str(run), str(run / "photo.png"), ImageConfig())
    shown = np.asarray(opened(network.photo).convert("L"), np.int16)
    expected = Image.fromarray(load_image(run / "photo.png", (40, 50), "pad")).convert("L")
    assert np.abs(shown - np.asarray(expected)).mean() < 6  # what JPEG loses
    assert len(network.filters) == 4
    assert {opened(address).size for address in network.filters} == {(3, 3)}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("strides", "size"), [((1, 1), (3, 3)), ((2, 2), (3, 3)), ((2, 3), (2, 5))])
def test_the_worked_example_is_what_the_layer_computes(
    channels: int, padding: str, strides: tuple[int, int], size: tuple[int, int]
) -> None:
    random = np.random.default_rng(channels)
    given = random.uniform(size=(12, 17, channels)).astype(np.float32)
    layer = keras.layers.Conv2D(5, size, strides, padding, activation="relu", bias_initializer="random_normal")
    output = np.asarray(layer(given[None]))[0]
    worked = work_out(layer, given, output)
    assert worked is not None
    assert worked.output == output[(*worked.place, worked.filter_number)]
    assert max(worked.before, 0) == pytest.approx(worked.output, rel=1e-5)
    top, left = worked.corner
    for k, channel in enumerate(worked.channels):
        np.testing.assert_array_equal(channel.values, given[top : top + size[0], left : left + size[1], k])
        np.testing.assert_array_equal(channel.weights, np.asarray(layer.kernel)[:, :, k, worked.filter_number])
    assert [channel.name for channel in worked.channels] == (["R", "G", "B"] if channels == 3 else ["1"])
    if padding == "valid":
        assert worked.output == output.max()


def test_the_worked_example_is_on_the_user_s_own_photo(run: Path) -> None:
    network = read_network(str(run), str(run / "photo.png"), ImageConfig())
    model = keras.saving.load_model(run / "model.keras")
    pixels = load_image(run / "photo.png", (40, 50), "pad")[None].astype(np.float32) * np.float32(1 / 255)
    first = np.asarray(keras.Model(model.inputs, model.layers[0].output)(pixels))[0]
    assert network.worked is not None
    assert network.worked.output == pytest.approx(first.max(), rel=1e-6)
    assert network.worked.before == pytest.approx(first.max(), rel=1e-5)
    assert network.worked.activation == "relu"


@pytest.mark.parametrize(
    "layers",
    [
        [keras.layers.Flatten(), keras.layers.Dense(2)],
        [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 7)],  # too many numbers
        [keras.layers.Conv2D(2, 3, dilation_rate=2)],
        [keras.layers.Conv2D(3, 3, groups=3)],
        [keras.layers.DepthwiseConv2D(3)],
    ],
)
def test_other_networks_have_no_worked_example(tmp_path: Path, run: Path, layers: list[keras.Layer]) -> None:
    keras.Sequential([keras.Input((20, 20, 3)), *layers]).save(tmp_path / "other.keras")
    network = read_network(str(tmp_path / "other.keras"), str(run / "photo.png"), ImageConfig())
    assert network.worked is None
    assert network.photo


def test_behind_other_layers_the_numbers_are_those_that_reach_the_convolution(tmp_path: Path, run: Path) -> None:
    layers = [keras.layers.Rescaling(2.0, -1.0), keras.layers.Conv2D(2, 3, use_bias=False)]
    keras.Sequential([keras.Input((20, 20, 3)), *layers]).save(tmp_path / "scaled.keras")
    network = read_network(str(tmp_path / "scaled.keras"), str(run / "photo.png"), ImageConfig())
    assert network.worked is not None
    assert (network.worked.activation, network.worked.bias) == ("linear", 0.0)
    assert network.worked.before == pytest.approx(network.worked.output, rel=1e-5)


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
