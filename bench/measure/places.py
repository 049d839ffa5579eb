"""The repository's folder, and the photos that are measured by default."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PHOTOS", "ROOT", "default_photos"]

ROOT = Path(__file__).parent.parent.parent
PHOTOS = ROOT.parent / "shared" / "photos" / "train"


def default_photos() -> str:
    """Return the folder of shared photos if it lies beside the repository, or else that of the drawn sample."""
    if PHOTOS.is_dir():
        return str(PHOTOS)
    from pipeline.sources.sample import draw_sample

    return os.fspath(draw_sample(ROOT / "data" / "sample") / "train")
