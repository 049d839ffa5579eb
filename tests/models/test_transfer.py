"""Networks of keras.applications with a new head: frozen layers, and weights from a file or from Keras' cache."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest

from pipeline.config import FitConfig, ModelConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.models.compiling import compile_model
from pipeline.models.head import head_for
from pipeline.models.transfer import BASE, build_transfer, thaw

SHAPE = (32, 32, 3)
HEAD = head_for("int", 3)
LEVELS = np.random.default_rng(0).integers(0, 256, (6, *SHAPE)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the weights of a MobileNetV2 without its top, in place of trained ones."""
    keras.utils.set_random_seed(5)
    base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=SHAPE)
    path = tmp_path_factory.mktemp("weights") / "own.weights.h5"
    base.save_weights(path)
    return path


@pytest.fixture
def network(weights: Path) -> keras.Model:
    return build_transfer(ModelConfig(name="mobilenet_v2", weights=str(weights)), SHAPE, HEAD)


def values(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(one) for one in model.get_layer(BASE).variables]


def fitted(model: keras.Model) -> None:
    compile_model(model, FitConfig(learning_rate=0.01), HEAD)
    model.fit(LEVELS, LABELS, batch_size=3, epochs=1, verbose=0)


def test_the_same_answer_as_keras_network_behind_its_own_preprocessing(network: keras.Model, weights: Path) -> None:
    base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=SHAPE)
    base.load_weights(weights)
    maps = base(keras.applications.mobilenet_v2.preprocess_input(LEVELS.copy()), training=False)
    kernel, bias = network.layers[-1].get_weights()
    logits = np.asarray(maps).mean(axis=(1, 2)) @ kernel + bias
    wanted = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(network(LEVELS), wanted / wanted.sum(1, keepdims=True), atol=1e-5)


def test_at_first_the_head_alone_learns(network: keras.Model) -> None:
    before, head = values(network), network.layers[-1].get_weights()
    fitted(network)
    assert all(np.array_equal(one, other) for one, other in zip(before, values(network), strict=True))
    assert not np.array_equal(head[0], network.layers[-1].get_weights()[0])


def test_then_all_but_batch_normalisation(network: keras.Model) -> None:
    before = {one.path: np.asarray(one) for one in network.get_layer(BASE).variables}
    thaw(network, None)
    fitted(network)
    after = {one.path: np.asarray(one) for one in network.get_layer(BASE).variables}
    changed = {path for path in after if not np.array_equal(before[path], after[path])}
    normalised = {
        one.path
        for layer in network.get_layer(BASE).layers
        if isinstance(layer, keras.layers.BatchNormalization)
        for one in layer.variables
    }
    assert {one.path for one in network.get_layer(BASE).trainable_variables} == set(after) - normalised
    assert changed
    assert not changed & normalised


def test_or_the_last_layers_alone(network: keras.Model) -> None:
    thaw(network, 5)
    layers = network.get_layer(BASE).layers
    learning = [place for place, layer in enumerate(layers) if layer.trainable and layer.variables]
    assert learning
    assert min(learning) >= len(layers) - 5
    thaw(network, 10_000)
    assert network.get_layer(BASE).layers[1].trainable


@pytest.mark.slow
def test_random_weights_learn_from_the_beginning() -> None:
    network = build_transfer(ModelConfig(name="mobilenet_v2", weights="none"), SHAPE, HEAD)
    before = values(network)
    fitted(network)
    changed = sum(not np.array_equal(one, other) for one, other in zip(before, values(network), strict=True))
    assert changed > len(before) * 0.9  # statistics of batches among them


def test_a_saved_network_is_the_same_and_holds_no_code(network: keras.Model, tmp_path: Path) -> None:
    network.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(LEVELS), network(LEVELS))


# ---- weights that cannot be had


def test_a_file_of_another_network_is_named(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(InputError, match=r"must be a file of weights of 'vgg16' without the top.*own\.weights\.h5"):
        build_transfer(ModelConfig(name="vgg16", weights=str(weights)), SHAPE, HEAD)
    (tmp_path / "text.h5").write_text("none")
    with pytest.raises(InputError, match=r"must be a file of weights of 'mobilenet_v2'"):
        build_transfer(ModelConfig(name="mobilenet_v2", weights=str(tmp_path / "text.h5")), SHAPE, HEAD)
    with pytest.raises(MissingPathError, match=r"there is no file 'gone\.h5'"):
        build_transfer(ModelConfig(name="mobilenet_v2", weights="gone.h5"), SHAPE, HEAD)


def test_a_network_that_keras_builds_otherwise_for_its_own_weights_takes_no_file(weights: Path) -> None:
    with pytest.raises(InputError, match=r"put the file into Keras' cache folder"):
        build_transfer(ModelConfig(name="efficientnet_b0", weights=str(weights)), SHAPE, HEAD)


def test_pictures_that_are_too_small_are_named() -> None:
    with pytest.raises(InputError, match=r"image\.size does not suit model\.name 'inception_v3'.*Received: 32x32"):
        build_transfer(ModelConfig(name="inception_v3", weights="none"), SHAPE, HEAD)


def in_a_fresh_process(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Use a new process, since Keras chooses its folder when it is imported."""
    setup = """
        import keras
        from pipeline.config import ModelConfig
        from pipeline.errors import InputError
        from pipeline.models.head import head_for
        from pipeline.models.transfer import build_transfer
        import keras.src.applications.mobilenet_v2 as own
    """
    text = textwrap.dedent(setup) + textwrap.dedent(code)
    environment = {**os.environ, "KERAS_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_without_network_the_file_and_its_place_are_named(tmp_path: Path) -> None:
    code = """
        own.BASE_WEIGHT_PATH = "http://127.0.0.1:9/"  # nobody listens there
        try:
            build_transfer(ModelConfig(name="mobilenet_v2"), (96, 96, 3), head_for("int", 3))
        except InputError as error:
            print("said:", error)
    """
    said = in_a_fresh_process(tmp_path, code).stdout
    assert "said: model.weights: the ImageNet weights of 'mobilenet_v2' cannot be had: " in said
    assert "Fetch mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5 where there is a network" in said
    assert f"put it into {tmp_path / 'models'}" in said
    assert "--model.weights none" in said


@pytest.mark.slow
def test_weights_are_fetched_once_and_found_again(tmp_path: Path) -> None:
    """Fetch weights from a server of this test, which then ends."""
    code = """
        import http.server, functools, pathlib, threading
        import numpy as np
        keras.utils.set_random_seed(5)
        folder = pathlib.Path(FOLDER)
        base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3))
        base.save(folder / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5")
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own.BASE_WEIGHT_PATH = f"http://127.0.0.1:{server.server_port}/"
        for time in range(2):
            try:
                model = build_transfer(ModelConfig(name="mobilenet_v2"), (96, 96, 3), head_for("int", 3))
            except InputError as error:
                print("said:", error)
                continue
            same = all(
                np.array_equal(one, other)
                for one, other in zip(model.get_layer("base").get_weights(), base.get_weights(), strict=True)
            )
            print("same:", same)
            server.shutdown()
            server.server_close()
    """.replace("FOLDER", repr(str(tmp_path / "served")))
    (tmp_path / "served").mkdir()
    done = in_a_fresh_process(tmp_path / "home", code)
    assert done.stdout.count("same: True") == 2, done.stdout
