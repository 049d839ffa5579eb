"""The threads that prepare batches, shared by all iterators of a process; none in a forked child."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["cores", "is_forked", "submit"]

T = TypeVar("T")

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_forked = False


def _after_fork() -> None:
    """A fork copies neither the pool's threads nor TensorFlow's: whoever used them would wait for ever."""
    global _pool, _forked, _lock
    _pool, _forked, _lock = None, True, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def is_forked() -> bool:
    """Whether this process is a forked child, in which TensorFlow must not be called.

    `model.fit` forks its workers where an iterator's `use_multiprocessing` is set.
    """
    return _forked


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def submit(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Run `function(*arguments)` on a thread, in the order of submission; in a forked child, at once."""
    global _pool
    if _forked:
        done: Future[T] = Future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001  # handed to whoever asks for the result
            done.set_exception(error)
        return done
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(cores(), thread_name_prefix="pipeline-legacy")
        return _pool.submit(function, *arguments)
