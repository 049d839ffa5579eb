"""Describe the machine: its cores, and what else the last bits of trained weights depend on."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["cores", "machine", "threads"]


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """Return the number of threads that one TensorFlow op may use. Weights repeat bit for bit at equal numbers only."""
    import tensorflow as tf

    set_here = tf.config.threading.get_intra_op_parallelism_threads()
    from_environment = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    if set_here:
        return int(set_here)
    if from_environment.isdigit() and int(from_environment):
        return int(from_environment)
    return cores()


def machine() -> dict[str, Any]:
    """Return the number of threads and the versions of TensorFlow and Keras; last bits of weights depend on them."""
    import keras
    import tensorflow as tf

    return {"threads": threads(), "tensorflow": tf.__version__, "keras": keras.__version__}
