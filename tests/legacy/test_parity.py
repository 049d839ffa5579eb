"""The drop-in beside Keras' own generator: every argument, the three flows, several seeds, `next()` and `[i]`.

As a script, `python tests/legacy/test_parity.py`, it prints the largest difference of each cell.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import pipeline.legacy
from tests.support.beside_keras import ORIGINAL, difference

SIZE = (24, 17)
PICTURES = 20  # more than pipeline.legacy.images.MIN_IMAGES_TO_COMPILE, so that the compiled path is compared
BATCH = 8
SEEDS = (0, 7, 2**31)
FLOWS = ("arrays", "directory", "dataframe")
AFFINE = 1e-4


def _noisy(x: np.ndarray) -> np.ndarray:
    noisy: np.ndarray = x + np.random.normal(0, 3, x.shape).astype(x.dtype)
    return noisy


def _sometimes(x: np.ndarray) -> Any:
    """Draws for some pictures and not for others."""
    return x[::-1] if x.mean() > 120 and np.random.rand() < 0.5 else x


def _inverted(x: np.ndarray) -> np.ndarray:
    x *= -1
    x += 255
    return x


@dataclasses.dataclass(frozen=True)
class Cell:
    """One setting. `tolerance` is on the scale of the pictures that it gives."""

    name: str
    arguments: dict[str, Any]
    tolerance: float = AFFINE


GEOMETRY: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 0.3,
    "shear_range": 20.0,
    "zoom_range": 0.3,
    "horizontal_flip": True,
    "vertical_flip": True,
}
# Brightness cuts to whole levels: where a warped value lies next to one, float32 and float64 fall on either side,
# and a factor of up to 2 makes two levels of that.
CELLS = [
    Cell("nothing", {}, 0.0),
    Cell("rotation_range=40", {"rotation_range": 40}),
    Cell("width_shift_range=0.2", {"width_shift_range": 0.2}),
    Cell("width_shift_range=3.0", {"width_shift_range": 3.0}),
    Cell("width_shift_range=5", {"width_shift_range": 5}),
    Cell("width_shift_range=[-3, 0, 4]", {"width_shift_range": [-3, 0, 4]}),
    Cell("width_shift_range=[-0.3, 0.1]", {"width_shift_range": [-0.3, 0.1]}),
    Cell("height_shift_range=0.2", {"height_shift_range": 0.2}),
    Cell("height_shift_range=4", {"height_shift_range": 4}),
    Cell("height_shift_range=(1, 2)", {"height_shift_range": (1, 2)}),
    Cell("shear_range=25.0", {"shear_range": 25.0}),
    Cell("zoom_range=0.3", {"zoom_range": 0.3}),
    Cell("zoom_range=[0.7, 1.5]", {"zoom_range": [0.7, 1.5]}),
    Cell("channel_shift_range=60.0", {"channel_shift_range": 60.0}),
    Cell("brightness_range=(0.3, 1.7)", {"brightness_range": (0.3, 1.7)}, 0.0),
    Cell("brightness_range and geometry", {**GEOMETRY, "brightness_range": (0.3, 1.7)}, 2.0),
    Cell("horizontal_flip", {"horizontal_flip": True}, 0.0),
    Cell("vertical_flip", {"vertical_flip": True}, 0.0),
    *(Cell(f"geometry, fill_mode={mode}", {**GEOMETRY, "fill_mode": mode}) for mode in ("nearest", "reflect", "wrap")),
    Cell("geometry, fill_mode=constant, cval=77", {**GEOMETRY, "fill_mode": "constant", "cval": 77.0}),
    Cell("geometry, fill_mode=constant, cval=-50", {**GEOMETRY, "fill_mode": "constant", "cval": -50.0}),
    Cell("geometry, fill_mode=mirror", {**GEOMETRY, "fill_mode": "mirror"}),
    Cell("geometry, interpolation_order=0", {**GEOMETRY, "interpolation_order": 0}),
    Cell("geometry, interpolation_order=3", {**GEOMETRY, "interpolation_order": 3}),
    Cell("rescale=1/255", {"rescale": 1 / 255}, 0.0),
    Cell("rescale=np.float64(1/255), flips", {"horizontal_flip": True, "rescale": np.float64(1 / 255)}, 0.0),
    Cell("geometry, rescale=1/255", {**GEOMETRY, "rescale": 1 / 255}, AFFINE / 255),
    Cell("samplewise_center", {"samplewise_center": True}, 0.0),
    Cell("samplewise_std_normalization", {"samplewise_center": True, "samplewise_std_normalization": True}, 0.0),
    Cell("featurewise_center", {"featurewise_center": True}, 0.0),
    Cell("featurewise_std_normalization", {"featurewise_center": True, "featurewise_std_normalization": True}, 0.0),
    Cell("zca_whitening", {"zca_whitening": True, "featurewise_center": True, "zca_epsilon": 1e-2}, 1e-3),
    Cell("preprocessing_function", {**GEOMETRY, "preprocessing_function": _inverted, "rescale": 0.5}),
    Cell("preprocessing_function that draws", {**GEOMETRY, "preprocessing_function": _noisy}),
    Cell("preprocessing_function that draws at times", {**GEOMETRY, "preprocessing_function": _sometimes}),
    Cell("data_format=channels_first", {**GEOMETRY, "data_format": "channels_first", "samplewise_center": True}),
    Cell("dtype=float64", {**GEOMETRY, "dtype": "float64"}),
    Cell("dtype=float16", {"dtype": "float16", "rescale": 1 / 255}, 0.0),
    Cell("geometry and all colours", {**GEOMETRY, "channel_shift_range": 40.0, "brightness_range": [0.5, 2]}, 2.0),
]


class Data:
    """The same pictures as an array, a folder and a table."""

    def __init__(self, folder: Path) -> None:
        random = np.random.RandomState(3)
        smooth = random.randint(0, 256, (PICTURES, 5, 4, 3)).astype(np.uint8)
        self.x = np.stack(
            [np.asarray(Image.fromarray(one).resize(SIZE[::-1], Image.Resampling.BICUBIC)) for one in smooth]
        )
        self.y = np.arange(PICTURES) % 3
        self.folder = folder
        rows = []
        for k, picture in enumerate(self.x):
            # Every kind of file that the iterators list, at sizes that need a resize and at the target's own.
            side = (SIZE[1] + 3 * k, SIZE[0] + 5 * (k % 4)) if k % 3 else SIZE[::-1]
            name = f"{'abc'[self.y[k]]}/{k:02d}.{('jpg', 'png', 'jpeg', 'bmp', 'ppm', 'tif')[k % 6]}"
            (folder / name).parent.mkdir(exist_ok=True)
            Image.fromarray(picture).resize(side, Image.Resampling.BILINEAR).save(folder / name)
            rows.append({"filename": name, "class": "abc"[self.y[k]], "weight": k / 7, "value": float(k)})
        self.table = pd.DataFrame(rows)

    def flow(self, generator: Any, flow: str, **options: Any) -> Any:
        """The same pictures through `flow`."""
        first = getattr(generator, "data_format", "channels_last") == "channels_first"
        options = {"batch_size": BATCH, "shuffle": True, **options}
        if flow == "arrays":
            return generator.flow(np.moveaxis(self.x, -1, 1) if first else self.x, self.y, **options)
        options["target_size"] = SIZE
        if flow == "directory":
            return generator.flow_from_directory(self.folder, **options)
        return generator.flow_from_dataframe(self.table, self.folder, **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return Data(tmp_path_factory.mktemp("parity"))


def _generators(arguments: dict[str, Any], x: np.ndarray) -> tuple[Any, Any]:
    pair = pipeline.legacy.ImageDataGenerator(**arguments), ORIGINAL(**arguments)
    if arguments.get("featurewise_center"):
        for generator in pair:
            generator.fit(x)
    return pair


def _batches(mine: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    """Two epochs by `next()`, then one by index: ours in another order, and Keras' own in the order that it needs."""
    for _ in range(2 * len(mine)):
        yield next(mine), next(theirs)
    by_index = {k: mine[k] for k in reversed(range(len(mine)))}
    for k in range(len(mine)):
        yield by_index[k], theirs[k]


def largest_difference(cell: Cell, data: Data, flow: str, seed: int) -> float:
    """Return the largest difference over all batches of a cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, theirs = (data.flow(one, flow, seed=seed) for one in _generators(cell.arguments, data.x))
    found = 0.0
    for one, other in _batches(mine, theirs):
        found = max(found, difference(one, other))
        assert mine.index_array is not None
        assert mine.index_array.tolist() == theirs.index_array.tolist()
        assert mine.batch_index == theirs.batch_index
    assert mine.total_batches_seen == theirs.total_batches_seen
    return found


@pytest.mark.parametrize("seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])])
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_pixels_labels_and_order_are_those_of_keras(cell: Cell, flow: str, seed: int, data: Data) -> None:
    assert largest_difference(cell, data, flow, seed) <= cell.tolerance


def _table() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Data(Path(folder))
        keras.config.disable_interactive_logging()
        write = sys.stdout.write
        write("| setting | " + " | ".join(FLOWS) + " | allowed |\n|---|" + "---|" * (len(FLOWS) + 1) + "\n")
        for cell in CELLS:
            found = [max(largest_difference(cell, data, flow, seed) for seed in SEEDS) for flow in FLOWS]
            write(f"| {cell.name} | " + " | ".join(f"{one:.2g}" for one in found) + f" | {cell.tolerance:.2g} |\n")


if __name__ == "__main__":
    _table()
