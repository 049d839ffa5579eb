"""Find the file that `--model` means; without TensorFlow, so that a wrong one is refused before photos are read."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import InputError, MissingPathError

__all__ = ["model_file"]


def model_file(run: str) -> Path:
    """The `.keras` file of a training run's folder, or `run` itself.

    Raises:
        MissingPathError: it is not there.
        InputError: it is no `.keras` file.
    """
    path = Path(run) / "model.keras" if os.path.isdir(run) else Path(run)
    if not path.is_file():
        raise MissingPathError(f"--model must name a run's folder or a .keras file; there is no {str(path)!r}")
    if path.suffix != ".keras":
        raise InputError(f"--model must name a run's folder or a .keras file. Received: {run!r}")
    return path
