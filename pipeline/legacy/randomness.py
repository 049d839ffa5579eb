"""Lend a private random state to user code, which then sees it as NumPy's global state."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["global_state", "has_moved", "is_lent", "lending_lock", "lent", "state_of"]

_lock = threading.RLock()
_in_this_thread = threading.local()


def _after_fork() -> None:
    """Replace the lock in a forked child: the thread that held it does not exist there and cannot release it."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


def global_state() -> np.random.RandomState:
    """Return the state that `np.random.random()` and its like draw from."""
    state: np.random.RandomState = np.random.mtrand._rand
    return state


@contextlib.contextmanager
def lending_lock() -> Iterator[None]:
    """Hold the lock that `lent` takes, so that no other thread lends a state.

    Code that lends a state while it holds an iterator's lock must take this lock first. Otherwise two threads could
    wait for each other.
    """
    with _lock:
        yield


def is_lent() -> bool:
    """Return whether this thread is inside `lent`, so that the global state is not the user's own."""
    return bool(getattr(_in_this_thread, "depth", 0))


@contextlib.contextmanager
def lent(state: np.random.RandomState) -> Iterator[None]:
    """Let `np.random` draw from `state`, and restore the caller's global state afterwards.

    Only one thread lends a state at a time; others wait. Lending the global state itself changes nothing.
    """
    shared = global_state()
    if state is shared:
        yield
        return
    with _lock:
        before = shared.get_state(legacy=False)
        shared.set_state(state.get_state(legacy=False))
        _in_this_thread.depth = getattr(_in_this_thread, "depth", 0) + 1
        try:
            yield
        finally:
            _in_this_thread.depth -= 1
            state.set_state(shared.get_state(legacy=False))
            shared.set_state(before)


def state_of(seed: int | None) -> np.random.RandomState:
    """Return a new state with `seed`, or the global state where `seed` is `None`.

    Inside `lent`, the global state is seeded and returned, as in Keras. So the next draws of user code follow from the
    seed; `lent` restores the caller's state at its end.
    """
    shared = global_state()
    if seed is None:
        return shared
    if is_lent():
        shared.seed(seed)
        return shared
    return np.random.RandomState(seed)


def has_moved(state: np.random.RandomState, before: dict[str, Any]) -> bool:
    """Return whether `state` differs from `before`, an earlier result of its `get_state(legacy=False)`."""
    now = state.get_state(legacy=False)
    first, second = before["state"], now["state"]
    same = first["pos"] == second["pos"] and now["has_gauss"] == before["has_gauss"]
    return not (same and np.array_equal(first["key"], second["key"]))
