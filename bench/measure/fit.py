"""The process of one `model.fit`: `python -m bench.measure.fit TASK`, with the protocol of `bench.measure.worker`.

A single call of `fit` runs all the time; before each epoch it waits for a command:

- `{"do": "first"}` runs an epoch and answers when its first step is done.
- `{"do": "epoch"}` runs an epoch.
- `{"do": "waiting"}` runs an epoch and measures how long each step waits for its batch.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import keras

from bench.arms import generator, keras_layers, package
from bench.arms.cells import Cell
from bench.measure.worker import limit_cores, separate_answers

__all__ = ["FEEDS", "NETWORKS"]

Feed = Callable[[str, Cell, dict[str, Any]], Any]


@dataclasses.dataclass(frozen=True)
class Endless:
    """Endless batches, with the number of steps in an epoch. One iterator serves all epochs."""

    batches: Any
    steps: int


def _batches_and_steps(data: Any) -> tuple[Any, int | None]:
    """Return the batches, and the number of steps in an epoch if they are endless."""
    return (data.batches, data.steps) if isinstance(data, Endless) else (data, None)


def _constant(folder: str, cell: Cell, _setting: dict[str, Any]) -> Any:
    """Return one batch repeated endlessly, with which the fit takes the time of the model alone."""
    import tensorflow as tf

    from pipeline.runtime.execution import with_fixed_options

    data = package.build(folder, cell)
    batch = next(iter(data.train))
    return Endless(with_fixed_options(tf.data.Dataset.from_tensors(batch).repeat()), data.steps)


def _stream(cache: package.Cache) -> Feed:
    """Return a feed that works as in `python -m pipeline.train`."""

    def feed(folder: str, cell: Cell, _setting: dict[str, Any]) -> Any:
        data = package.build(folder, cell, cache)
        return Endless(data.stream, data.steps)

    return feed


def _generator(library: str) -> Feed:
    def feed(folder: str, cell: Cell, setting: dict[str, Any]) -> Any:
        flow = generator.flow_from_directory(folder, cell, library)
        flow.workers = setting.get("workers", 1)
        flow.use_multiprocessing = setting.get("processes", False)
        return flow

    return feed


FEEDS: dict[str, Feed] = {
    "constant": _constant,
    "generator-adapter": _generator("keras"),
    "drop-in-adapter": _generator("pipeline"),
    "keras-layers": lambda folder, cell, setting: keras_layers.dataset(folder, cell, **setting),
    "pipeline": _stream("none"),
    "pipeline-memory": _stream("memory"),
    "pipeline-memory-train": lambda folder, cell, _: package.build(folder, cell, "memory").train,
    "pipeline-disk": _stream("disk"),
}


def _notebook(side: int) -> Any:
    """Build the notebook's network: four convolutions, and 9.5 million parameters in its first dense layer."""
    from pipeline.config import FitConfig, ModelConfig
    from pipeline.models.cnn import build_cnn
    from pipeline.models.compiling import compile_model
    from pipeline.models.head import head_for

    head = head_for("binary", 2)
    model = build_cnn(ModelConfig(), (side, side, 3), head)
    compile_model(model, FitConfig(), head)
    return model


def _light(side: int) -> Any:
    """Build a network so small that the input is the bottleneck."""
    layers = [
        keras.layers.AveragePooling2D(10),
        keras.layers.Conv2D(8, 3, 2, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential([keras.Input((side, side, 3)), *layers])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


NETWORKS: dict[str, Callable[[int], Any]] = {"notebook": _notebook, "light": _light}


def _timed(model: Any, waited: list[float]) -> Callable[[Iterator[Any]], Any]:
    """Return a training function that appends to `waited` the seconds for which a step waits for its batch."""
    import tensorflow as tf

    step = tf.function(model.train_step, reduce_retracing=True)

    def train(iterator: Iterator[Any]) -> Any:
        begun = time.perf_counter()
        data = next(iterator)
        waited.append(time.perf_counter() - begun)
        return {name: float(value) for name, value in step(data).items()}  # waits until the step has ended

    return train


class Gate(keras.callbacks.Callback):
    """A callback that waits for a command before each epoch and answers it.

    Args:
        begun: `time.perf_counter()` before the training data were built.
        requests: the commands; the first of them is `first`.
        answer: sends an answer.
    """

    def __init__(
        self, begun: float, requests: Iterator[dict[str, Any]], answer: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__()
        self.begun, self.requests, self.answer = begun, requests, answer
        self.asked = ""
        self.waited: list[float] = []
        self.own: Any = None

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Wait for a command; end the process if there is none."""
        asked = next(self.requests, None)
        if asked is None:
            os._exit(0)
        self.asked, self.own = asked["do"], self.model.train_function
        self.waited.clear()
        if self.asked == "waiting":
            self.model.train_function = _timed(self.model, self.waited)
        if self.asked != "first":
            self.begun = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Answer `first` after the first step. The rest of its epoch is a warm-up."""
        if self.asked == "first" and batch == 0:
            self.answer({"seconds": time.perf_counter() - self.begun})

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Answer the other commands."""
        self.model.train_function = self.own
        if self.asked != "first":
            self.answer({"seconds": time.perf_counter() - self.begun, "waited": sum(self.waited)})


def _prepared(task: dict[str, Any]) -> tuple[Any, Cell]:
    """Build the network with weights drawn from the seed; return it and the cell."""
    keras.utils.set_random_seed(task["seed"])
    if task["device"] == "GPU":
        keras.mixed_precision.set_global_policy("mixed_float16")
    cell = Cell(**task["cell"])
    return NETWORKS[task["network"]](cell.side), cell


def _fit(task: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
    model, cell = _prepared(task)
    answer({"ready": True})
    asked = (json.loads(line) for line in sys.stdin)
    first = next(asked, None)  # the clock starts with the first command, since the process was halted until then
    begun = time.perf_counter()
    data = FEEDS[task["arm"]](task["folder"], cell, task["setting"])
    requests = itertools.chain([] if first is None else [first], asked)
    batches, steps = _batches_and_steps(data)
    gate = Gate(begun, requests, answer)
    model.fit(batches, steps_per_epoch=steps, epochs=10**6, callbacks=[gate], verbose=0, shuffle=False)


def main(task: str) -> None:
    """Answer until the input ends."""
    answers = separate_answers()

    def answer(what: dict[str, Any]) -> None:
        print(json.dumps(what), file=answers, flush=True)

    asked = json.loads(task)
    limit_cores(asked["cell"]["cores"])
    _fit(asked, answer)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
