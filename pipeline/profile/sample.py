"""Choose the photos that are measured: some of each class, and the same in each run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.sources.examples import Examples

__all__ = ["MOST", "sample_examples", "sample_size"]

MOST = 1000
# The decoded images of all measured photos are held in memory; they may take so much.
MOST_BYTES = 512 * 1024 * 1024


def sample_size(count: int, batch_size: int, row_bytes: int, available: int) -> int:
    """Return how many photos are measured: at most `MOST`, and whole batches if there are enough photos for one.

    Args:
        count: the number of photos.
        batch_size: photos in a batch.
        row_bytes: size of one decoded image in bytes.
        available: free memory in bytes.
    """
    most = min(count, MOST, max(1, min(MOST_BYTES, available // 4) // row_bytes))
    # A step takes a whole batch, so at least one batch is measured even if it exceeds these bounds.
    most = min(count, max(most, batch_size))
    return most - most % batch_size if most >= batch_size else most


def sample_examples(examples: Examples, count: int, seed: int) -> Examples:
    """Draw examples so that each class keeps its share.

    Args:
        examples: all examples.
        count: how many are drawn.
        seed: decides which are drawn.

    Returns:
        `count` examples in their original order; all if there are no more.
    """
    if count >= len(examples):
        return examples
    random = np.random.default_rng(seed)
    # Each class is shuffled and its examples are numbered from 0 to 1. The lowest numbers of all classes are drawn.
    place = np.empty(len(examples))
    for label, size in enumerate(examples.counts()):
        place[examples.labels == label] = (random.permutation(size) + 0.5) / max(size, 1)
    chosen: NDArray[np.int64] = np.sort(np.argsort(place, kind="stable")[:count])
    return examples.subset(chosen)
