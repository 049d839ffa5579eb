"""Artifacts compared with what predict answers for the same photos."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.images.load import reason
from pipeline.inference.feed import Feed
from pipeline.inference.inputs import Input
from pipeline.inference.network import Network
from pipeline.sources.labels import THRESHOLD, Mode, check_numbers

__all__ = ["TOLERANCE", "Compared", "compare", "differences"]

# Of probabilities, and of values as a share of them where they are greater than 1. The last bits of float32 depend on
# how many pictures go through a product of matrices at once.
TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Compared:
    """How far one artifact is from predict.

    Args:
        photos: how many it answered.
        largest_difference: of a probability or value.
        different_classes: photos to which it gives another class.
        refused: photos that it does not take and predict does: (path, reason).
    """

    photos: int
    largest_difference: float
    different_classes: int
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it answers as predict does."""
        return self.largest_difference <= TOLERANCE  # not so for NaN


def differences(found: NDArray[np.float32], wanted: NDArray[np.float32], mode: Mode) -> tuple[float, int]:
    """The largest difference and in how many rows the classes differ: of float32 `[n, classes]`."""
    if not len(wanted):
        return 0.0, 0
    scale = np.maximum(1, np.abs(wanted)) if mode == "regression" else 1
    largest = float(np.max(np.abs(found.astype(np.float64) - wanted) / scale))
    if mode == "regression":
        return largest, 0
    if mode == "multi_label":
        return largest, int(np.any((found > THRESHOLD) != (wanted > THRESHOLD), axis=1).sum())
    return largest, int((found.argmax(1) != wanted.argmax(1)).sum())


def _served(serve: Any, paths: Sequence[str], key: str) -> Iterator[tuple[NDArray[np.float32] | None, str]]:
    """The SavedModel's row for each photo, or why it has none; one it refuses costs its batch a second try."""
    encoded = [Path(path).read_bytes() for path in paths]
    try:
        yield from ((row, "") for row in serve(tf.constant(encoded))[key].numpy())
    except tf.errors.OpError:
        for data in encoded:
            try:
                yield serve(tf.constant([data]))[key].numpy()[0], ""
            except tf.errors.OpError as error:
                yield None, reason(error)


def compare(network: Network, paths: Sequence[str], saved: Path, keras_file: Path) -> dict[str, Compared]:
    """Read the artifacts back and ask them for the same photos as predict.

    Args:
        network: predict's.
        paths: of the photos; those that predict cannot read are left out.
        saved: the SavedModel's folder.
        keras_file: the `.keras` file.

    Returns:
        `"saved_model"` and `"keras"`.

    Raises:
        InputError: the network's own answers are no numbers.
    """
    mode = network.run.label_mode
    serve = tf.saved_model.load(str(saved)).signatures["serving_default"]
    alone = keras.saving.load_model(keras_file, compile=False, safe_mode=True)
    key = "values" if mode == "regression" else "probabilities"
    wanted: list[NDArray[np.float32]] = []
    by_keras: list[NDArray[np.float32]] = []
    by_served: list[NDArray[np.float32]] = []
    refused: list[tuple[str, str]] = []
    answered: list[NDArray[np.float32]] = []
    for batch in Feed([Input(path) for path in paths], network.run.image).batches():
        if batch.pixels is None:
            continue
        rows = network(batch.pixels)
        wanted.extend(rows)
        by_keras.extend(alone.predict_on_batch(batch.pixels.numpy()))
        read = [one.path for one in batch.inputs if one.error is None]
        for path, row, (found, why) in zip(read, rows, _served(serve, read, key), strict=True):
            if found is None:
                refused.append((path, why))
            else:
                answered.append(row)
                by_served.append(found)
    if wanted:
        check_numbers(np.array(wanted), "photos")
    return {
        "saved_model": _compared(by_served, answered, mode, refused),
        "keras": _compared(by_keras, wanted, mode, []),
    }


def _compared(
    found: list[NDArray[np.float32]], wanted: list[NDArray[np.float32]], mode: Mode, refused: list[tuple[str, str]]
) -> Compared:
    largest, classes = differences(np.array(found), np.array(wanted), mode)
    return Compared(len(wanted), largest, classes, tuple(refused))
