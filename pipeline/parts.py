"""Warn where parts are taken of a data set that has another order each epoch."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import tensorflow as tf

__all__ = ["warns_of_parts"]

# What makes another data set of the same order, in which parts are no safer.
KEEPS_ORDER = ("map", "unbatch", "batch", "rebatch", "prefetch", "with_options", "enumerate")


class _Reshuffled:
    """The methods of a data set that has another order each epoch, and that warns where a part of it is taken."""

    __slots__ = ()  # so that a data set can become one

    _said: list[str]  # shared by all that are made of one another: they warn once

    def take(self, count: Any, name: Any = None) -> Any:
        if not _is_look(count):
            self._warn("take")
        return super().take(count, name=name)  # type: ignore[misc]  # of tf.data.Dataset

    def skip(self, count: Any, name: Any = None) -> Any:
        self._warn("skip")
        return super().skip(count, name=name)  # type: ignore[misc]

    def shard(self, num_shards: Any, index: Any, name: Any = None) -> Any:
        self._warn("shard")
        return super().shard(num_shards, index, name=name)  # type: ignore[misc]

    def _warn(self, method: str) -> None:
        if self._said:
            return
        self._said.append(method)
        warnings.warn(
            f"data.train has another order each epoch, so {method}() gives other examples each epoch: what one part "
            "holds now, another part holds later, and a model validated on a part has been trained on most of it. Keep "
            "examples for validation and test where the data are built, with validation_split=0.2 or "
            "split={'train': 0.7, 'validation': 0.15, 'test': 0.15}, or keep one order with reshuffle=False",
            stacklevel=3,
        )


def _is_look(count: Any) -> bool:
    """Whether so many batches are a look at the data, and no part of them to train on."""
    return isinstance(count, int) and count == 1


def _kept(method: str) -> Any:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return _warning(getattr(super(_Reshuffled, self), method)(*arguments, **options), self._said)

    return call


for _method in KEEPS_ORDER:
    setattr(_Reshuffled, _method, functools.wraps(getattr(tf.data.Dataset, _method))(_kept(_method)))


def _warning(dataset: tf.data.Dataset, said: list[str]) -> tf.data.Dataset:
    kind = type(dataset)
    dataset.__class__ = type(kind.__name__, (_Reshuffled, kind), {})
    dataset._said = said
    return dataset


def warns_of_parts(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the data set itself, which from now on warns, once, when `take`, `skip` or `shard` is called.

    So do the data sets that `map`, `unbatch`, `batch` and the like make of it. One batch may be taken to look at it.
    """
    return _warning(dataset, [])
