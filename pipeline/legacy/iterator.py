"""`Iterator`: which examples a batch is made of, in the order and with the reseeding of Keras' own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator
from typing import Any, SupportsIndex

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.by_index import ByIndex
from pipeline.legacy.randomness import global_state
from pipeline.legacy.turns import HOOKS, InTurn, in_turn, overrides

__all__ = ["EXTENSIONS", "Index", "Iterator"]

EXTENSIONS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
Index = NDArray[np.intp]


class Iterator(InTurn, keras.utils.PyDataset):
    """Base of the iterators: an endless stream by `next()`, and the batches of an epoch by index.

    `model.fit`, `evaluate` and `predict` take it on every Keras backend. Threads may share it: each batch's order
    and draws are settled under one lock. With a seed, a batch that is read by index depends on its index and on the
    epoch, not on who asks for it when; read in order, it is Keras' own.

    A subclass of one's own defines `_get_batches_of_transformed_samples(index_array)`, and may override any other
    method; what it draws from `np.random` follows from `seed`, as in Keras, but NumPy's global state is given back
    afterwards.

    Args:
        n: examples in all.
        batch_size: examples in a batch; the last of an epoch may have fewer.
        shuffle: another order each epoch.
        seed: of order and draws: batch number b (counted over all epochs) is made from `seed + b`; see `ByIndex` for
            the numbers of batches that are read by index. `None` takes both from NumPy's global state.
        **kwargs: `workers`, `use_multiprocessing` and `max_queue_size` of `keras.utils.PyDataset`.
    """

    white_list_formats = EXTENSIONS

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check_numbers(batch_size, seed)
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: Index | None = None
        self._private = np.random.RandomState(seed)
        self._by_index = ByIndex()
        self._take_place()
        self._steps = self._flow_index()
        self.index_generator = self._public_steps()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the methods that a subclass overrides draw from its own state."""
        super().__init_subclass__(**kwargs)
        for name, method in overrides(cls, Iterator, HOOKS).items():
            setattr(cls, name, in_turn(method))

    def __getstate__(self) -> dict[str, Any]:
        """Return all but what cannot be copied to another process: lock, generators, what is being read."""
        left_out = ("lock", "index_generator", "_steps", "_ahead")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._take_place()
        own = type(self)._flow_index is Iterator._flow_index
        self._steps = self._indices() if own else self._flow_index()
        self.index_generator = self._public_steps()

    @property
    def _runs_user_code(self) -> bool:
        """Whether code of the user's may draw while a batch is settled."""
        return True

    def _reseed(self, number: int) -> None:
        if self.seed is not None:
            self._random.seed(self.seed + number)

    def _set_index_array(self) -> None:
        self.index_array = self._random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def set_index_array(self) -> None:
        """Settle the order of an epoch: drawn anew with `shuffle`, ascending without."""
        with self._turn(self._runs_user_code):
            self._set_index_array()

    def on_epoch_end(self) -> None:
        """Settle the order of the next epoch; Keras calls it between two."""
        with self._turn(self._runs_user_code):
            self._end_epoch()
            self._set_index_array()

    def _end_epoch(self) -> None:
        """Let the next epoch follow the last batch of this one, even where a worker asked for another one last."""
        length, highest = len(self), self._by_index.highest
        last = self._by_index.end(length, self.total_batches_seen, self._use_multiprocessing)
        if last is None:
            return
        self.total_batches_seen = last + 1
        if last != highest and length:
            self._seed_indexed(last)
            self._pass_over(self._batch(length - 1))

    def _pass_over(self, index_array: Index) -> None:
        """Draw what a batch of these examples draws, where no code of the user's draws; make nothing."""

    def reset(self) -> None:
        """Let `next()` begin an epoch."""
        self.batch_index = 0

    def __len__(self) -> int:
        """Batches in an epoch, a partial last one included."""
        return -(-self.n // self.batch_size)

    def _flow_index(self) -> Generator[Index, None, None]:
        """The examples of each next batch, without end, from the beginning of an epoch."""
        self.reset()
        yield from self._indices()

    def _indices(self) -> Generator[Index, None, None]:
        while True:
            self._reseed(self.total_batches_seen)
            if self.batch_index == 0:
                self._set_index_array()
            part, self.batch_index = self._step(self.batch_index)
            self.total_batches_seen += 1
            yield self._order()[part]

    def _step(self, batch_index: int) -> tuple[slice, int]:
        """(where in an epoch's order a batch stands, the number of the batch behind it)."""
        first = (batch_index * self.batch_size) % self.n if self.n else 0
        return slice(first, first + self.batch_size), batch_index + 1 if self.n > first + self.batch_size else 0

    def _order(self) -> Index:
        """The order of the present epoch, settled where there is none yet."""
        if self.index_array is None:
            self._set_index_array()
        order: Index = np.asarray(self.index_array)
        return order

    def _public_steps(self) -> Generator[Index, None, None]:
        """`_steps` for a subclass with a `next` of its own: as in Keras, what it draws then follows from the seed.

        So here, and only here, NumPy's global state is set.
        """
        while True:
            with self._turn(self._runs_user_code):
                index_array = next(self._steps, None)
            if index_array is None:
                return
            if self.seed is not None and not self._lending:
                global_state().set_state(self._private.get_state(legacy=False))
            yield index_array

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        with self._turn(self._runs_user_code):
            index_array = next(self._steps)
            finish = self._begin(index_array)
            self._expect_next()
        return finish()

    def next(self) -> Any:
        """The next batch, as older scripts ask for it."""
        return next(self)

    def __getitem__(self, idx: SupportsIndex) -> Any:
        """Batch `idx` of the present epoch; a negative one counts from the end.

        Raises:
            ValueError: there are not so many. (Not `IndexError`: Keras' own type.)
        """
        place = operator.index(idx)
        if not -len(self) <= place < len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        place %= len(self)
        with self._turn(self._runs_user_code):
            if not self._asked:  # a method of the user's may ask for a second batch: its draws go on from the first's
                self._number_indexed(place)
            finish = self._begin(self._batch(place))
            self._expect_after(place)
        return finish()

    def _number_indexed(self, place: int) -> None:
        """Give batch `place` its number, and seed its draws."""
        by_index = self._by_index
        number = by_index.number(place, len(self), self.total_batches_seen)
        self._asked, self._keeps = True, number >= by_index.highest
        by_index.highest = max(number, by_index.highest)
        self.total_batches_seen += 1
        self._seed_indexed(number)

    def _seed_indexed(self, number: int) -> None:
        """Seed the draws of batch `number`; the first one of all draws the epoch's order before its own."""
        by_index = self._by_index
        if self.index_array is None:
            self._reseed(by_index.first)
            self._set_index_array()
            by_index.order_left = self._random.get_state(legacy=False)
        if self.seed is None:
            return
        if number == by_index.first and by_index.order_left is not None:
            self._random.set_state(by_index.order_left)
        else:
            self._reseed(number)

    def _batch(self, place: int) -> Index:
        """The examples of a batch of the present epoch."""
        return self._order()[self.batch_size * place : self.batch_size * (place + 1)]

    def _begin(self, index_array: Index) -> Callable[[], Any]:
        """Settle, in this iterator's turn, all that is random in a batch; what is left to do needs no turn."""
        batch = self._get_batches_of_transformed_samples(index_array)
        return lambda: batch

    def _get_batches_of_transformed_samples(self, index_array: Index) -> Any:
        """The batch that is made of the examples `index_array`."""
        raise NotImplementedError

    def _expect_next(self) -> None:
        """Called, under the lock, when the examples of a batch of `next()` are settled."""

    def _expect_after(self, idx: int) -> None:
        """Called, under the lock, when those of batch `idx` are."""

    def _upcoming(self, batches: int) -> list[Index]:
        """The examples of the batches that `next()` would give next, if nothing is changed until then."""
        found: list[Index] = []
        if type(self)._set_index_array is not Iterator._set_index_array:
            return found
        order: Any = self.index_array
        batch_index, seen = self.batch_index, self.total_batches_seen
        while len(found) < batches and self.n:
            if batch_index == 0 and self.shuffle:
                if found and self.seed is None:
                    break  # the draws of the batches between are not known yet
                order = self._foreseen(seen)
            elif batch_index == 0:
                order = np.arange(self.n)
            part, batch_index = self._step(batch_index)
            seen += 1
            found.append(order[part])
        return found

    def _foreseen(self, seen: int) -> Index:
        """The order that an epoch would get whose first batch is number `seen`."""
        random = np.random.RandomState(None if self.seed is None else self.seed + seen)
        if self.seed is None:
            random.set_state(global_state().get_state(legacy=False))
        return random.permutation(self.n)


def _check_numbers(batch_size: Any, seed: Any) -> None:
    try:
        size = operator.index(batch_size)
    except TypeError:
        raise TypeError(f"`batch_size` should be an integer. Received: {batch_size!r}") from None
    if size < 1:
        raise ValueError(f"`batch_size` should be at least 1. Received: {batch_size}")
    try:
        operator.index(0 if seed is None else seed)
    except TypeError:
        raise TypeError(f"`seed` should be an integer or None. Received: {seed!r}") from None
