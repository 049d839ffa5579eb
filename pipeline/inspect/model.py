"""A trained network, layer by layer: output shape, parameters, what a value sees, and its maps of one photo."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.inspect.model_file import model_file
from pipeline.inspect.pictures import as_png
from pipeline.inspect.receptive import Reach, reaches
from pipeline.models.saved import load_model
from pipeline.trained_run import read_config

__all__ = ["Layer", "Network", "read_network"]

MAPS = 16  # of a layer
COLUMNS = 8
SIDE = 72  # pixels of a map on the page, at least half of it and at most


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer.

    Args:
        name: its own.
        kind: of Keras' classes.
        output_shape: without the batch; several outputs are joined by commas.
        parameters: how many.
        reach: what a value of its output sees.
        maps: its maps of the photo as a `data:` address; empty where it has none.
        map_shape: (height, width, how many) of them.
    """

    name: str
    kind: str
    output_shape: str
    parameters: int
    reach: Reach
    maps: str = ""
    map_shape: tuple[int, int, int] = (0, 0, 0)

    @property
    def maps_shown(self) -> int:
        """How many of them are drawn."""
        return min(self.map_shape[2], MAPS)


@dataclasses.dataclass(frozen=True)
class Network:
    """A network that was read, and its layers."""

    name: str
    parameters: int
    layers: tuple[Layer, ...]


def read_network(run: str, photo: str | None, image: ImageConfig) -> Network:
    """Read a network and show it one photo.

    Args:
        run: the folder of a training run, or a `.keras` file.
        photo: path of a photo; `None` shows none.
        image: how the photo is read where there is no run's `config.yaml` to say it.

    Raises:
        MissingPathError: there is no such run or file.
        InputError: it cannot be read.
    """
    file, image = model_file(run), _image_of(run, image)
    model = load_model(file)
    maps = {} if photo is None else _maps(model, _input(model, photo, image))
    found = reaches(model)
    layers = tuple(_layer(layer, found[layer.name], maps.get(layer.name)) for layer in model.layers)
    return Network(Path(file).name, model.count_params(), layers)


def _image_of(run: str, image: ImageConfig) -> ImageConfig:
    """How the run read its photos."""
    return read_config(run).image if (Path(run) / "config.yaml").is_file() else image


def _input(model: Any, photo: str, image: ImageConfig) -> NDArray[np.float32]:
    """The photo as the network takes it: float32 `[1, H, W, C]`."""
    shape = tuple(model.input_shape)
    if len(shape) != 4:
        raise InputError(f"--model must take pictures, [B, H, W, C]. It takes {shape}")
    size = (shape[1] or image.image_size[0], shape[2] or image.image_size[1])
    pixels = load_image(
        photo,
        size,
        image.resize,
        image.decode,
        pad_value=image.pad_value,
        exif=image.exif,
        max_pixels=image.max_pixels,
        color_mode=image.color_mode,
    )
    if pixels.shape[2] != shape[3]:
        raise InputError(
            f"--model takes pictures of {shape[3]} channels, and the photos are read with {pixels.shape[2]}"
        )
    return pixels[None].astype(np.float32) * np.float32(1.0 if image.rescale is None else image.rescale)


def _maps(model: Any, pixels: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Each layer's output for the photo, `[H, W, C]`, of those that have maps."""
    layers = [
        layer
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
        and not isinstance(layer.output, (list, tuple, dict))
        and len(layer.output.shape) == 4
    ]
    if not layers:
        return {}
    outputs = keras.Model(model.inputs[0], [layer.output for layer in layers])(pixels, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return {layer.name: np.asarray(output)[0] for layer, output in zip(layers, outputs, strict=True)}


def _layer(layer: Any, reach: Reach, maps: NDArray[np.float32] | None) -> Layer:
    outputs = layer.output if isinstance(layer.output, (list, tuple)) else [layer.output]
    shape = ", ".join(" × ".join("?" if side is None else str(side) for side in one.shape[1:]) for one in outputs)
    kind = type(layer).__name__
    if maps is None:
        return Layer(layer.name, kind, shape, layer.count_params(), reach)
    height, width, count = maps.shape
    drawn = as_png(_montage(maps[:, :, :MAPS]))
    return Layer(layer.name, kind, shape, layer.count_params(), reach, drawn, (height, width, count))


def _montage(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Maps side by side, dark to bright on one scale for the layer: float32 `[H, W, C]` to uint8 `[H', W', 3]`."""
    from matplotlib import colormaps
    from PIL import Image

    low, high = float(maps.min()), float(maps.max())
    levels = np.clip((maps - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
    height, width, count = levels.shape
    factor = SIDE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    filter_ = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    colour = (colormaps["viridis"](np.arange(256))[:, :3] * 255).astype(np.uint8)
    rows = -(-count // COLUMNS)
    columns = min(count, COLUMNS)
    sheet = np.full((rows * (size[1] + 2), columns * (size[0] + 2), 3), 255, np.uint8)
    for k in range(count):
        tile = colour[np.asarray(Image.fromarray(levels[:, :, k]).resize(size, filter_))]
        top, left = k // COLUMNS * (size[1] + 2), k % COLUMNS * (size[0] + 2)
        sheet[top : top + size[1], left : left + size[0]] = tile
    return sheet
