"""An iterator's turn: it draws from a state of its own, which methods of a subclass see as NumPy's global one."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np

from pipeline.legacy.randomness import alone, global_state, lent

__all__ = ["HOOKS", "InTurn", "in_turn", "overrides"]

# Methods of Keras' iterators that subclasses override, and that may draw.
HOOKS = (
    "__getitem__",
    "__iter__",
    "__next__",
    "_flow_index",
    "_get_batches_of_transformed_samples",
    "_set_index_array",
    "next",
    "on_epoch_begin",
    "on_epoch_end",
    "reset",
    "set_index_array",
)


def overrides(cls: type, base: type, names: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Find which of `base`'s methods `cls` overrides by itself or through a class that does not derive from `base`."""
    found = {}
    for name in names:
        home = next((one for one in cls.__mro__ if name in vars(one)), base)
        if home is cls or not (issubclass(home, base) or home in base.__mro__):
            found[name] = vars(home)[name]
    return {name: method for name, method in found.items() if inspect.isfunction(method)}


def in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method so that it runs in its iterator's turn; a generator, step by step."""
    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def steps(self: Any, *arguments: Any, **keywords: Any) -> Any:
            made = method(self, *arguments, **keywords)
            while True:
                with self._turn(user_code=True):
                    try:
                        step = next(made)
                    except StopIteration:
                        return
                yield step

        return steps

    @functools.wraps(method)
    def called(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if "_private" not in vars(self):  # the subclass calls it before `Iterator.__init__`
            return method(self, *arguments, **keywords)
        with self._turn(user_code=True):
            return method(self, *arguments, **keywords)

    return called


class InTurn:
    """Base of `Iterator`: its random state, and the lock under which it is drawn from.

    With Keras, code of the user's draws from NumPy's global state, which the iterator has seeded. Here it draws from
    `_private`, lent as the global state for the time of the call: the draws are the same, and the caller finds the
    global state as it was. Without a seed both are the global state.
    """

    seed: int | None
    lock: Any
    _private: np.random.RandomState

    def _take_place(self) -> None:
        """Set what a turn needs; also in a copy, which takes no lock along."""
        self.lock = threading.RLock()
        self._owner: int | None = None
        self._lending = False
        self._keeps = True
        self._asked = False

    @property
    def _random(self) -> np.random.RandomState:
        """Return the state that this iterator draws from."""
        return global_state() if self.seed is None or self._lending else self._private

    @contextlib.contextmanager
    def _turn(self, user_code: bool) -> Generator[None, None, None]:
        """Inside, one thread alone draws for this iterator; with `user_code`, `np.random` is this iterator's too."""
        lends = user_code and self.seed is not None
        if self._owner == threading.get_ident():
            with self._lend() if lends and not self._lending else contextlib.nullcontext():
                yield
            return
        with alone() if lends else contextlib.nullcontext(), self.lock:
            self._owner, self._keeps, self._asked = threading.get_ident(), True, False
            before = self._private.get_state(legacy=False)
            try:
                with self._lend() if lends else contextlib.nullcontext():
                    yield
            finally:
                self._owner = None
                if not self._keeps:
                    self._private.set_state(before)

    @contextlib.contextmanager
    def _lend(self) -> Generator[None, None, None]:
        with lent(self._private):
            self._lending = True
            try:
                yield
            finally:
                self._lending = False
