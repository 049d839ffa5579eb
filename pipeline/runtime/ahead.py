"""Run an iterator ahead in a thread, so that its consumer can be interrupted while it waits for an item."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")
AHEAD = 2
# Seconds between two checks for the end while a thread waits.
LOOK = 0.1
# Seconds to wait for the thread at the end. It may be in a read that never returns.
PATIENCE = 3.0
_END = object()


def _run(make: Callable[[], Iterator[T]], into: queue.Queue[object], stopped: threading.Event) -> None:
    def put(item: object) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                into.put(item, timeout=LOOK)
                return

    try:
        for item in make():
            put(item)
            if stopped.is_set():
                return
    except BaseException as error:  # noqa: BLE001  # the consumer's thread raises it
        put(error)
    put(_END)


@contextlib.contextmanager
def ahead(
    make: Callable[[], Iterator[T]], stop: Callable[[], None], check: Callable[[], None]
) -> Iterator[Iterator[T]]:
    """Yield an iterator over the items of another one that runs up to two items ahead in a thread of its own.

    Args:
        make: makes the other iterator; called in that thread.
        stop: called when the context ends; it must end a wait inside the other iterator.
        check: called about ten times a second while no item is ready; it may raise an exception.

    Raises:
        Exception: any exception of the other iterator or of `check`, in the consumer's thread.
    """
    items: queue.Queue[object] = queue.Queue(AHEAD)
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(make, items, stopped), name="ahead", daemon=True)

    def come() -> Iterator[T]:
        while True:
            try:
                item = items.get(timeout=LOOK)
            except queue.Empty:
                check()
                continue
            if item is _END:
                return
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]  # neither of the two

    thread.start()
    try:
        yield come()
    finally:
        stopped.set()
        stop()
        thread.join(PATIENCE)
