"""Measure the parts of a training step of the notebook's network on a CPU.

    python -m bench.questions.training_step [--rounds N]

These take turns in one process on one batch of 100 images of 150×150: the forward pass; the forward pass with
gradients; the optimizer's update; the training step that `fit` takes, with one step in an execution, with ten, and
compiled by XLA. The script prints images a second of each (medians with a 95 % interval), the arithmetic of the step in
GFLOP/s beside that of a matrix product in the same library, and the shares of the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench.measure.environment import environment, row
from bench.measure.intervals import median_of, ratio_of
from bench.questions.paired import rounds
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser

ROUNDS, BATCH, SIDE, STEPS, EDGE = 9, 100, 150, 10, 2048
Arm = Callable[[], int]


def _model(**options: Any) -> Any:
    import keras

    from pipeline.config import FitConfig, ModelConfig
    from pipeline.models.compiling import compile_model
    from pipeline.models.head import head_for
    from pipeline.models.network import build_network

    keras.utils.set_random_seed(0)
    head = head_for("binary", 2)
    model = build_network(ModelConfig(), (SIDE, SIDE, 3), head)
    compile_model(model, FitConfig(**options), head)
    model.optimizer.build(model.trainable_variables)
    return model


def multiplications(model: Any) -> int:
    """Return the multiplications in a forward pass of one image: each kernel's size times its output positions."""
    total = 0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = 1
            for side in layer.output.shape[1:-1]:
                places *= side
            total += places * int(kernel.shape.num_elements())
    return total


def _fit(model: Any, batch: Any) -> Arm:
    import tensorflow as tf

    from pipeline.runtime.execution import with_fixed_options

    data = with_fixed_options(tf.data.Dataset.from_tensors(batch).repeat())
    waited = iter(data)

    def run() -> int:
        for _ in range(STEPS // model.steps_per_execution):
            logs = model.train_function(waited)
        float(next(iter(logs.values())))
        return STEPS * BATCH

    model.make_train_function()
    return run


def _arms() -> tuple[dict[str, Arm], int]:
    import tensorflow as tf

    model = _model()
    images = tf.random.stateless_uniform([BATCH, SIDE, SIDE, 3], (0, 1))
    labels = tf.cast(tf.random.stateless_uniform([BATCH, 1], (0, 2)) > 0.5, tf.float32)

    def gradients() -> Any:
        with tf.GradientTape() as tape:
            loss = model.compute_loss(images, labels, model(images, training=True))
        return tape.gradient(loss, model.trainable_variables)

    compute = tf.function(gradients, autograph=False)
    forward = tf.function(lambda: model(images, training=True), autograph=False)
    found = compute()
    update = tf.function(lambda: model.optimizer.apply(found, model.trainable_variables), autograph=False)
    matrix = tf.random.stateless_uniform([EDGE, EDGE], (0, 3))

    def done(function: Callable[[], Any]) -> Arm:
        def run() -> int:
            result = function()
            (tf.nest.flatten(result)[0] if result is not None else model.optimizer.iterations).numpy()
            return BATCH

        return run

    batch = (images, labels)
    return {
        "forward": done(forward),
        "forward and gradients": done(compute),
        "update": done(update),
        "step": _fit(model, batch),
        "step, ten an execution": _fit(_model(steps_per_execution=STEPS), batch),
        "step, compiled by XLA": _fit(_model(jit_compile=True), batch),
        "matrix product": done(lambda: tf.matmul(matrix, matrix)),
    }, multiplications(model)


def _rate(arm: Arm) -> float:
    begun = time.perf_counter()
    return arm() / (time.perf_counter() - begun)


def _command(turns: int) -> int:
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    print(row(environment()))
    arms, products = _arms()
    found = [{name: _rate(arm) for name, arm in arms.items()} for _ in range(turns + 1)][1:]
    rates = {name: [one[name] for one in found] for name in arms}
    product = [2e-9 * EDGE**3 * rate / BATCH for rate in rates.pop("matrix product")]
    for name, values in rates.items():
        print(f"{name}: images/s {median_of(values).shown(0)}")
    # Three passes: forward, gradients of weights, gradients of inputs. The first layer does not need the last one.
    step = [2e-9 * 3 * products * rate for rate in rates["step"]]
    print(f"the step's arithmetic, at most: {median_of(step).shown(0)} GFLOP/s")
    print(f"a product of two matrices of {EDGE}×{EDGE}: {median_of(product).shown(0)} GFLOP/s")
    for part in ("forward and gradients", "update"):
        print(f"share of the step: {part}: {ratio_of(rates['step'], rates[part]).shown()}")
    for other in ("step, ten an execution", "step, compiled by XLA"):
        print(f"{other} / step: {ratio_of(rates[other], rates['step']).shown()}")
    return 0


def main() -> int:
    """Run the command and return its exit code."""
    description = "A training step of the notebook's network."
    parser = Parser(prog="python -m bench.questions.training_step", description=description)
    parser.add_argument("--rounds", type=rounds, default=ROUNDS)
    return _command(parser.parse_args().rounds)


if __name__ == "__main__":
    run_command(main)
