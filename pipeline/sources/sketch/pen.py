"""A pen that draws an animal's parts in the animal's own units: head radius 1, x right, y down.

Outlines are NumPy float64 arrays of shape [n, 2]. Only sums and products touch them, and they are rounded
to whole pixels before Pillow sees them, so that the same seed gives the same picture on every machine.
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

# Drawn at twice the size and halved afterwards: Pillow's polygons have hard edges, photos do not.
OVERSAMPLE = 2

_SIDES = 36
# Rounded, because the last bit of a sine differs between C libraries.
_CIRCLE: Outline = np.round(
    [(math.cos(2 * math.pi * side / _SIDES), math.sin(2 * math.pi * side / _SIDES)) for side in range(_SIDES)],
    9,
)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies `share` (0 to 1) of the way from `first` to `second`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def oval(x: float, y: float, width: float, height: float) -> Outline:
    """An ellipse around (x, y) with the half axes `width` and `height`: float64 [36, 2]."""
    return _CIRCLE * (width, height) + (x, y)


def smooth(corners: Sequence[tuple[float, float]], rounds: int = 3) -> Outline:
    """A closed curve inside `corners` (Chaikin's corner cutting): float64 [len(corners) * 2**rounds, 2]."""
    points = np.asarray(corners, np.float64)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([points * 0.75 + following * 0.25, points * 0.25 + following * 0.75], axis=1)
        points = cut.reshape(-1, 2)
    return points


def tufted(outline: Outline, fuzz: float, rng: np.random.Generator) -> Outline:
    """The outline with a fringe of hair: every second point pushed outwards by up to `fuzz`."""
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
    """Draws on a colour canvas, a silhouette and a relief at once, turned, scaled and moved into place.

    `canvas` (RGB) and `silhouette` (L) have twice the picture's size; `relief` (L) has an eighth of theirs
    and holds light: 128 leaves a colour as it is, more lightens it.
    `x`, `y` and `scale` are in pixels of the canvas; `cosine` and `sine` tilt the animal.
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
        """A piece of the animal: coloured, and in front of the background."""
        place = self._place(outline)
        ImageDraw.Draw(self.canvas).polygon(place, fill=fill)
        ImageDraw.Draw(self.silhouette).polygon(place, fill=255)

    def mark(self, outline: Outline, fill: Colour) -> None:
        """A marking: colours the animal where it is, and never reaches outside it."""
        ImageDraw.Draw(self.canvas).polygon(self._place(outline), fill=fill)

    def line(self, path: Sequence[tuple[float, float]] | Outline, fill: Colour, width: float) -> None:
        """A marking along an open path, `width` in head radii."""
        pixels = max(1, round(width * self.scale))
        points = self._place(np.asarray(path, np.float64))
        ImageDraw.Draw(self.canvas).line(points, fill=fill, width=pixels, joint="curve")

    def hair(self, path: Sequence[tuple[float, float]] | Outline, fill: Colour, width: float) -> None:
        """A line that also reaches outside the animal: whiskers, a tail."""
        self.line(path, fill, width)
        pixels = max(1, round(width * self.scale))
        points = self._place(np.asarray(path, np.float64))
        ImageDraw.Draw(self.silhouette).line(points, fill=255, width=pixels, joint="curve")

    def light(self, outline: Outline, level: int) -> None:
        """Light (`level` above 128) or shadow (below) on the relief."""
        ImageDraw.Draw(self.relief).polygon(self._place(outline, 8), fill=level)

    def _place(self, outline: Outline, shrink: int = 1) -> list[tuple[int, int]]:
        across, down = outline[:, 0], outline[:, 1]
        x = self.x + self.scale * (across * self.cosine - down * self.sine)
        y = self.y + self.scale * (across * self.sine + down * self.cosine)
        pixels = np.rint(np.stack([x, y], axis=1) / shrink).astype(np.int64)
        return [(int(a), int(b)) for a, b in pixels.tolist()]
