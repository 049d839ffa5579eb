"""Keras layers looked into: what is inside them, the seeds that they draw with, a watch over their calls."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pickle
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

__all__ = ["Step", "layers_inside", "named", "seeded", "watched"]

_changing = threading.RLock()  # what is put in a layer's place for a while is seen by every thread
DRAWERS = (random.Random, np.random.Generator, np.random.RandomState)


def _parts(thing: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Every layer, seed generator and generator of Python or NumPy in a layer or a list of layers, outer ones first."""
    if id(thing) in seen:
        return
    seen[id(thing)] = thing  # kept: the number of an object that is gone can be another one's
    if isinstance(thing, (keras.random.SeedGenerator, *DRAWERS)):
        yield thing
    elif isinstance(thing, keras.layers.Layer):
        yield thing
        for value in list(vars(thing).values()):
            yield from _parts(value, seen)
    elif isinstance(thing, (dict, list, tuple, set, frozenset)):
        for value in list(thing.values() if isinstance(thing, dict) else thing):
            yield from _parts(value, seen)


def layers_inside(layers: Sequence[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Return the layers and every layer inside them."""
    return [part for part in _parts(list(layers), {}) if isinstance(part, keras.layers.Layer)]


@contextlib.contextmanager
def seeded(layers: Sequence[keras.layers.Layer], key: tf.Tensor) -> Iterator[None]:
    """While this holds, the layers' generators give seeds that follow from `key` (int64 `[2]`)."""
    generators = [part for part in _parts(list(layers), {}) if isinstance(part, keras.random.SeedGenerator)]
    draws = iter(range(1 << 30))

    def following(ordered: bool = True) -> tf.Tensor:
        return tf.random.experimental.stateless_fold_in(key, tf.constant(next(draws), tf.int64))

    with _changing:
        for generator in generators:
            generator.next = following
        try:
            yield
        finally:
            for generator in generators:
                del generator.next


def named(layer: keras.layers.Layer) -> str:
    """Name a layer for a message: `MixUp 'mix_up_1'`."""
    return f"{type(layer).__name__} {layer.name!r}"


@dataclasses.dataclass(frozen=True)
class Step:
    """One call of a layer while it was traced.

    Args:
        layer: the layer.
        taken: what it was called with first.
        given: what it returned.
        drew: which generators outside TensorFlow it drew from: "Python's random", "numpy.random", "numpy's Generator".
    """

    layer: keras.layers.Layer
    taken: Any
    given: Any
    drew: tuple[str, ...]


def _states(drawers: Iterable[Any]) -> dict[str, Any]:
    """Return the state of each generator outside TensorFlow, in a form that can be compared."""
    states: dict[str, Any] = {"Python's random": random.getstate(), "numpy.random": _numpy_state(np.random)}
    for drawer in drawers:
        state = drawer.getstate() if isinstance(drawer, random.Random) else _numpy_state(drawer)
        states[f"{type(drawer).__module__.split('.')[0]}'s {type(drawer).__name__}"] = state
    return states


def _numpy_state(drawer: Any) -> bytes:
    """The state of a `Generator`, of a `RandomState`, or of `numpy.random` itself."""
    generator = isinstance(drawer, np.random.Generator)
    return pickle.dumps(drawer.bit_generator.state if generator else drawer.get_state(legacy=False))


def _watching(layer: keras.layers.Layer, call: Callable[..., Any], note: Callable[[Step], None]) -> Callable[..., Any]:
    drawers = [part for part in _parts(layer, {}) if isinstance(part, DRAWERS)]

    @functools.wraps(call)
    def watching(*args: Any, **kwargs: Any) -> Any:
        before = _states(drawers)
        given = call(*args, **kwargs)
        after = _states(drawers)
        drew = tuple(name for name, state in before.items() if after.get(name) != state)
        note(Step(layer, args[0] if args else None, given, drew))
        return given

    return watching


@contextlib.contextmanager
def watched(layers: Sequence[keras.layers.Layer]) -> Iterator[list[Step]]:
    """While this holds, note every call of the layers and of those inside them; an inner call stands before its outer.

    Keras looks `call` up on the layer at each use. Written past Keras' own `__setattr__`, which tracks attributes.
    """
    steps: list[Step] = []
    inside = layers_inside(layers)
    with _changing:
        for layer in inside:
            vars(layer)["call"] = _watching(layer, layer.call, steps.append)
        try:
            yield steps
        finally:
            for layer in inside:
                vars(layer).pop("call", None)
