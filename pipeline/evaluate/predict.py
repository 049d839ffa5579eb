"""A model's outputs for every example, in order, and the worst mistakes on the way."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.evaluate.mistakes import Mistake, Worst
from pipeline.evaluate.subject import Subject
from pipeline.files.shortage import shortage
from pipeline.images.load import reason
from pipeline.runs.trained_model import check_fits
from pipeline.runs.trained_run import TrainedRun
from pipeline.runtime.progress import progress
from pipeline.sources.labels import class_probabilities

__all__ = ["Predictions", "predict"]


@dataclasses.dataclass(frozen=True)
class Predictions:
    """The outputs of a model for all examples.

    Args:
        outputs: float32 `[N, C]`, from `class_probabilities`.
        labels: as `pipeline.evaluate.metrics.measure` takes them.
        mistakes: the worst first.
    """

    outputs: NDArray[np.float32]
    labels: NDArray[Any]
    mistakes: list[Mistake]


def predict(model: keras.Model, subject: Subject, run: TrainedRun) -> Predictions:
    """Let the model predict.

    Raises:
        InputError: the model is not one for such pictures and classes, or a photo could not be read any more.
    """
    mode = run.label_mode
    check_fits(model, run)
    labels = []
    outputs, done = np.empty((0, 0), np.float32), 0
    worst = Worst(mode)
    try:
        with progress("Predicting", len(subject.names)) as advance:
            for images, given in subject.batches.as_numpy_iterator():
                found = class_probabilities(model.predict_on_batch(images), mode)
                worst.add(images, found, given)
                if not done:  # filled in place: of many classes it is large
                    outputs = np.empty((len(subject.names), found.shape[1]), np.float32)
                outputs[done : done + len(found)] = found
                done += len(found)
                labels.append(given)
                advance(len(found))
    except (tf.errors.OpError, UnicodeDecodeError) as error:
        if shortage(error) is not None:
            raise
        raise InputError(f"a photo could be read and cannot be now: {reason(error)}; start again") from error
    return Predictions(outputs[:done], np.concatenate(labels), worst.found)
