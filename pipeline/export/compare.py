"""Compare the exported artifacts with predict on the same photos."""

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

# Largest accepted difference of a probability, or of a value (relative to it if it is greater than 1). The last bits of
# a float32 depend on the number of images in a batch, so the answers cannot be compared exactly.
TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Compared:
    """The difference of one artifact from predict.

    Args:
        photos: the number of photos that it answered.
        largest_difference: the largest difference of a probability or value.
        different_classes: the number of photos to which it gives another class.
        refused: (path, reason) of the photos that predict can read and the artifact cannot.
    """

    photos: int
    largest_difference: float
    different_classes: int
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def sound(self) -> bool:
        """True if no difference exceeds the tolerance."""
        return self.largest_difference <= TOLERANCE  # also false for NaN


def differences(found: NDArray[np.float32], wanted: NDArray[np.float32], mode: Mode) -> tuple[float, int]:
    """Return the largest difference, and the number of rows whose class differs.

    Args:
        found: float32 `[n, classes]`.
        wanted: float32 `[n, classes]`.
        mode: the label mode. Differences of values are relative for `"regression"`, which has no classes.
    """
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
    """Yield the SavedModel's row for each photo, or `None` and the reason that it refused the photo.

    A photo that is refused fails its whole batch. The photos of that batch are then asked for one by one.
    """
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
    """Load the artifacts and compare their answers with those of predict.

    Args:
        network: the network that predict uses.
        paths: the photos. Those that predict cannot read are left out.
        saved: the folder of the SavedModel.
        keras_file: the `.keras` file.

    Returns:
        The comparisons of `"saved_model"` and `"keras"`.

    Raises:
        InputError: the network's own answers are not finite.
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
