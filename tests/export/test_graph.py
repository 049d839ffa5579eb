"""Tests that the artifacts answer like predict in a process without this package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import pipeline.layers.affine
from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.export.compare import compare
from pipeline.export.graph import check_layers, save_keras, save_served
from pipeline.images.load import load_image
from pipeline.inference.network import load_network
from pipeline.runs.trained_run import read_run
from pipeline.sources.labels import Mode
from tests.support.small_runs import SMALL, make_run, small_model
from tests.support.versions import reads_webp

if TYPE_CHECKING:
    from tests.conftest import Draw

MODES = (
    pytest.param("binary", SMALL, marks=pytest.mark.slow),
    pytest.param("int", ImageConfig(size=(20, 14), resize="crop", decode="exact"), marks=pytest.mark.slow),
    pytest.param("categorical", ImageConfig(size=16, color_mode="grayscale"), marks=pytest.mark.slow),
    pytest.param("multi_label", ImageConfig(size=16, rescale=None), marks=pytest.mark.slow),
    ("regression", ImageConfig(size=16, rescale=None)),
)
# Runs in isolation, where this package cannot be imported.
ALONE = """
import sys
sys.modules["pipeline"] = None
try:
    import pipeline
except ImportError:
    pass
else:
    raise SystemExit("the package is there")
import json, keras, numpy as np, tensorflow as tf
folder, pixels, *photos = sys.argv[1:]
serve = tf.saved_model.load(folder).signatures["serving_default"]
found = serve(image_bytes=tf.constant([open(photo, "rb").read() for photo in photos]))
answers = {name: np.asarray(value).tolist() for name, value in found.items()}
answers = {name: [one.decode() if isinstance(one, bytes) else one for one in rows] for name, rows in answers.items()}
answers.pop("class_names", None)
model = keras.saving.load_model(folder + "/model.keras")
answers["keras"] = model.predict(np.load(pixels), verbose=0).tolist()
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def photos(draw_picture: Draw, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("photos")
    names = [
        str(folder / f"{number}.{kind}")
        for number, kind in enumerate(["jpg", "png", "jpeg", "webp" if reads_webp() else "png"] * 3)
    ]
    for number, name in enumerate(names):
        draw_picture(40 + 30 * number, 90, seed=number).save(name)
    return names


def exported(folder: Path, mode: Mode, image: ImageConfig) -> tuple[Any, Path, dict[str, Any]]:
    names = ("cats", "dogs") if mode == "binary" else ("cats", "dogs", "owls")
    network = load_network(read_run(make_run(folder / "run", mode, names, image)))
    outputs = save_served(network, folder / "export")
    save_keras(network, folder / "export" / "model.keras")
    return network, folder / "export", outputs


def pixels_of(photos: list[str], image: ImageConfig) -> np.ndarray:
    options: Any = {"pad_value": image.pad_value, "color_mode": image.color_mode}
    return np.stack([load_image(name, image.image_size, image.resize, image.decode, **options) for name in photos])


@pytest.mark.parametrize(("mode", "image"), MODES)
def test_both_artifacts_answer_as_predict_does(
    mode: Mode, image: ImageConfig, photos: list[str], tmp_path: Path
) -> None:
    network, folder, outputs = exported(tmp_path, mode, image)
    compared = compare(network, photos, folder, folder / "model.keras")
    for one in compared.values():
        assert (one.photos, one.different_classes, one.refused) == (len(photos), 0, ())
        assert one.largest_difference <= 1e-6
        assert one.sound
    first = "values" if mode == "regression" else "probabilities"
    assert outputs[first] == {"dtype": "float32", "shape": [None, len(network.run.class_names)]}


@pytest.mark.slow
def test_in_a_process_without_this_package(photos: list[str], tmp_path: Path) -> None:
    network, folder, _ = exported(tmp_path, "int", SMALL)
    pixels = pixels_of(photos, SMALL)
    np.save(tmp_path / "pixels.npy", pixels)
    command = [sys.executable, "-I", "-c", ALONE, str(folder), str(tmp_path / "pixels.npy"), *photos]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    wanted = network(pixels)
    np.testing.assert_allclose(found["probabilities"], wanted, atol=1e-6)
    np.testing.assert_allclose(found["keras"], wanted, atol=1e-6)
    np.testing.assert_allclose(found["probability"], wanted.max(1), atol=1e-6)
    assert found["class"] == [("cats", "dogs", "owls")[k] for k in wanted.argmax(1)]
    assert len(set(found["class"])) > 1


def test_the_signature_is_by_rows(photos: list[str], tmp_path: Path) -> None:
    """Check that each output has a row for each image, as TensorFlow Serving requires, and that nothing uses XLA."""
    _, folder, _ = exported(tmp_path, "binary", SMALL)
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    answer = serve(image_bytes=tf.constant([Path(name).read_bytes() for name in photos[:5]]))
    assert {name: value.shape.as_list() for name, value in answer.items()} == {
        **{"class": [5], "probability": [5], "probabilities": [5, 2], "class_names": [5, 2]}
    }
    assert answer["class_names"][4].numpy().tolist() == [b"cats", b"dogs"]
    library = serve.graph.as_graph_def().library.function
    assert not any(function.attr["_XlaMustCompile"].b for function in library)


@pytest.mark.slow
def test_what_only_pillow_reads_is_refused_and_counted(photos: list[str], tmp_path: Path, draw_picture: Draw) -> None:
    network, folder, _ = exported(tmp_path, "int", SMALL)
    odd = str(tmp_path / "odd.gif")
    draw_picture(30, 30).save(odd)
    compared = compare(network, [*photos[:3], odd, str(tmp_path / "gone.jpg")], folder, folder / "model.keras")
    served = compared["saved_model"]
    assert (served.photos, compared["keras"].photos) == (3, 4)
    assert served.refused == ((odd, "it is read by Pillow, which this graph does without"),)
    assert served.sound


def test_a_layer_of_this_package_is_refused() -> None:
    inner = small_model(SMALL, 3, "softmax")
    model = keras.Sequential([keras.Input((12, 16, 3)), pipeline.layers.RandomAffine(rotation_range=10), inner])
    with pytest.raises(InputError, match=r"is RandomAffine of pipeline\.layers\.affine, not one of Keras' own"):
        check_layers(model)
    check_layers(inner)


def test_class_names_that_are_no_utf_8_are_exported_escaped(photos: list[str], tmp_path: Path) -> None:
    """Check a name in cp949, as in old archives."""
    names = [os.fsdecode(name.encode("cp949")) for name in ("강아지", "고양이")]
    network = load_network(read_run(make_run(tmp_path / "run", "binary", names)))
    (tmp_path / "to").mkdir()
    save_served(network, tmp_path / "to")
    serve = tf.saved_model.load(str(tmp_path / "to")).signatures["serving_default"]
    answer = serve(tf.constant([Path(photos[0]).read_bytes()]))
    given = [name.decode() for name in answer["class_names"].numpy()[0].tolist()]
    assert given == [ascii(name)[1:-1] for name in names]
