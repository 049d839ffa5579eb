"""Which photos are measured: some of each class, the same in each run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.sources.examples import Examples

__all__ = ["MOST", "sample_examples", "sample_size"]

MOST = 1000
# What the measured photos may take as pictures: they are held in memory once.
MOST_BYTES = 512 * 1024 * 1024


def sample_size(count: int, batch_size: int, row_bytes: int, available: int) -> int:
    """How many photos are measured: at most `MOST`, whole batches where there is one.

    Args:
        count: photos there are.
        batch_size: photos a batch.
        row_bytes: bytes of one picture.
        available: bytes of free memory.
    """
    most = min(count, MOST, max(1, min(MOST_BYTES, available // 4) // row_bytes))
    # A batch is what a step takes, so one whole batch is measured even where it is more than that.
    most = min(count, max(most, batch_size))
    return most - most % batch_size if most >= batch_size else most


def sample_examples(examples: Examples, count: int, seed: int) -> Examples:
    """`count` examples, each class by its share, drawn with `seed`, in the order of `examples`."""
    if count >= len(examples):
        return examples
    random = np.random.default_rng(seed)
    # In each class a random order; the examples whose place in it is earliest, as a share of the class, are taken.
    place = np.empty(len(examples))
    for label, size in enumerate(examples.counts()):
        place[examples.labels == label] = (random.permutation(size) + 0.5) / max(size, 1)
    chosen: NDArray[np.int64] = np.sort(np.argsort(place, kind="stable")[:count])
    return examples.subset(chosen)
