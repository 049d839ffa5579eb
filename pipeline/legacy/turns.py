"""`InTurn`: let one thread at a time draw from an iterator's random state.

User code sees this state as NumPy's global one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np

from pipeline.legacy.randomness import global_state, lending_lock, lent

__all__ = ["HOOKS", "InTurn", "in_turn", "overrides"]

# The methods of Keras' iterators that subclasses may override with code that draws random numbers.
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
    """Find the methods of `base` that `cls` overrides, in its own body or through a mixin.

    Args:
        cls: a subclass of `base`.
        base: the class with the original methods.
        names: names of methods to look for.

    Returns:
        the overriding functions by name; methods that a class between `cls` and `base` overrides are not included.
    """
    found = {}
    for name in names:
        owner = next((parent for parent in cls.__mro__ if name in vars(parent)), base)
        if owner is cls or not (issubclass(owner, base) or owner in base.__mro__):
            found[name] = vars(owner)[name]
    return {name: method for name, method in found.items() if inspect.isfunction(method)}


def in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method so that it runs in its iterator's turn; a generator takes a turn for each step."""
    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def steps(self: Any, *arguments: Any, **keywords: Any) -> Any:
            generator = method(self, *arguments, **keywords)
            while True:
                with self._turn(user_code=True):
                    try:
                        step = next(generator)
                    except StopIteration:
                        return
                yield step

        return steps

    @functools.wraps(method)
    def wrapper(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if "_private" not in vars(self):  # the subclass calls the method before `Iterator.__init__`
            return method(self, *arguments, **keywords)
        with self._turn(user_code=True):
            return method(self, *arguments, **keywords)

    return wrapper


class InTurn:
    """A base class of `Iterator` that holds its random state and the lock that protects it.

    In Keras, the iterator seeds NumPy's global state, and user code draws from it. Here the iterator seeds `_private`,
    and lends it as the global state while user code runs. The draws are the same, and the caller's global state does
    not change. Without a seed, the iterator draws from the global state itself.
    """

    seed: int | None
    lock: Any
    _private: np.random.RandomState

    def _reset_turn(self) -> None:
        """Set the lock and the attributes of a turn, for a new iterator or for a copy, which has no lock yet."""
        self.lock = threading.RLock()
        self._owner: int | None = None  # the thread whose turn it is
        self._lending = False  # whether `_private` is lent as the global state now
        self._keeps_state = True  # whether the state stays as the turn leaves it; otherwise it is restored
        self._is_numbered = False  # whether a batch was numbered in this turn

    @property
    def _random(self) -> np.random.RandomState:
        """Return the state that this iterator draws from."""
        return global_state() if self.seed is None or self._lending else self._private

    @contextlib.contextmanager
    def _turn(self, user_code: bool) -> Generator[None, None, None]:
        """Let only this thread draw for this iterator; with `user_code`, `np.random` draws from its state too."""
        lends = user_code and self.seed is not None
        if self._owner == threading.get_ident():
            with self._lend() if lends and not self._lending else contextlib.nullcontext():
                yield
            return
        with lending_lock() if lends else contextlib.nullcontext(), self.lock:
            self._owner, self._keeps_state, self._is_numbered = threading.get_ident(), True, False
            before = self._private.get_state(legacy=False)
            try:
                with self._lend() if lends else contextlib.nullcontext():
                    yield
            finally:
                self._owner = None
                if not self._keeps_state:
                    self._private.set_state(before)

    @contextlib.contextmanager
    def _lend(self) -> Generator[None, None, None]:
        """Let `np.random` draw from this iterator's state."""
        with lent(self._private):
            self._lending = True
            try:
                yield
            finally:
                self._lending = False
