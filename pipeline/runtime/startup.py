"""Start TensorFlow without the log lines that alarm beginners and mean nothing, and silence one warning of Keras."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator

__all__ = ["expect_own_order", "import_tensorflow", "quiet_start", "start_devices", "without_noise"]

# Lines that TensorFlow 2.21 writes at each start on a machine without a GPU, and XLA at its first compilation. All
# other lines are passed on.
NOISE = re.compile(
    r"All log messages before absl::InitializeLog|oneDNN custom operations are on|Could not find cuda drivers"
    r"|TensorFlow binary is optimized|To enable the following instructions|failed call to cuInit"
    r"|XLA service 0x\w+ initialized|StreamExecutor (?:device )?[\[(]\d|Compiled cluster using XLA"
)
# File descriptor 2 belongs to the whole process: two threads that replace it at once would lose it.
_LOCK = threading.RLock()


@contextlib.contextmanager
def without_noise() -> Iterator[None]:
    """Hold back what is written to file descriptor 2; at the end of the context write all but the known noise."""
    import tempfile

    with _LOCK, contextlib.ExitStack() as held:
        try:
            kept = os.dup(2)
        except OSError:  # stderr is closed
            yield
            return
        held.callback(os.close, kept)
        file = held.enter_context(tempfile.TemporaryFile())
        _flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, 2)
            file.seek(0)
            lines = file.read().decode(errors="replace").splitlines(keepends=True)
            if sys.stderr is not None:
                sys.stderr.write("".join(line for line in lines if not NOISE.search(line)))


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Silence TensorFlow while it is imported in this context. No device is started.

    If TensorFlow has been imported before, this does nothing, since its log level is set.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    # Level 3 keeps fatal messages only; other errors reach Python as exceptions.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_noise():
        yield


def import_tensorflow() -> None:
    """Import TensorFlow (about 4 s) and let it find its devices, without noise. Errors are still shown."""
    with quiet_start():
        import tensorflow  # noqa: F401
    start_devices()


@functools.cache
def start_devices() -> None:
    """Let TensorFlow find its devices and run its first op, without noise; once a process."""
    import tensorflow as tf

    with without_noise():
        tf.config.list_physical_devices()
        tf.constant(0)


def expect_own_order() -> None:
    """Silence Keras' warning that `fit(shuffle=True)`, its default, is ignored; these data sets shuffle themselves.

    Keras 3.11 and later warn for every `tf.data.Dataset`.
    """
    message = r"`shuffle=True` was passed, but will be ignored since the data `x` was provided as a tf\.data\.Dataset"
    warnings.filterwarnings("ignore", message=message, category=UserWarning, module=r"keras\.")
