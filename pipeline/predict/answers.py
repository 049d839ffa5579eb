"""Run the network on a batch of inputs."""

from __future__ import annotations

import numpy as np

from pipeline.inference.feed import Batch
from pipeline.inference.network import Network
from pipeline.predict.rows import Answer

__all__ = ["answer_batch"]

NO_NUMBER = "the model's answer to it is no number (NaN or infinite)"


def answer_batch(network: Network, batch: Batch) -> list[Answer]:
    """Return one answer for each input of the batch, in order.

    The answer has an error if the image could not be read, or if the network's output is not finite.
    """
    values = iter(()) if batch.pixels is None else iter(network(batch.pixels))
    answers = []
    for path, error in batch.inputs:
        numbers = None if error is not None else next(values)
        if numbers is not None and not np.isfinite(numbers).all():
            numbers, error = None, NO_NUMBER
        answers.append(Answer(path, numbers, error))
    return answers
