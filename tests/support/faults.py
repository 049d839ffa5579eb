"""`python -m pipeline.train` as it is, with a log of what it trains on and one fault that ends it.

Run as a script: `faults.py LOG FAULT OPTIONS…`. For each step that is trained a line is appended to LOG: how many came
before it and a hash of its pictures and labels. FAULT is `-`, or one of

    seconds:S           SIGALRM's default action after S seconds from here, TensorFlow being imported: an end that no
                        handler hears of, in whatever it is doing
    fill:N              SIGKILL in the Nth writing of pictures into the disk cache, half of them written
    index:N             SIGKILL between the Nth writing of pictures and that of what says where they are
    write:N             SIGKILL in the middle of writing the Nth checkpoint
    rename:N            SIGKILL when it is written, before it has its name
    history:N           SIGKILL between the Nth row of the history and the checkpoint of the epoch's end
    model:N             SIGKILL in the middle of the Nth time that the best model is saved
    step:EPOCH:STEP     SIGKILL after a step, before its checkpoint
    validation:EPOCH:N  SIGKILL after the Nth batch of an epoch's validation
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def kill() -> None:
    """The end."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_call(
    owner: Any, name: str, number: int, instead: Callable[..., Any], counts: Callable[..., bool] = lambda *_, **__: True
) -> None:
    """Call `instead` for the `number`th call of `owner.name` that counts, from 1."""
    original = getattr(owner, name)
    calls = 0

    def counting(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += counts(*arguments, **options)
        return (instead if calls == number else original)(*arguments, **options)

    setattr(owner, name, counting)


def log_steps(log: str) -> None:
    """Append a line for each step that is trained."""
    import keras
    import tensorflow as tf

    train_step = keras.Model.train_step

    def hashed(value: tf.Tensor) -> tf.Tensor:
        return tf.bitcast(tf.fingerprint(tf.reshape(tf.bitcast(value, tf.uint8), [1, -1]))[0], tf.int64)

    def logged(self: keras.Model, data: tuple[tf.Tensor, tf.Tensor]) -> Any:
        line = [self.optimizer.iterations.value, *map(hashed, data)]
        with tf.control_dependencies([tf.print(*line, output_stream=f"file://{log}")]):
            images, labels = map(tf.identity, data)
        return train_step(self, (images, labels))

    keras.Model.train_step = logged


def prepare(fault: str) -> None:
    """Have the fault happen."""
    from pipeline.cache import writer
    from pipeline.runs.callbacks import KeepBest, Record
    from pipeline.runs.resume import Resume

    kind, *numbers = fault.split(":")

    def half(file: int, data: Any, offset: int) -> None:
        os.pwrite(file, data[: len(data) // 2], offset)
        kill()

    def half_an_archive(file: Any, **_: Any) -> None:
        file.write(b"PK")
        kill()

    def half_a_model(model: Any, path: Path) -> None:
        path.with_name(f".{os.getpid()}.{path.name}").write_bytes(b"PK")
        kill()

    def dead(*_: Any, **__: Any) -> None:
        kill()

    def after_batch(hook: str, epoch: int, batch: int) -> None:
        original = getattr(Resume, hook)

        def striking(self: Resume, number: int, logs: Any = None) -> None:
            if (self._epoch, number + 1) == (epoch, batch) and self._skip <= 0:
                kill()
            original(self, number, logs)

        setattr(Resume, hook, striking)

    if kind == "seconds":
        signal.setitimer(signal.ITIMER_REAL, float(numbers[0]))
    elif kind == "fill":
        at_call(writer, "_write_at", int(numbers[0]), half)
    elif kind == "index":
        at_call(writer, "_append", int(numbers[0]), dead)
    elif kind == "write":
        at_call(np, "savez", int(numbers[0]), half_an_archive)
    elif kind == "rename":
        at_call(
            os, "fsync", int(numbers[0]), dead, lambda file: os.readlink(f"/proc/self/fd/{file}").endswith(".partial")
        )
    elif kind == "history":
        at_call(Record, "on_epoch_end", int(numbers[0]), _and_then(Record.on_epoch_end, kill))
    elif kind == "model":
        at_call(sys.modules[KeepBest.__module__], "save_model", int(numbers[0]), half_a_model)
    elif kind == "step":
        after_batch("on_train_batch_end", int(numbers[0]), int(numbers[1]))
    elif kind == "validation":
        after_batch("on_test_batch_end", int(numbers[0]), int(numbers[1]))
    elif kind != "-":
        raise ValueError(fault)


def _and_then(first: Callable[..., Any], then: Callable[[], None]) -> Callable[..., Any]:
    def both(*arguments: Any, **options: Any) -> None:
        first(*arguments, **options)
        then()

    return both


if __name__ == "__main__":
    log, fault, *options = sys.argv[1:]
    sys.argv = ["train", *options]
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    log_steps(log)
    prepare(fault)
    from pipeline.console.arguments import run_command
    from pipeline.train.command import main

    run_command(main)
