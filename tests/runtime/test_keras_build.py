"""The epochs of `model.fit` under `MirroredStrategy`, where Keras reads a batch before the first epoch."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from pipeline.runtime.keras_build import keras_is_building

STEPS, BATCH, EPOCHS = 7, 4, 3
CODE = """
import json, sys
import keras, numpy as np, tensorflow as tf
import pipeline

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
found = {}
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for name, strategy in (("plain", tf.distribute.get_strategy()), ("mirrored", mirrored)):
    for begun in (0, 14):
        rng = np.random.default_rng(0)
        x, y = rng.integers(0, 256, (28, 6, 6, 3), np.uint8), np.arange(28) % 3
        data = pipeline.from_arrays(x, y, batch_size=4, seed=3, augment=pipeline.Augment(horizontal_flip=True))
        if begun:
            state = json.loads(json.dumps(data.state(begun)))
            data = pipeline.from_arrays(x, y, batch_size=4, seed=3, augment=data.augment, start=state)
        keras.utils.set_random_seed(0)
        with strategy.scope():
            model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
        epochs = []
        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda _e, _l: epochs.append(int(data.epoch)))
        model.fit(data.train, epochs=3, verbose=0, shuffle=False, callbacks=[note])
        found[f"{name} {begun}"] = [epochs, [weight.tolist() for weight in model.get_weights()]]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_mirrored_fit_trains_on_the_epochs_of_a_plain_one() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for begun in (0, 14):
        (epochs, weights), (there, mirrored) = found[f"plain {begun}"], found[f"mirrored {begun}"]
        first = begun // STEPS
        assert epochs == there == [first + 1, first + 2, first + 3]
        for one, other in zip(weights, mirrored, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)  # an epoch later it is 0.01 to 1
    assert not np.allclose(found["plain 0"][1][0], found["plain 14"][1][0], atol=1e-2)


def test_nobody_else_s_method_of_that_name_looks() -> None:
    def _symbolic_build() -> bool:
        return bool(keras_is_building())

    assert not _symbolic_build()
