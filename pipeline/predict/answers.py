"""A batch of inputs to their answers, in order."""

from __future__ import annotations

import numpy as np

from pipeline.inference.feed import Batch
from pipeline.inference.network import Network
from pipeline.predict.rows import Answer

__all__ = ["answer_batch"]

NO_NUMBER = "the model's answer to it is no number (NaN or infinite)"


def answer_batch(network: Network, batch: Batch) -> list[Answer]:
    """One answer an input; an input without a picture has its error."""
    values = iter(()) if batch.pixels is None else iter(network(batch.pixels))
    answers = []
    for path, error in batch.inputs:
        numbers = None if error is not None else next(values)
        if numbers is not None and not np.isfinite(numbers).all():
            numbers, error = None, NO_NUMBER
        answers.append(Answer(path, numbers, error))
    return answers
