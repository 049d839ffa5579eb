"""An iterator that runs ahead in a thread, so that who uses it can still be interrupted while it waits."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")
AHEAD = 2
# Seconds from one look at whether to stop to the next, where there is nothing else to do.
LOOK = 0.1
# Seconds that an end waits for the thread: it may be in a read that does not return.
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
    except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits for it
        put(error)
    put(_END)


@contextlib.contextmanager
def ahead(
    make: Callable[[], Iterator[T]], stop: Callable[[], None], check: Callable[[], None]
) -> Iterator[Iterator[T]]:
    """What an iterator gives, made up to two items ahead in a thread of its own.

    Args:
        make: the iterator, called and used in that thread.
        stop: lets it end where it waits for something; called when this ends.
        check: called about ten times a second while nothing comes; it may raise.
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
