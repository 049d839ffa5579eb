"""Number the batches that are read by index; a batch's number determines its seed, in whatever order they are read."""

from __future__ import annotations

import multiprocessing
import os
import threading
from typing import Any

__all__ = ["ByIndex"]

_forks = 0


def _before_fork() -> None:
    global _forks
    _forks += 1


os.register_at_fork(before=_before_fork)


def _in_worker_process() -> bool:
    return multiprocessing.parent_process() is not None


def _in_main_thread() -> bool:
    """Return whether the program itself reads, one batch after the other, and not a worker of `model.fit`."""
    return threading.current_thread() is threading.main_thread() and not _in_worker_process()


class ByIndex:
    """A counter that numbers batches by their index; where batches are read in order, the numbers are Keras'.

    A pass over the data begins with number `first`, the count of batches seen before it. Batch `i` of the pass has
    number `first + i`. When the main thread reads a batch for a second time, it begins another pass, as in Keras.
    Workers read in any order: once a worker has read a batch, the k-th read (counted from 0) of batch `i` has number
    `first + k * length + i`, and the epoch counts as read to its end.

    Attributes:
        first: the number of this pass's batch 0.
        highest: the highest number assigned in this pass; -1 for none.
        order_left: NumPy's random state after the draw of the epoch's order. Batch `first` draws from it. `None` where
            the order was not drawn in this pass.
    """

    def __init__(self) -> None:
        self._seen = -1  # the count of batches seen after the last read of this pass; -1: no pass has begun
        self._forks = _forks
        self._begin_pass(0)

    def _begin_pass(self, seen: int) -> None:
        self.first, self.highest = seen, -1
        self.order_left: Any = None
        self._read_by_workers = False
        self._read_counts: dict[int, int] = {}

    def number(self, place: int, length: int, seen: int) -> int:
        """Return the number of batch `place`.

        Args:
            place: index of the batch, `0 <= place < length`.
            length: number of batches in an epoch.
            seen: number of batches read before.
        """
        by_main_thread = _in_main_thread()
        # `fit` reads two batches in the main thread before its workers start, so the first read of a worker thread
        # begins a new pass. A worker process cannot begin one: the other processes would not learn of it.
        begins = place in self._read_counts if by_main_thread else not _in_worker_process()
        if seen != self._seen or (begins and not self._read_by_workers):
            self._begin_pass(seen)
        self._read_by_workers = self._read_by_workers or not by_main_thread
        count = self._read_counts.get(place, 0)
        self._read_counts[place] = count + 1
        self._seen = seen + 1
        return self.first + count * length + place

    def end(self, length: int, seen: int, processes: bool) -> int | None:
        """End the epoch.

        Args:
            length: number of batches in an epoch.
            seen: number of batches read so far in this process.
            processes: whether `model.fit` reads in other processes.

        Returns:
            The number of the epoch's last batch where workers read the epoch, even if they read another batch last;
            `None` where the main thread read it.
        """
        by_processes = self._seen == -1 and (processes or self._forks != _forks)
        by_threads = self._read_by_workers and seen == self._seen
        if by_processes:
            self._begin_pass(seen)
        rounds = max(self._read_counts.values(), default=1)
        self._seen, self._forks = -1, _forks
        return self.first + rounds * length - 1 if by_threads or by_processes else None
