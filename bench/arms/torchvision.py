"""The arm of torchvision in PyTorch's DataLoader: each worker makes whole batches, with one warp for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torch.utils import data
from torchvision.io import ImageReadMode, decode_image, read_file
from torchvision.transforms.v2.functional import resize

from bench.arms.augmentation import matrices
from bench.arms.cells import SEED, Cell
from bench.arms.listing import labelled

__all__ = ["stream"]


def _grids(maps: NDArray[np.float64], side: int) -> Any:
    """Return the input position of each output pixel for `grid_sample`: float32 `[batch, side, side, 2]`, -1 to 1.

    `affine_grid` gives the same, but its matrix product for each pixel takes twelve times as long.
    """
    scale = 2 / (side - 1)
    at = torch.arange(side, dtype=torch.float32)
    turned = torch.from_numpy((maps * scale).astype(np.float32))
    grid = torch.empty(len(maps), side, side, 2)
    for axis in range(2):
        by_x, by_y, shift = turned[:, axis, 0], turned[:, axis, 1], turned[:, axis, 2] - 1
        rows = by_y[:, None] * at + shift[:, None]
        columns = by_x[:, None] * at
        torch.add(rows[:, :, None], columns[:, None, :], out=grid[..., axis])
    return grid


class _Photos:
    """A data set whose elements are whole batches of photos."""

    def __init__(self, paths: list[str], labels: NDArray[np.int64], cell: Cell) -> None:
        self.paths, self.labels, self.cell = paths, labels, cell

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, order: list[int]) -> tuple[Any, Any]:
        side = self.cell.side
        images = torch.empty(len(order), 3, side, side, dtype=torch.uint8)
        for at, index in enumerate(order):
            photo = decode_image(read_file(self.paths[index]), ImageReadMode.RGB)
            # Without antialiasing, as in the arms of TensorFlow and DALI: averaging over all pixels would cost more.
            images[at] = resize(photo, [side, side], antialias=False)
        scaled = images.float().mul_(1 / 255)
        if self.cell.augmented:
            random = np.random.default_rng(torch.randint(2**62, ()).item())
            grids = _grids(matrices(random, len(order), side), side)
            scaled = functional.grid_sample(scaled, grids, padding_mode="border", align_corners=True)
        return scaled, torch.from_numpy(self.labels[order])


class _Orders:
    """An endless sampler of the indices of whole batches, with a new order of all photos for each epoch."""

    def __init__(self, count: int, batch: int) -> None:
        self.count, self.batch = count, batch

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng(SEED)
        left: list[int] = []
        while True:
            while len(left) < self.batch:
                left += random.permutation(self.count).tolist()
            yield left[: self.batch]
            left = left[self.batch :]


def stream(folder: str, cell: Cell, workers: int = 1) -> Iterator[tuple[Any, Any]]:
    """Return an endless iterator of images `[batch, 3, side, side]`, torchvision's own layout, and labels `[batch]`.

    Args:
        folder: holds a folder for each class.
        cell: the images to deliver.
        workers: processes that make batches, each with one thread.
    """
    paths, labels = labelled(folder)
    loader = data.DataLoader(
        _Photos(paths, labels, cell),
        batch_size=None,  # the sampler's elements are batches
        sampler=_Orders(len(paths), cell.batch),
        num_workers=workers,
        prefetch_factor=2,
        generator=torch.Generator().manual_seed(SEED),
    )
    return iter(loader)
