"""The arms of this package: uncached or cached, with fast or exact decoding, augmented in the data or in the model."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, Literal

import bench.arms.keras_layers
from bench.arms.arm import Setting
from bench.arms.augmentation import RANGES
from bench.arms.cells import SEED, Cell

__all__ = [
    "build",
    "disk",
    "in_model",
    "on_service",
    "service_settings",
    "start_worker",
    "uncached",
    "with_keras_layers",
]

Cache = Literal["none", "memory", "disk"]


def build(folder: str, cell: Cell, cache: Cache = "none", **more: Any) -> Any:
    """Build an `ImageData` as a user would."""
    import pipeline

    return pipeline.from_directory(
        folder,
        image_size=cell.side,
        batch_size=cell.batch,
        seed=SEED,
        cache=cache,
        verify="never",
        drop_remainder=True,
        **{"augment": pipeline.Augment(**RANGES) if cell.augmented else None, **more},
    )


def uncached(folder: str, cell: Cell, **more: Any) -> Iterator[Any]:
    """Decode every photo at each use."""
    return iter(build(folder, cell, **more).train.repeat())


def exact(folder: str, cell: Cell) -> Iterator[Any]:
    """Decode photos at full size, as Pillow does."""
    return uncached(folder, cell, decode="exact")


def memory(folder: str, cell: Cell) -> Iterator[Any]:
    """Read images from the memory cache."""
    return iter(build(folder, cell, "memory").train.repeat())


def disk(folder: str, cell: Cell) -> Iterator[Any]:
    """Read images from a new disk cache. It is filled before the first batch and deleted once it is mapped."""
    with tempfile.TemporaryDirectory() as kept:
        return iter(build(folder, cell, "disk", cache_folder=kept).train.repeat())


def with_keras_layers(folder: str, cell: Cell) -> Iterator[Any]:
    """Augment with Keras' five layers instead of `Augment`."""
    return uncached(folder, cell, augment=bench.arms.keras_layers.five_layers())


def in_model(folder: str, cell: Cell, cache: Cache = "none") -> Iterator[Any]:
    """Augment each batch after it is drawn, by `pipeline.layers.RandomAffine`, as in a model."""
    import tensorflow as tf

    import pipeline

    layer = pipeline.layers.RandomAffine(**(RANGES if cell.augmented else {}), seed=SEED)

    @tf.function(reduce_retracing=True)
    def finish(images: Any, labels: Any) -> tuple[Any, Any]:
        return layer(images, training=True) / 255.0, labels

    data = build(folder, cell, cache, augment=None, rescale=None)
    return (finish(images, labels) for images, labels in data.train.repeat())


def start_worker(dispatcher: str) -> subprocess.Popen[str]:
    """Start a tf.data service worker in a process of its own, which ends as soon as its stdin is closed."""
    code = (
        "import os, sys, tensorflow as tf; service = tf.data.experimental.service;"
        f"worker = service.WorkerServer(service.WorkerConfig(dispatcher_address={dispatcher!r}));"
        "print('ready', flush=True); sys.stdin.read(); os._exit(0)"
    )
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True)
    if process.stdout is None or process.stdout.readline() != "ready\n":
        raise RuntimeError("the tf.data service worker did not start")
    return process


def service_settings(cores: int) -> list[Setting]:
    """Return settings with one worker and with two."""
    return [{"workers": count} for count in (1, 2)]


def on_service(folder: str, cell: Cell, workers: int = 1) -> Iterator[Any]:
    """Draw batches through a local tf.data service, whose workers share the batches of the stream."""
    import tensorflow as tf

    service = tf.data.experimental.service
    dispatcher = service.DispatchServer()
    address = dispatcher.target.removeprefix("grpc://")
    processes = [start_worker(address) for _ in range(workers)]
    data = build(folder, cell)
    data.check_for_service()
    stream = data.stream
    shared = stream.apply(service.distribute(service.ShardingPolicy.DYNAMIC, dispatcher.target))

    def drawn() -> Iterator[Any]:
        kept = (dispatcher, processes)  # keeps the service alive as long as this generator
        yield from shared
        del kept

    return drawn()
