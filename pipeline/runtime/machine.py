"""The cores there are, and what else the last bits of weights depend on. TensorFlow is imported where it is asked."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["cores", "machine", "threads"]


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """Threads that one operation may use: weights repeat bit for bit at the same number only."""
    import tensorflow as tf

    set_here = tf.config.threading.get_intra_op_parallelism_threads()
    from_environment = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    if set_here:
        return int(set_here)
    if from_environment.isdigit() and int(from_environment):
        return int(from_environment)
    return cores()


def machine() -> dict[str, Any]:
    """What else the last bits of the weights depend on."""
    import keras
    import tensorflow as tf

    return {"threads": threads(), "tensorflow": tf.__version__, "keras": keras.__version__}
