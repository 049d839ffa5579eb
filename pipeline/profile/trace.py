"""Write a TensorFlow profile of some training steps, which shows every operation."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from pipeline.profile.timing import Probe

__all__ = ["HOW_TO_OPEN", "write_trace"]

STEPS = 10
HOW_TO_OPEN = "pip install xprof && xprof --logdir {folder}, then the page that it names"


def write_trace(probe: Probe, folder: Path) -> None:
    """Run TensorFlow's profiler on some draws and the input behind them, and write its files into `folder`."""
    probe.draw(1 + probe.ready)
    with tf.profiler.experimental.Profile(str(folder)):
        probe.draw(STEPS)
