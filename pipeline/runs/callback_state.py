"""Save and restore the state of Keras callbacks, as JSON and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["packed", "restore", "state_of", "unpacked"]

# Attributes of Keras' callbacks that change while a model is trained. Others must not be restored: `min_delta` changes
# its sign when training begins, and would do so twice.
RUNNING = (
    "best",
    "best_epoch",
    "best_weights",
    "cooldown_counter",
    "stopped_epoch",
    "wait",
)


def state_of(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """Return a callback's state: the result of its `get_state()`, or the attributes that Keras' callbacks change."""
    if hasattr(callback, "get_state"):
        return dict(callback.get_state())
    return {name: getattr(callback, name) for name in RUNNING if hasattr(callback, name)}


def restore(callback: keras.callbacks.Callback, state: Mapping[str, Any]) -> None:
    """Restore the state of a callback with its `set_state(mapping)`, or by setting attributes."""
    if hasattr(callback, "set_state"):
        callback.set_state(state)
        return
    for name, value in state.items():
        setattr(callback, name, value)


def packed(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Convert a nested value to JSON types, and move its arrays to a dict of arrays.

    Args:
        value: nested mappings, lists, tuples, numbers, texts, arrays and tensors.
        name: the prefix of the arrays' names.
        arrays: the dict that the arrays are added to.
    """
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
    """Return the value that `packed` converted; tuples have become lists."""
    if isinstance(value, list):
        return [unpacked(one, arrays) for one in value]
    if isinstance(value, Mapping):
        if "array" in value:
            return arrays[value["array"]]
        return {key: unpacked(one, arrays) for key, one in value["mapping"]}
    return value
