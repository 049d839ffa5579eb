"""The model's step: on one batch that never changes, and on what the input hands over, as `fit` runs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from pipeline.config import TrainConfig
from pipeline.dataset.column import no_autograph
from pipeline.models.compiling import compile_model
from pipeline.models.head import head_for
from pipeline.models.network import build_network
from pipeline.profile.stages import BURSTS, READY, under_way
from pipeline.profile.timing import Probe
from pipeline.sources.labels import LabelMode

__all__ = ["Training", "copied", "gpu_name"]


def gpu_name() -> str | None:
    """The first GPU that TensorFlow sees, or `None`."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    return str(tf.config.experimental.get_device_details(devices[0]).get("device_name", "GPU"))


def _constant(batch: Any) -> tf.data.Dataset:
    """One batch again and again, none of it copied; its shapes are those of a data set, the first size open."""
    with tf.device("CPU:0"):
        held = tf.nest.map_structure(
            lambda part: tf.Variable(part, shape=[None, *part.shape[1:]], trainable=False), batch
        )
        read = no_autograph(lambda _: tf.nest.map_structure(lambda part: part.value(), held))
        return tf.data.Dataset.range(tf.int64.max).map(read)


@dataclasses.dataclass(frozen=True)
class Training:
    """A network to be trained for as long as it is measured.

    Args:
        step: takes a step on an iterator's next batch, as `fit` does, and returns its logs.
    """

    step: Callable[[Any], dict[str, Any]]

    @classmethod
    def of(cls, config: TrainConfig, mode: LabelMode, classes: int, seed: int) -> Training:
        """The network that `pipeline.train` trains with this configuration.

        Raises:
            InputError: the pictures are too small for it, or there are no labels.
        """
        head = head_for(mode, classes)
        shape = (*config.image.image_size, config.image.channels)
        keras.utils.set_random_seed(seed)
        model = build_network(config.model, shape, head, config.train.mixed_precision)
        compile_model(model, dataclasses.replace(config.train, steps_per_execution=1), head)
        model.make_train_function()
        return cls(model.train_function)

    def _drawn(self, stream: tf.data.Dataset, batch_size: int, ready: int = 0, least: int = 1) -> Probe:
        iterator = iter(stream)

        def draw(count: int) -> int:
            logs: dict[str, Any] = {}
            for _ in range(count):
                logs = self.step(iterator)
            for value in tf.nest.flatten(logs):
                float(value)  # a GPU has finished when its numbers are here
            return count * batch_size

        return Probe(draw, ready, least)

    def alone(self, batch: Any) -> Probe:
        """Steps on one batch, (images, labels)."""
        return self._drawn(_constant(batch), len(batch[0]))

    def fed(self, stream: tf.data.Dataset, batch_size: int) -> Probe:
        """Steps on a data set's batches."""
        return self._drawn(stream, batch_size, READY + under_way(batch_size), BURSTS * under_way(batch_size))


def copied(batch: Any) -> Probe:
    """One batch from the machine's memory to the first GPU's, again and again."""
    images = tf.nest.flatten(batch)[0]

    def draw(count: int) -> int:
        for _ in range(count):
            with tf.device("GPU:0"):
                there = tf.identity(images)
            there[0, 0, 0, 0].numpy()  # waits for it
        return count * len(images)

    return Probe(draw)
