"""Time the model's training step as `fit` runs it: on one constant batch, and on the batches of the input."""

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
    """Return the name of the first GPU that TensorFlow sees, or `None`."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    return str(tf.config.experimental.get_device_details(devices[0]).get("device_name", "GPU"))


def _constant(batch: Any) -> tf.data.Dataset:
    """Repeat one batch endlessly without copying it.

    Its first axis has no fixed size, as in a data set with a partial last batch.
    """
    with tf.device("CPU:0"):
        held = tf.nest.map_structure(
            lambda part: tf.Variable(part, shape=[None, *part.shape[1:]], trainable=False), batch
        )
        read = no_autograph(lambda _: tf.nest.map_structure(lambda part: part.value(), held))
        return tf.data.Dataset.range(tf.int64.max).map(read)


@dataclasses.dataclass(frozen=True)
class Training:
    """A network that is trained while it is measured.

    Args:
        step: takes an iterator, trains on its next batch as `fit` does, and returns the logs.
    """

    step: Callable[[Any], dict[str, Any]]

    @classmethod
    def of(cls, config: TrainConfig, mode: LabelMode, classes: int, seed: int) -> Training:
        """Build and compile the network that `pipeline.train` would train with this configuration.

        Raises:
            InputError: the images are too small for the network, or there are no labels.
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
                float(value)  # waits until the GPU has finished
            return count * batch_size

        return Probe(draw, ready, least)

    def alone(self, batch: Any) -> Probe:
        """Return a probe that trains on one batch, (images, labels), again and again."""
        return self._drawn(_constant(batch), len(batch[0]))

    def fed(self, stream: tf.data.Dataset, batch_size: int) -> Probe:
        """Return a probe that trains on the batches of a data set."""
        return self._drawn(stream, batch_size, READY + under_way(batch_size), BURSTS * under_way(batch_size))


def copied(batch: Any) -> Probe:
    """Return a probe that copies the images of one batch from main memory to the first GPU."""
    images = tf.nest.flatten(batch)[0]

    def draw(count: int) -> int:
        for _ in range(count):
            with tf.device("GPU:0"):
                there = tf.identity(images)
            there[0, 0, 0, 0].numpy()  # waits until the copy is done
        return count * len(images)

    return Probe(draw)
