"""The threads that prepare batches, shared by all iterators of a process; none in a forked child."""

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
# Seconds that an ending interpreter waits for a call under way: a batch takes less.
LONGEST_CALL = 10
_ended = threading.Condition()
_ending = False
_calls = 0


def _after_fork() -> None:
    """A fork copies neither the pool's threads nor TensorFlow's: whoever used them would wait for ever."""
    global _pool, _forked, _lock, _ended, _calls
    _pool, _forked, _lock = None, True, threading.Lock()
    _ended, _calls = threading.Condition(), 0


os.register_at_fork(after_in_child=_after_fork)


def is_forked() -> bool:
    """Whether this process is a forked child, in which TensorFlow must not be called.

    `model.fit` forks its workers where an iterator's `use_multiprocessing` is set.
    """
    return _forked


def submit(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Run `function(*arguments)` on a thread, in the order of submission; in a forked child, at once."""
    global _pool
    if _forked:
        return _at_once(function, *arguments)
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(cores(), thread_name_prefix="pipeline-legacy")
        pool = _pool
    try:
        return pool.submit(function, *arguments)
    except RuntimeError:  # the interpreter is ending, and the pool has ended
        if threading.current_thread().daemon:
            _park()
        return _at_once(function, *arguments)


def _at_once(function: Callable[..., T], *arguments: Any) -> Future[T]:
    done: Future[T] = Future()
    try:
        done.set_result(function(*arguments))
    except Exception as error:  # noqa: BLE001  # handed to whoever asks for the result
        done.set_exception(error)
    return done


def _park() -> None:
    """Hold a daemon thread until the process is gone.

    Python ends such threads when they next want the interpreter, and one that comes out of TensorFlow's C++ then
    aborts the process.
    """
    threading.Event().wait()


@contextlib.contextmanager
def native() -> Iterator[None]:
    """Around calls of TensorFlow in a caller's thread: an ending interpreter waits for them, and no new one begins."""
    global _calls
    with _ended:
        if _ending and threading.current_thread().daemon:
            parked = True
        else:
            parked, _calls = False, _calls + 1
    if parked:
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
