"""What the last bits of weights depend on, beside the data and the seed."""

from __future__ import annotations

import os
from typing import Any

import keras
import tensorflow as tf

from pipeline.execution import cores

__all__ = ["machine", "threads"]


def threads() -> int:
    """Threads that one operation may use: weights repeat bit for bit at the same number only."""
    set_here = tf.config.threading.get_intra_op_parallelism_threads()
    from_environment = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    if set_here:
        return int(set_here)
    if from_environment.isdigit() and int(from_environment):
        return int(from_environment)
    return cores()


def machine() -> dict[str, Any]:
    """What else the last bits of the weights depend on."""
    return {"threads": threads(), "tensorflow": tf.__version__, "keras": keras.__version__}
