"""Find the folder that holds what this package keeps for a user between runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_home"]


def cache_home() -> Path:
    """Return `tf-image-pipeline` in the user's cache folder: `$XDG_CACHE_HOME`, or `~/.cache` where it is not set.

    The folder may not exist yet.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "tf-image-pipeline"
