"""The numbers of batches that are read by index: what each is seeded with, whoever asks for it first."""

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


def _in_program_order() -> bool:
    """Return whether the program itself asks, one batch after the other, and no worker of `model.fit`."""
    return threading.current_thread() is threading.main_thread() and not _in_worker_process()


class ByIndex:
    """Number batches so that one's number follows from its index, and is Keras' where they are read in order.

    A pass begins with number `first`, which is how many batches were seen before it; batch `i` of it has number
    `first + i`. In the program's own order a batch that is asked for again begins another pass, as for Keras. Workers
    ask in any order: from then on the k-th time (counted from 0) that batch `i` is asked for has number
    `first + k * length + i`, and the epoch counts as read to its end.

    Attributes:
        first: the number of this pass's batch 0.
        highest: the highest number given in it; -1 for none.
        order_left: NumPy's state behind the draw of the epoch's order, from which batch `first` goes on; `None` where
            the order was not drawn in this pass.
    """

    def __init__(self) -> None:
        self._seen = -1  # how many batches were seen after the last one of this pass; -1: there is no pass
        self._forks = _forks
        self._begin(0)

    def _begin(self, seen: int) -> None:
        self.first, self.highest = seen, -1
        self.order_left: Any = None
        self._shared = False
        self._times: dict[int, int] = {}

    def number(self, place: int, length: int, seen: int) -> int:
        """Return the number of batch `place` of `length`, when `seen` batches were asked for before."""
        by_program = _in_program_order()
        # A thread begins a pass where the program has read some of one: `fit` looks at two batches before its workers
        # start. A process cannot: the others would not know of it.
        begins = place in self._times if by_program else not _in_worker_process()
        if seen != self._seen or (begins and not self._shared):
            self._begin(seen)
        self._shared = self._shared or not by_program
        times = self._times.get(place, 0)
        self._times[place] = times + 1
        self._seen = seen + 1
        return self.first + times * length + place

    def end(self, length: int, seen: int, processes: bool) -> int | None:
        """End the epoch.

        Args:
            length: batches in it.
            seen: batches asked for so far in this process.
            processes: whether `model.fit` reads in other processes.

        Returns:
            The number of the epoch's last batch where workers read it, whichever they asked for last; `None` where the
            program did.
        """
        elsewhere = self._seen == -1 and (processes or self._forks != _forks)
        by_workers = self._shared and seen == self._seen
        if elsewhere:
            self._begin(seen)
        rounds = max(self._times.values(), default=1)
        self._seen, self._forks = -1, _forks
        return self.first + rounds * length - 1 if by_workers or elsewhere else None
