"""NumPy's legacy random state: the global one, and a private one that user code sees as the global one."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["alone", "global_state", "has_moved", "is_lent", "lent", "state_of"]

_one_at_a_time = threading.RLock()
_in_this_thread = threading.local()


def _after_fork() -> None:
    """The thread that held the lock when this process was forked is not here to release it."""
    global _one_at_a_time
    _one_at_a_time = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


def global_state() -> np.random.RandomState:
    """The state behind `np.random.random()` and its like."""
    state: np.random.RandomState = np.random.mtrand._rand
    return state


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Inside, no other thread lends a state; `lent` takes the same right.

    Whoever lends while holding an iterator's lock must take this right before the lock, or two threads could wait
    for each other.
    """
    with _one_at_a_time:
        yield


def is_lent() -> bool:
    """Return whether this thread is inside `lent`, so that the global state is not the user's own."""
    return bool(getattr(_in_this_thread, "depth", 0))


@contextlib.contextmanager
def lent(state: np.random.RandomState) -> Iterator[None]:
    """Inside, `np.random` draws from `state` and moves it on; afterwards the caller's own state is back.

    One at a time: a second thread waits. Lending the global state itself changes nothing.
    """
    own = global_state()
    if state is own:
        yield
        return
    with _one_at_a_time:
        before = own.get_state(legacy=False)
        own.set_state(state.get_state(legacy=False))
        _in_this_thread.depth = getattr(_in_this_thread, "depth", 0) + 1
        try:
            yield
        finally:
            _in_this_thread.depth -= 1
            state.set_state(own.get_state(legacy=False))
            own.set_state(before)


def state_of(seed: int | None) -> np.random.RandomState:
    """Return a state of `seed`'s own; without a seed, the global state.

    Where the global state is lent, it is set to `seed`, as Keras sets it: what user code draws next follows from the
    seed, and the caller's own state comes back afterwards.
    """
    own = global_state()
    if seed is None:
        return own
    if is_lent():
        own.seed(seed)
        return own
    return np.random.RandomState(seed)


def has_moved(state: np.random.RandomState, before: dict[str, Any]) -> bool:
    """Whether something was drawn from `state` since it was `before` (`get_state(legacy=False)`)."""
    now = state.get_state(legacy=False)
    first, second = before["state"], now["state"]
    same = first["pos"] == second["pos"] and now["has_gauss"] == before["has_gauss"]
    return not (same and np.array_equal(first["key"], second["key"]))
