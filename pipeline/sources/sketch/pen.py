"""Draw the parts of an animal in its own units: the head's radius is 1, x points right, y points down.

Outlines are NumPy float64 arrays of shape [n, 2]. They are computed with sums and products only, and rounded to whole
pixels before Pillow draws them, so that the same seed gives the same image on every machine.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

__all__ = ["OVERSAMPLE", "Colour", "Outline", "Pen", "mix", "oval", "smooth", "tufted"]

Colour = tuple[int, int, int]
Outline = npt.NDArray[np.float64]

# Images are drawn at twice their size and reduced, because Pillow's polygons have hard edges and photos do not.
OVERSAMPLE = 2

_SIDES = 36
# The values are rounded, because the last bit of a sine differs between C libraries.
_CIRCLE: Outline = np.round(
    [(math.cos(2 * math.pi * side / _SIDES), math.sin(2 * math.pi * side / _SIDES)) for side in range(_SIDES)],
    9,
)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return a mixture of two colours: `first` for a share of 0, `second` for a share of 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def oval(x: float, y: float, width: float, height: float) -> Outline:
    """Return the outline of an ellipse around (x, y) with the half axes `width` and `height`: float64 [36, 2]."""
    return _CIRCLE * (width, height) + (x, y)


def smooth(corners: Sequence[tuple[float, float]], rounds: int = 3) -> Outline:
    """Return a closed curve inside `corners`, by Chaikin's corner cutting: float64 [len(corners) * 2**rounds, 2]."""
    points = np.asarray(corners, np.float64)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([points * 0.75 + following * 0.25, points * 0.25 + following * 0.75], axis=1)
        points = cut.reshape(-1, 2)
    return points


def tufted(outline: Outline, fuzz: float, rng: np.random.Generator) -> Outline:
    """Return an outline with a fringe of hair: every second point is moved outwards by up to `fuzz`."""
    if fuzz <= 0:
        return outline
    middle = outline.mean(axis=0)
    dense = np.stack([outline, (outline + np.roll(outline, -1, axis=0)) / 2], axis=1).reshape(-1, 2)
    outwards = dense - middle
    length = np.sqrt((outwards * outwards).sum(axis=1, keepdims=True)) + 1e-6
    push = rng.random((len(dense), 1)) * fuzz
    push[::2] *= 0.15
    fringed: Outline = dense + outwards / length * push
    return fringed


@dataclasses.dataclass(frozen=True)
class Pen:
    """A pen that draws outlines on a colour canvas, a silhouette and a relief, rotated, scaled and moved into place.

    Args:
        canvas: the colours, an RGB image of twice the final size.
        silhouette: the animal's area, an L image of twice the final size.
        relief: the light, an L image of an eighth of the canvas' size; 128 leaves a colour unchanged, more lightens it.
        x: the centre of the head in pixels of the canvas.
        y: the same for the vertical axis.
        scale: the head's radius in pixels of the canvas.
        cosine: the cosine of the animal's tilt.
        sine: the sine of the animal's tilt.
    """

    canvas: Image.Image
    silhouette: Image.Image
    relief: Image.Image
    x: float
    y: float
    scale: float
    cosine: float
    sine: float

    def part(self, outline: Outline, fill: Colour) -> None:
        """Draw a part of the animal, in front of the background."""
        place = self._place(outline)
        ImageDraw.Draw(self.canvas).polygon(place, fill=fill)
        ImageDraw.Draw(self.silhouette).polygon(place, fill=255)

    def mark(self, outline: Outline, fill: Colour) -> None:
        """Draw a marking, which colours the animal and is not visible outside it."""
        ImageDraw.Draw(self.canvas).polygon(self._place(outline), fill=fill)

    def line(self, path: Sequence[tuple[float, float]] | Outline, fill: Colour, width: float) -> None:
        """Draw a marking along an open path; `width` is in head radii."""
        pixels = max(1, round(width * self.scale))
        points = self._place(np.asarray(path, np.float64))
        ImageDraw.Draw(self.canvas).line(points, fill=fill, width=pixels, joint="curve")

    def hair(self, path: Sequence[tuple[float, float]] | Outline, fill: Colour, width: float) -> None:
        """Draw a line that is visible outside the animal too: whiskers, a tail; `width` is in head radii."""
        self.line(path, fill, width)
        pixels = max(1, round(width * self.scale))
        points = self._place(np.asarray(path, np.float64))
        ImageDraw.Draw(self.silhouette).line(points, fill=255, width=pixels, joint="curve")

    def light(self, outline: Outline, level: int) -> None:
        """Draw light (`level` above 128) or shadow (below 128) on the relief."""
        ImageDraw.Draw(self.relief).polygon(self._place(outline, 8), fill=level)

    def _place(self, outline: Outline, shrink: int = 1) -> list[tuple[int, int]]:
        across, down = outline[:, 0], outline[:, 1]
        x = self.x + self.scale * (across * self.cosine - down * self.sine)
        y = self.y + self.scale * (across * self.sine + down * self.cosine)
        pixels = np.rint(np.stack([x, y], axis=1) / shrink).astype(np.int64)
        return [(int(a), int(b)) for a, b in pixels.tolist()]
