"""The same data on Keras' other backends: bit for bit the same batches, and `model.fit` takes them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

CODE = """
import hashlib, json, sys
import keras, numpy as np
import pipeline

data = pipeline.from_directory(
    sys.argv[1], sys.argv[1], image_size=12, batch_size=4, seed=3, cache=sys.argv[2],
    augment=pipeline.Augment(rotation_range=40, horizontal_flip=True),
)
prints = []
for _ in range(2):
    for images, labels in data.train.as_numpy_iterator():
        prints.append(hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest())
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((12, 12, 3)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(),
    keras.layers.Dense(data.head.units if hasattr(data, "head") else 1, activation="sigmoid"),
])
model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(data.train, validation_data=data.validation, epochs=2, verbose=0, shuffle=False).history
print(json.dumps({
    "backend": keras.backend.backend(), "prints": prints, "steps": data.steps, "epoch": int(data.epoch),
    "history": {name: [float(value) for value in values] for name, values in history.items()},
    "predicted": np.asarray(model.predict(data.validation, verbose=0)).shape,
}))
"""


def run(backend: str, folder: Path, cache: str) -> dict[str, Any]:
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", CODE, str(folder), cache]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "cache"), [("jax", "memory"), ("torch", "none")])
def test_the_same_batches_train_on_every_backend(photo_folder: PhotoFolder, backend: str, cache: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install -e '.[test-backends]'")
    folder = photo_folder({"cats": 6, "dogs": 5})
    here, there = run("tensorflow", folder, cache), run(backend, folder, cache)
    assert there["backend"] == backend
    assert there["prints"] == here["prints"]
    assert len(set(there["prints"])) == 2 * there["steps"]
    assert set(there["history"]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert there["predicted"] == [11, 1]
    assert there["epoch"] == here["epoch"] == 4  # Keras looks at a batch to build the model there


@pytest.mark.slow
def test_the_command_says_which_backend_it_runs_on(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed: pip install -e '.[test-backends]'")
    command = [sys.executable, "-m", "pipeline.train", "--data.train", str(photo_folder({"cats": 3, "dogs": 3}))]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "runs on Keras' TensorFlow backend" in done.stderr
    assert "Received: KERAS_BACKEND=jax" in done.stderr
