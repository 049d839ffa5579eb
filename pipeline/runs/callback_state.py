"""The state of a fit's callbacks, taken and given back, as JSON and arrays have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["packed", "restore", "state_of", "unpacked"]

# What of Keras' own callbacks changes while a fit runs. Not all of their attributes: `min_delta` changes its sign when
# a fit begins, and would again.
RUNNING = (
    "best",
    "best_epoch",
    "best_weights",
    "cooldown_counter",
    "stopped_epoch",
    "wait",
)


def state_of(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """What changes of a callback while a fit runs: its own `get_state()`, or what Keras' callbacks have."""
    if hasattr(callback, "get_state"):
        return dict(callback.get_state())
    return {name: getattr(callback, name) for name in RUNNING if hasattr(callback, name)}


def restore(callback: keras.callbacks.Callback, state: Mapping[str, Any]) -> None:
    """Give it back: to its own `set_state(mapping)`, or attribute by attribute."""
    if hasattr(callback, "set_state"):
        callback.set_state(state)
        return
    for name, value in state.items():
        setattr(callback, name, value)


def packed(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """`value` as JSON has it; arrays are taken out of it under `name`."""
    if isinstance(value, np.generic) or (tf.is_tensor(value) and value.shape.rank == 0):
        return value.item() if isinstance(value, np.generic) else value.numpy().item()
    if isinstance(value, np.ndarray) or tf.is_tensor(value):
        arrays[name] = np.asarray(value)
        return {"array": name}
    if isinstance(value, Mapping):
        return {"mapping": [[key, packed(one, f"{name}/{key}", arrays)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [packed(one, f"{name}/{k}", arrays) for k, one in enumerate(value)]
    return value


def unpacked(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """What `packed` was given; its tuples are lists now."""
    if isinstance(value, list):
        return [unpacked(one, arrays) for one in value]
    if isinstance(value, Mapping):
        if "array" in value:
            return arrays[value["array"]]
        return {key: unpacked(one, arrays) for key, one in value["mapping"]}
    return value
