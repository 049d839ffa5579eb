"""TensorFlow's import for a command: without the lines that alarm a beginner and mean nothing."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator

from pipeline.progress import messages

__all__ = ["import_tensorflow"]

# What TensorFlow 2.21 writes at each start on a machine without a GPU. Anything else is passed on.
NOISE = re.compile(
    r"All log messages before absl::InitializeLog|oneDNN custom operations are on|Could not find cuda drivers"
    r"|TensorFlow binary is optimized|To enable the following instructions|failed call to cuInit"
)


@contextlib.contextmanager
def _without_noise() -> Iterator[None]:
    """Hold back what is written to file descriptor 2, then pass on all but the known noise."""
    stream = messages()
    stream.flush()
    try:
        kept = os.dup(2)
    except OSError:  # file 2 is closed: nothing can be written to it
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            stream.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            lines = held.read().decode(errors="replace").splitlines(keepends=True)
            stream.write("".join(line for line in lines if not NOISE.search(line)))


def import_tensorflow() -> None:
    """Import TensorFlow (4 s) and let it look for devices, quietly; what fails is still said."""
    # 3 leaves fatal messages; what goes wrong reaches Python as an exception either way.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _without_noise():
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.constant(0)
