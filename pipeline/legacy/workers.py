"""Run calls on worker threads that all iterators of a process share; in a forked child, run them at once."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from pipeline.runtime.machine import cores

__all__ = ["is_forked", "native", "submit"]

T = TypeVar("T")

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_forked = False
# Seconds that an ending interpreter waits for running calls; a batch takes less.
LONGEST_CALL = 10
_ended = threading.Condition()
_ending = False
_calls = 0


def _after_fork() -> None:
    """Reset this module in a forked child: it lacks the pool's threads and TensorFlow's, and would wait forever."""
    global _pool, _forked, _lock, _ended, _calls
    _pool, _forked, _lock = None, True, threading.Lock()
    _ended, _calls = threading.Condition(), 0


os.register_at_fork(after_in_child=_after_fork)


def is_forked() -> bool:
    """Return whether this process is a forked child, in which TensorFlow must not be called.

    `model.fit` forks its workers if an iterator's `use_multiprocessing` is set.
    """
    return _forked


def submit(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Run `function(*arguments)` on a worker thread; calls start in the order of submission.

    In a forked child, and while the interpreter is ending, the call runs at once in this thread.
    """
    global _pool
    if _forked:
        return _call_now(function, *arguments)
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(cores(), thread_name_prefix="pipeline-legacy")
        pool = _pool
    try:
        return pool.submit(function, *arguments)
    except RuntimeError:  # the interpreter is ending, and the pool is shut down
        if threading.current_thread().daemon:
            _park()
        return _call_now(function, *arguments)


def _call_now(function: Callable[..., T], *arguments: Any) -> Future[T]:
    done: Future[T] = Future()
    try:
        done.set_result(function(*arguments))
    except Exception as error:  # noqa: BLE001  # `Future.result` raises it
        done.set_exception(error)
    return done


def _park() -> None:
    """Block a daemon thread until the process ends.

    While it shuts down, Python ends a daemon thread as soon as the thread needs the interpreter. If the thread then
    returns from TensorFlow's C++ code, the process aborts.
    """
    threading.Event().wait()


@contextlib.contextmanager
def native() -> Iterator[None]:
    """Mark a call of TensorFlow in the caller's thread: an ending interpreter waits for it, and starts no new one."""
    global _calls
    with _ended:
        if _ending and threading.current_thread().daemon:
            must_park = True
        else:
            must_park, _calls = False, _calls + 1
    if must_park:
        _park()
    try:
        yield
    finally:
        with _ended:
            _calls -= 1
            _ended.notify_all()


def _wait_for_calls() -> None:
    global _ending
    with _ended:
        _ending = True
        _ended.wait_for(lambda: _calls == 0, timeout=LONGEST_CALL)


atexit.register(_wait_for_calls)
