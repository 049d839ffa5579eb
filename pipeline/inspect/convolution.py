"""The first convolution of a network: its filters, and one value of its output worked out from the image's numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.inspect.pictures import as_png

__all__ = ["Channel", "Worked", "filters_of", "first_convolution", "work_out"]

SHOWN = 16  # filters
LARGEST, MOST_CHANNELS = 5, 4  # a kernel's side and an image's channels, of which every number can be shown
COLOURS = ("R", "G", "B")


@dataclasses.dataclass(frozen=True)
class Channel:
    """The part of the value that one channel of the image adds.

    Args:
        name: R, G or B; a number where the channels are not those.
        values: of the image, float32 `[k, k]`.
        weights: of the filter, likewise.
    """

    name: str
    values: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def products(self) -> NDArray[np.float64]:
        """Each value times its weight, `[k, k]`."""
        return self.values.astype(np.float64) * self.weights

    @property
    def total(self) -> float:
        """The sum of the products."""
        return float(self.products.sum())


@dataclasses.dataclass(frozen=True)
class Worked:
    """One value of a convolution's output, worked out.

    Args:
        layer: the convolution's name.
        filter_number: which of its filters, from 0.
        place: (row, column) of the value in the filter's map, from 0.
        corner: (row, column) of the patch's upper left pixel in the layer's input, from 0.
        channels: what each channel adds.
        bias: of the filter.
        activation: the name of the function that comes last; `"linear"` changes nothing.
        output: the value in the map, as the layer itself computed it.
    """

    layer: str
    filter_number: int
    place: tuple[int, int]
    corner: tuple[int, int]
    channels: tuple[Channel, ...]
    bias: float
    activation: str
    output: float

    @property
    def before(self) -> float:
        """The sum of all products and the bias: the value before the activation."""
        return sum(channel.total for channel in self.channels) + self.bias


def first_convolution(model: Any) -> Any:
    """Return the first layer that slides filters over an image with all its channels; `None` where there is none."""
    return next((layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D) and layer.groups == 1), None)


def filters_of(layer: Any) -> list[str]:
    """Draw a convolution's first filters, a pixel a weight, as `data:` addresses; grey is 0.

    A filter over three channels has its colours, one over a single channel is grey; of others there is no picture.
    """
    kernel = np.asarray(layer.kernel)
    if kernel.shape[2] not in (1, 3):
        return []
    drawn = []
    for k in range(min(kernel.shape[3], SHOWN)):
        weights = kernel[:, :, :, k] / max(float(np.abs(kernel[:, :, :, k]).max()), 1e-12)
        levels = np.rint(127.5 + 127.5 * weights).astype(np.uint8)
        drawn.append(as_png(np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels))
    return drawn


def work_out(layer: Any, given: NDArray[np.float32], output: NDArray[np.float32]) -> Worked | None:
    """Work out the convolution's largest value whose patch lies inside the image.

    Args:
        layer: a convolution.
        given: its input, float32 `[H, W, C]`.
        output: its output, `[H', W', F]`.

    Returns:
        `None` where the numbers are too many to be shown, or lie apart (dilation).
    """
    kernel = np.asarray(layer.kernel)
    height, width, channels, _ = kernel.shape
    if max(height, width) > LARGEST or channels > MOST_CHANNELS or tuple(layer.dilation_rate) != (1, 1):
        return None
    tops = _starts(given.shape[0], height, layer.strides[0], layer.padding)
    lefts = _starts(given.shape[1], width, layer.strides[1], layer.padding)
    if not tops or not lefts:
        return None
    inside = output[np.ix_(list(tops), list(lefts))]
    row, column, filter_number = (int(k) for k in np.unravel_index(int(inside.argmax()), inside.shape))
    row, column = list(tops)[row], list(lefts)[column]
    top, left = tops[row], lefts[column]
    patch = given[top : top + height, left : left + width]
    names: Sequence[str] = COLOURS if channels == 3 else [str(k + 1) for k in range(channels)]
    return Worked(
        layer.name,
        filter_number,
        (row, column),
        (top, left),
        tuple(Channel(name, patch[:, :, k], kernel[:, :, k, filter_number]) for k, name in enumerate(names)),
        float(np.asarray(layer.bias)[filter_number]) if layer.use_bias else 0.0,
        getattr(layer.activation, "__name__", "activation"),
        float(output[row, column, filter_number]),
    )


def _starts(side: int, window: int, stride: int, padding: str) -> dict[int, int]:
    """Return where the window of each place begins, of the places whose window lies inside."""
    before = max((-(-side // stride) - 1) * stride + window - side, 0) // 2 if padding == "same" else 0
    places = -(-side // stride) if padding == "same" else (side - window) // stride + 1
    starts = {place: place * stride - before for place in range(places)}
    return {place: start for place, start in starts.items() if 0 <= start <= side - window}
