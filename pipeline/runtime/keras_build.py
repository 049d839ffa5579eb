"""Detect that Keras reads a batch only to build a model from its shapes, before the first epoch."""

from __future__ import annotations

import sys
from types import FrameType

import numpy as np

__all__ = ["keras_is_building"]

# Methods of `keras.Model` that read one batch before the first epoch: with a `tf.distribute` strategy, and on Keras'
# JAX and Torch backends.
METHODS = ("_maybe_symbolic_build", "_symbolic_build")


def _looks(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name in METHODS and str(frame.f_globals.get("__name__")).startswith("keras."):
            return True
        frame = frame.f_back
    return False


def keras_is_building() -> np.bool_:
    """Return whether a thread of this process is in a method in which Keras builds a model from one batch.

    The thread waits in that method for the batch, so the answer does not depend on time. Without this check, the read
    would count as an epoch. Returns False for a version of Keras that has no such methods.
    """
    return np.bool_(any(map(_looks, sys._current_frames().values())))
