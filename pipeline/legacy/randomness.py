"""NumPy's legacy random state: the global one, and a private one that user code sees as the global one."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["global_state", "has_moved", "lent", "state_of"]

_one_at_a_time = threading.RLock()


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
        try:
            yield
        finally:
            state.set_state(own.get_state(legacy=False))
            own.set_state(before)


def state_of(seed: int | None) -> np.random.RandomState:
    """A state of `seed`'s own; without one, the global state."""
    return global_state() if seed is None else np.random.RandomState(seed)


def has_moved(state: np.random.RandomState, before: dict[str, Any]) -> bool:
    """Whether something was drawn from `state` since it was `before` (`get_state(legacy=False)`)."""
    now = state.get_state(legacy=False)
    first, second = before["state"], now["state"]
    same = first["pos"] == second["pos"] and now["has_gauss"] == before["has_gauss"]
    return not (same and np.array_equal(first["key"], second["key"]))
