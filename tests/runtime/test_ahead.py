"""An iterator in a thread gives the same items and errors, and its end does not wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pipeline.runtime.ahead import ahead


def nothing() -> None:
    """Do nothing, as `stop` and as `check`."""


def test_items_come_in_order() -> None:
    with ahead(lambda: iter(range(50)), nothing, nothing) as items:
        assert list(items) == list(range(50))


def test_an_error_comes_where_it_was_raised() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    with ahead(make, nothing, nothing) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="two"):
            next(items)


def test_it_ends_before_the_iterator_does() -> None:
    stopped, left = threading.Event(), threading.Event()

    def make() -> Iterator[int]:
        yield 1
        stopped.wait()
        left.set()

    with ahead(make, stopped.set, nothing) as items:
        assert next(items) == 1
    assert left.is_set()


def test_who_waits_is_asked_whether_to_go_on() -> None:
    stopped = threading.Event()

    def make() -> Iterator[int]:
        stopped.wait()
        yield 1

    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ahead(make, stopped.set, check) as items:
        next(items)
    assert stopped.is_set()
