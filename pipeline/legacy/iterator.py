"""`Iterator`: select the examples of each batch, with the order and the seeds of Keras' iterator."""

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
    """The base class of the iterators: an endless stream by `next()`, and the batches of an epoch by index.

    `model.fit`, `evaluate` and `predict` take it on every Keras backend. Threads may share an iterator: the examples
    and random draws of each batch are determined under one lock. With a seed, a batch read by index depends only on
    its index and the epoch, not on which thread reads it or when. Read in ascending order, batches equal Keras'.

    A subclass defines `_get_batches_of_transformed_samples(index_array)`, and may override any other method. Its draws
    from `np.random` follow from `seed`, as in Keras; NumPy's global state is restored afterwards.

    Args:
        n: total number of examples.
        batch_size: number of examples in a batch; the last batch of an epoch may have fewer.
        shuffle: whether to draw a new order for each epoch.
        seed: seed of the order and of the random draws: batch number b (counted over all epochs) draws from
            `seed + b`. `ByIndex` defines the numbers of batches that are read by index. `None` draws from NumPy's
            global state.
        **kwargs: `workers`, `use_multiprocessing` and `max_queue_size` of `keras.utils.PyDataset`.

    Raises:
        TypeError: `batch_size` or `seed` is not an integer.
        ValueError: `batch_size` is below 1.
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
        self._reset_turn()
        self._steps = self._flow_index()
        self.index_generator = self._public_steps()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Wrap the methods that a subclass overrides so that they draw from the iterator's own state."""
        super().__init_subclass__(**kwargs)
        for name, method in overrides(cls, Iterator, HOOKS).items():
            setattr(cls, name, in_turn(method))

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes that can be copied to another process: not the lock, generators and reads under way."""
        left_out = ("lock", "index_generator", "_steps", "_ahead")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset_turn()
        own = type(self)._flow_index is Iterator._flow_index
        self._steps = self._indices() if own else self._flow_index()
        self.index_generator = self._public_steps()

    @property
    def _runs_user_code(self) -> bool:
        """Return whether user code may draw random numbers while a batch is begun."""
        return True

    def _reseed(self, number: int) -> None:
        if self.seed is not None:
            self._random.seed(self.seed + number)

    def _set_index_array(self) -> None:
        self.index_array = self._random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def set_index_array(self) -> None:
        """Set the order of an epoch: a new random order with `shuffle`, otherwise ascending."""
        with self._turn(self._runs_user_code):
            self._set_index_array()

    def on_epoch_end(self) -> None:
        """Set the order of the next epoch; Keras calls this method between two epochs."""
        with self._turn(self._runs_user_code):
            self._end_epoch()
            self._set_index_array()

    def _end_epoch(self) -> None:
        """Continue after the last batch of this epoch, even where workers read another batch last."""
        length, highest = len(self), self._by_index.highest
        last = self._by_index.end(length, self.total_batches_seen, self._use_multiprocessing)
        if last is None:
            return
        self.total_batches_seen = last + 1
        if last != highest and length:
            self._seed_indexed(last)
            self._skip_draws(self._batch(length - 1))

    def _skip_draws(self, index_array: Index) -> None:
        """Draw the random numbers of a batch without making the batch; do nothing where user code may draw."""

    def reset(self) -> None:
        """Let the following call of `next()` begin an epoch."""
        self.batch_index = 0

    def __len__(self) -> int:
        """Return the number of batches in an epoch, including a smaller last one."""
        return -(-self.n // self.batch_size)

    def _flow_index(self) -> Generator[Index, None, None]:
        """Yield the indices of each batch's examples without end, from the beginning of an epoch."""
        self.reset()
        yield from self._indices()

    def _indices(self) -> Generator[Index, None, None]:
        """Yield the indices of each batch's examples without end, from `batch_index` on."""
        while True:
            self._reseed(self.total_batches_seen)
            if self.batch_index == 0:
                self._set_index_array()
            part, self.batch_index = self._step(self.batch_index)
            self.total_batches_seen += 1
            yield self._order()[part]

    def _step(self, batch_index: int) -> tuple[slice, int]:
        """Return a batch's slice of the epoch's order, and the index of the next batch."""
        first = (batch_index * self.batch_size) % self.n if self.n else 0
        return slice(first, first + self.batch_size), batch_index + 1 if self.n > first + self.batch_size else 0

    def _order(self) -> Index:
        """Return the order of the current epoch, and set it first where there is none."""
        if self.index_array is None:
            self._set_index_array()
        order: Index = np.asarray(self.index_array)
        return order

    def _public_steps(self) -> Generator[Index, None, None]:
        """Yield from `_steps` for subclasses that define their own `next`.

        As in Keras, the draws of such a method follow from the seed. For this, NumPy's global state is set; no other
        method does this.
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
        """Return the next batch; older scripts call this method instead of `next(iterator)`."""
        return next(self)

    def __getitem__(self, idx: SupportsIndex) -> Any:
        """Return batch `idx` of the current epoch; negative indices count from the end.

        Raises:
            ValueError: the epoch has no such batch. (Keras raises `ValueError` here, not `IndexError`.)
        """
        place = operator.index(idx)
        if not -len(self) <= place < len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        place %= len(self)
        with self._turn(self._runs_user_code):
            if not self._is_numbered:  # user code may read a second batch, whose draws continue those of the first
                self._number_indexed(place)
            finish = self._begin(self._batch(place))
            self._expect_after(place)
        return finish()

    def _number_indexed(self, place: int) -> None:
        """Assign a number to batch `place`, and seed its draws."""
        by_index = self._by_index
        number = by_index.number(place, len(self), self.total_batches_seen)
        self._is_numbered, self._keeps_state = True, number >= by_index.highest
        by_index.highest = max(number, by_index.highest)
        self.total_batches_seen += 1
        self._seed_indexed(number)

    def _seed_indexed(self, number: int) -> None:
        """Seed the draws of batch `number`; where no order is set, the epoch's order is drawn first."""
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
        """Return the indices of the examples in batch `place` of the current epoch."""
        return self._order()[self.batch_size * place : self.batch_size * (place + 1)]

    def _begin(self, index_array: Index) -> Callable[[], Any]:
        """Draw all random numbers of a batch, and return a function that makes the batch.

        The caller holds the iterator's lock here. The returned function does not need it.
        """
        batch = self._get_batches_of_transformed_samples(index_array)
        return lambda: batch

    def _get_batches_of_transformed_samples(self, index_array: Index) -> Any:
        """Return the batch that consists of the examples `index_array`; subclasses must define this method."""
        raise NotImplementedError

    def _expect_next(self) -> None:
        """Prepare for the following call of `next()`; the caller holds the lock. Subclasses may read ahead here."""

    def _expect_after(self, idx: int) -> None:
        """Prepare for the batches after batch `idx`; the caller holds the lock. Subclasses may read ahead here."""

    def _upcoming(self, batches: int) -> list[Index]:
        """Predict the indices of the next batches of `next()`, for a user who changes nothing in between.

        The list may be shorter than `batches`: some batches cannot be predicted.
        """
        predicted: list[Index] = []
        if type(self)._set_index_array is not Iterator._set_index_array:
            return predicted
        order: Any = self.index_array
        batch_index, seen = self.batch_index, self.total_batches_seen
        while len(predicted) < batches and self.n:
            if batch_index == 0 and self.shuffle:
                if predicted and self.seed is None:
                    break  # the batches before will draw from the same state, so the order is not known yet
                order = self._predict_order(seen)
            elif batch_index == 0:
                order = np.arange(self.n)
            part, batch_index = self._step(batch_index)
            seen += 1
            predicted.append(order[part])
        return predicted

    def _predict_order(self, seen: int) -> Index:
        """Predict the order of an epoch whose first batch has number `seen`."""
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
