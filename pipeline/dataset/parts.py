"""Warn where parts are taken of a data set that has another order each epoch."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import tensorflow as tf

__all__ = ["warns_of_parts"]

TAKES_A_PART = ("take", "skip", "shard")
# What makes another data set of the same order, in which parts are no safer.
KEEPS_ORDER = ("map", "unbatch", "batch", "rebatch", "prefetch", "with_options", "enumerate")


def warns_of_parts(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the data set itself, which from now on warns, once, when `take`, `skip` or `shard` is called.

    So do the data sets that `map`, `unbatch`, `batch` and the like make of it. One batch may be taken to look at it.
    """
    return _warning(dataset, [])


def _warning(dataset: tf.data.Dataset, said: list[str]) -> tf.data.Dataset:
    """`said` is shared by all data sets that are made of one another: they warn once."""
    # The class and not the object: methods that an object holds would hold it in turn, and keep its memory alive.
    kind: Any = type(dataset)
    dataset.__class__ = _class_of(kind)
    dataset._said = said
    return dataset


@functools.cache
def _class_of(kind: type) -> type:
    """Return a class of data sets of this kind that warn."""
    methods = {name: _taking(kind, name) for name in TAKES_A_PART}
    methods |= {name: _keeping(kind, name) for name in KEEPS_ORDER}
    # One base: with a second one Python does not let a data set become of this class.
    return type(kind)(kind.__name__, (kind,), methods)


def _taking(kind: type, name: str) -> Callable[..., Any]:
    method = getattr(kind, name)

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        if not self._said and not _is_look(name, *arguments):
            self._said.append(name)
            warnings.warn(_message(name), stacklevel=2)
        return method(self, *arguments, **options)

    return call


def _keeping(kind: type, name: str) -> Callable[..., Any]:
    method = getattr(kind, name)

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return _warning(method(self, *arguments, **options), self._said)

    return call


def _is_look(name: str, count: Any = None, *_: Any) -> bool:
    """Return whether one batch is taken: that is a look at the data, not a part to train on."""
    return name == "take" and isinstance(count, int) and count == 1


def _message(name: str) -> str:
    return (
        f"data.train has another order each epoch, so {name}() gives other examples each epoch: what one part holds "
        "now, another part holds later, and a model validated on a part has been trained on most of it. Keep examples "
        "for validation and test where the data are built, with validation_split=0.2 or "
        "split={'train': 0.7, 'validation': 0.15, 'test': 0.15}, or keep one order with reshuffle=False"
    )
