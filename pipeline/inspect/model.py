"""A trained network, layer by layer: output shape, parameters, what a value sees, and its maps of one photo."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.dataset.preview import levels_of
from pipeline.errors import InputError
from pipeline.images.load import load_as
from pipeline.inspect.convolution import Worked, filters_of, first_convolution, work_out
from pipeline.inspect.model_file import model_file
from pipeline.inspect.pictures import as_uri
from pipeline.inspect.receptive import Reach, reaches
from pipeline.models.saved import load_model
from pipeline.runs.trained_run import read_config
from pipeline.text.html import data_uri

__all__ = ["Layer", "Map", "Network", "read_network"]

MAPS = 16  # of a layer
SIDE = 72  # pixels of a map's longer side at most


@dataclasses.dataclass(frozen=True)
class Map:
    """The map of one filter over the photo, dark at its least value and bright at its largest.

    Args:
        picture: a `data:` address.
        low: the least value.
        high: the largest.
    """

    picture: str
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer.

    Args:
        name: its own.
        kind: of Keras' classes.
        output_shape: without the batch; several outputs are joined by commas.
        parameters: how many.
        reach: what a value of its output sees.
        maps: its first maps of the photo.
        map_shape: (height, width, how many) of all its maps.
    """

    name: str
    kind: str
    output_shape: str
    parameters: int
    reach: Reach
    maps: tuple[Map, ...] = ()
    map_shape: tuple[int, int, int] = (0, 0, 0)


@dataclasses.dataclass(frozen=True)
class Network:
    """A network that was read.

    Args:
        name: of its file.
        parameters: how many.
        layers: in their order.
        photo: the photo as the network gets it, a `data:` address; empty where none is shown to it.
        filters: of the first convolution, likewise.
        worked: one value of the first convolution's output, worked out.
    """

    name: str
    parameters: int
    layers: tuple[Layer, ...]
    photo: str = ""
    filters: tuple[str, ...] = ()
    worked: Worked | None = None


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
    given = None if photo is None else _input(model, photo, image)
    maps = {} if given is None else _maps(model, given)
    found, first = reaches(model), first_convolution(model)
    return Network(
        Path(file).name,
        model.count_params(),
        tuple(_layer(layer, found[layer.name], maps.get(layer.name)) for layer in model.layers),
        "" if given is None else as_uri(levels_of(given[0], image.rescale)),
        () if first is None else tuple(filters_of(first)),
        None if first is None or given is None else _worked(model, first, given),
    )


def _image_of(run: str, image: ImageConfig) -> ImageConfig:
    """Return the options with which the run read its photos."""
    return read_config(run).image if (Path(run) / "config.yaml").is_file() else image


def _input(model: Any, photo: str, image: ImageConfig) -> NDArray[np.float32]:
    """The photo as the network takes it: float32 `[1, H, W, C]`."""
    shape = tuple(model.input_shape)
    if len(shape) != 4:
        raise InputError(f"--model must take pictures, [B, H, W, C]. It takes {shape}")
    size = (shape[1] or image.image_size[0], shape[2] or image.image_size[1])
    pixels = load_as(photo, dataclasses.replace(image, size=size))
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


def _worked(model: Any, layer: Any, pixels: NDArray[np.float32]) -> Worked | None:
    """Run the network as far as the first convolution, and work out one of its values."""
    taken = layer.input
    if isinstance(taken, (list, tuple)):
        return None
    given, output = keras.Model(model.inputs[0], [taken, layer.output])(pixels, training=False)
    return work_out(layer, np.asarray(given, np.float32)[0], np.asarray(output, np.float32)[0])


def _layer(layer: Any, reach: Reach, maps: NDArray[np.float32] | None) -> Layer:
    outputs = layer.output if isinstance(layer.output, (list, tuple)) else [layer.output]
    shape = ", ".join(" × ".join("?" if side is None else str(side) for side in one.shape[1:]) for one in outputs)
    kind = type(layer).__name__
    if maps is None:
        return Layer(layer.name, kind, shape, layer.count_params(), reach)
    height, width, count = maps.shape
    drawn = tuple(_map(maps[:, :, k]) for k in range(min(count, MAPS)))
    return Layer(layer.name, kind, shape, layer.count_params(), reach, drawn, (height, width, count))


def _map(values: NDArray[np.float32]) -> Map:
    """Draw a map, dark to bright on a scale of its own: float32 `[H, W]`."""
    from matplotlib import colormaps
    from PIL import Image

    low, high = float(values.min()), float(values.max())
    levels = np.clip((values - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
    image = Image.fromarray(levels)
    if max(image.size) > SIDE:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    image.putpalette(np.rint(colormaps["viridis"](np.arange(256))[:, :3] * 255).astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return Map(data_uri(file.getvalue(), "png"), low, high)
