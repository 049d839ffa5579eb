"""Make the images of the documents from the drawn sample: `python docs/pictures.py`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import pipeline
from pipeline.inspect.subject import NOTEBOOK
from pipeline.sources.sample import draw_sample

DOCS = Path(__file__).parent
SIZE = 150


def widest(folder: Path) -> Path:
    """Return the image with the largest ratio of width to height, among those of at least 240 pixels a side."""
    shapes = {path: Image.open(path).size for path in sorted(folder.glob("*.jpg"))}
    large = {path: size for path, size in shapes.items() if min(size) >= 240}
    return max(large, key=lambda path: large[path][0] / large[path][1])


def augment(path: Path, count: int) -> np.ndarray:
    """Apply `count` random draws of the notebook's augmentation to one image: uint8 `[count, SIZE, SIZE, 3]`."""
    layer = pipeline.layers.RandomAffine(seed=3, **dataclasses.asdict(NOTEBOOK))
    image = pipeline.load_image(path, SIZE, "pad", pad_value="edge")
    return np.rint(layer(np.stack([image] * count), training=True)).astype(np.uint8)


def overview(sample: Path) -> None:
    """Draw one image as it is, stretched, padded and cropped; below it, six draws of the augmentation."""
    path = widest(sample / "train" / "dogs")
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    rows = figure.subfigures(2, 1, height_ratios=[1.15, 1])
    modes = ("stretch", "pad", "crop")
    original = pipeline.load_image(path)
    ratio = original.shape[1] / original.shape[0]
    axes = rows[0].subplots(1, 4, width_ratios=[ratio, 1, 1, 1])
    axes[0].imshow(original)
    axes[0].set_title(f"the photo, {original.shape[1]}×{original.shape[0]}")
    for axis, mode in zip(axes[1:], modes, strict=True):
        axis.imshow(pipeline.load_image(path, SIZE, mode))
        axis.set_title(f'resize="{mode}"')
    below = rows[1].subplots(1, 6)
    for axis, image in zip(below, augment(path, 6), strict=True):
        axis.imshow(image)
    rows[1].suptitle("six draws of the notebook's augmentation: rotation, shift, shear, zoom, flip in one warp")
    for axis in (*axes, *below):
        axis.set_axis_off()
    figure.savefig(DOCS / "images" / "overview.png", dpi=100)


def main() -> None:
    """Make all images."""
    (DOCS / "images").mkdir(exist_ok=True)
    overview(draw_sample(DOCS.parent / "data" / "sample"))


if __name__ == "__main__":
    main()
