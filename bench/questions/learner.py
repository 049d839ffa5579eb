"""The process of one whole training: `python -m bench.questions.learner TASK`, with the task as JSON.

The task has `arm`, a key of `ARMS`; `folder` and `validation`, folders of photos; `side`, `batch`, `epochs` and `seed`.
The process answers once, in JSON, with the validation accuracy and the training loss of each epoch, and the seconds
that training took with its first step and without validation.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import keras

from bench.arms.augmentation import RANGES
from bench.arms.cells import Cell
from bench.measure.worker import separate_answers

__all__ = ["ARMS"]

# The data, the resize and the network of each arm.
ARMS: dict[str, dict[str, str]] = {
    "generator": {"data": "keras", "network": "cnn"},
    "stretch": {"resize": "stretch", "network": "cnn"},
    "pad": {"resize": "pad", "network": "cnn"},
    "crop": {"resize": "crop", "network": "cnn"},
    "small": {"resize": "stretch", "network": "small"},
}


class _Clock(keras.callbacks.Callback):
    """A callback that adds up the seconds of training without validation."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = self._begun = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Start the clock."""
        self._begun = time.perf_counter()

    def on_test_begin(self, logs: object = None) -> None:
        """Stop the clock when validation begins."""
        self.seconds += time.perf_counter() - self._begun


def _generator(task: dict[str, Any]) -> tuple[Any, Any]:
    """Return Keras' generators as in the notebook: one that augments for training, and one for validation."""
    import tensorflow as tf

    make = tf.keras.preprocessing.image.ImageDataGenerator
    options = {
        "target_size": (task["side"], task["side"]),
        "batch_size": task["batch"],
        "class_mode": "binary",
        "seed": task["seed"],
    }
    training = make(rescale=1 / 255, **RANGES).flow_from_directory(task["folder"], **options)
    training.workers, training.use_multiprocessing = task.get("workers", 1), task.get("processes", False)
    return training, make(rescale=1 / 255).flow_from_directory(task["validation"], shuffle=False, **options)


def _package(task: dict[str, Any], resize: Any) -> tuple[Any, Any]:
    import pipeline

    data = pipeline.from_directory(
        task["folder"],
        task["validation"],
        image_size=task["side"],
        batch_size=task["batch"],
        seed=task["seed"],
        resize=resize,
        cache="memory",
        augment=pipeline.Augment(**RANGES),
    )
    return data.train, data.validation


def learn(task: dict[str, Any]) -> dict[str, Any]:
    """Train one arm and return the accuracies, the losses and the seconds."""
    from pipeline.config import FitConfig, ModelConfig
    from pipeline.models.compiling import compile_model
    from pipeline.models.head import head_for
    from pipeline.models.network import build_network

    arm = ARMS[task["arm"]]
    begun = time.perf_counter()
    training, validation = _generator(task) if arm.get("data") == "keras" else _package(task, arm["resize"])
    built = time.perf_counter() - begun
    keras.utils.set_random_seed(task["seed"])
    head = head_for("binary", 2)
    cell = Cell(side=task["side"], batch=task["batch"])
    model = build_network(ModelConfig(name=arm["network"]), (cell.side, cell.side, 3), head)
    compile_model(model, FitConfig(), head)
    clock = _Clock()
    history = model.fit(
        training, validation_data=validation, epochs=task["epochs"], callbacks=[clock], verbose=0, shuffle=False
    ).history
    return {"accuracies": history["val_accuracy"], "losses": history["loss"], "seconds": built + clock.seconds}


def main(task: str) -> None:
    """Train and print the answer."""
    answers = separate_answers()
    print(json.dumps(learn(json.loads(task))), file=answers, flush=True)
    os._exit(0)  # an ordinary exit would wait for the generator's threads


if __name__ == "__main__":
    main(sys.argv[1])
