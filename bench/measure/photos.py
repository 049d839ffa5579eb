"""Folders of photos for the axes: linked to be many, enlarged, copied to be read anew, dropped from the page cache."""

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

DISTINCT = 64  # enlarged photos; more are links to these
COPIES = 3000  # of a data set that is to be cold: more than a round reads
NOISE = 6.0  # levels; an enlarged photo without a sensor's noise would be smaller on disk than photos are


def describe(folder: str) -> dict[str, str | int | float]:
    """Count, mean bytes and mean megapixels."""
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
    except OSError:  # another file system, or not ours to link
        target.symlink_to(source.resolve())


def _fill(sources: list[Path], into: Path, count: int, how: Literal["link", "copy"] = "link") -> None:
    for number, source in zip(range(count), itertools.cycle(sources), strict=False):
        _place(source, into, number, how)


def _enlarge(source: Path, into: Path, megapixels: float, number: int) -> Path:
    """A photo of so many megapixels, of the same shape, with noise, JPEG at quality 90."""
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
    """Drop the photos' pages from the page cache; needs no permission where they are ours to read."""
    for path in listed(folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


class Photos:
    """A cell's folder, made when it is first asked for.

    Args:
        folder: the photos as they are.
        work: where other folders are made.
    """

    def __init__(self, folder: str, work: Path) -> None:
        self.folder, self.work = folder, work

    def __call__(self, cell: Cell) -> str:
        """Folder with one folder a class for the cell's megapixels, count and pages."""
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
