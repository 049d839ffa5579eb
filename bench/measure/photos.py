"""Make folders of photos for the axes: links, enlarged photos, or copies that can be dropped from the page cache."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from bench.arms.cells import SEED, Cell
from bench.arms.listing import listed

__all__ = ["Photos", "describe", "evict"]

DISTINCT = 64  # so many photos are enlarged; further ones are links to these
COPIES = 3000  # photos that are read from disk, more than a round reads
NOISE = 6.0  # levels; without a sensor's noise, an enlarged photo would be smaller on disk than real photos


def describe(folder: str) -> dict[str, str | int | float]:
    """Return the name of a folder of photos, their count, their mean size in bytes and their mean megapixels."""
    photos = listed(folder)
    sizes = []
    for path in photos[:200]:
        with Image.open(path) as image:
            sizes.append(image.width * image.height / 1e6)
    return {
        "folder": Path(folder).name,
        "count": len(photos),
        "bytes": round(sum(path.stat().st_size for path in photos) / max(1, len(photos))),
        "megapixels": round(float(np.mean(sizes)), 3) if sizes else 0.0,
    }


def _place(source: Path, into: Path, number: int, how: Literal["link", "copy"]) -> None:
    target = into / source.parent.name / f"{number:06}{source.suffix.lower()}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if how == "copy":
        shutil.copyfile(source, target)
        return
    try:
        os.link(source, target)
    except OSError:  # the file lies on another file system, or linking is not permitted
        target.symlink_to(source.resolve())


def _fill(sources: list[Path], into: Path, count: int, how: Literal["link", "copy"] = "link") -> None:
    for number, source in zip(range(count), itertools.cycle(sources), strict=False):
        _place(source, into, number, how)


def _enlarge(source: Path, into: Path, megapixels: float, number: int) -> Path:
    """Write an enlarged photo with noise as a JPEG of quality 90, and return its path."""
    with Image.open(source) as image:
        scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
        large = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    noise = np.random.default_rng((SEED, number)).standard_normal((large.height, large.width, 1), np.float32) * NOISE
    noisy = np.clip(np.asarray(large, np.float32) + noise, 0, 255).astype(np.uint8)
    target = into / source.parent.name / f"{number:06}.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noisy).save(target, quality=90)
    return target


def evict(folder: str) -> None:
    """Drop the photos from the page cache. This needs no more than permission to read them."""
    for path in listed(folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


class Photos:
    """The folders of photos for all cells. Each is made when it is first needed.

    Args:
        folder: the folder of the original photos.
        work: the folder in which the others are made.
    """

    def __init__(self, folder: str, work: Path) -> None:
        self.folder, self.work = folder, work

    def __call__(self, cell: Cell) -> str:
        """Return a folder, with a folder for each class, that has the cell's megapixels, count and pages."""
        default = Cell()
        if (cell.megapixels, cell.count, cell.pages) == (default.megapixels, default.count, default.pages):
            return self.folder
        into = self.work / f"{cell.megapixels:g}-{cell.count}-{cell.pages}"
        if not into.exists():
            self._make(cell, into)
        return str(into)

    def _make(self, cell: Cell, into: Path) -> None:
        sources = listed(self.folder)
        if cell.megapixels != Cell().megapixels:
            large = into.with_name(f"large-{cell.megapixels:g}")
            sources = [_enlarge(one, large, cell.megapixels, number) for number, one in enumerate(sources[:DISTINCT])]
        partly = into.with_name(into.name + ".part")
        if cell.pages == "cold":
            _fill(sources, partly, cell.count or COPIES, "copy")
        else:
            _fill(sources, partly, cell.count or len(sources))
        partly.rename(into)
