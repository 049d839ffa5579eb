"""Choose and draw an animal's coat: colours and markings, the same ones for cats and dogs."""

from __future__ import annotations

import dataclasses

import numpy as np

from .pen import Colour, Pen, mix, oval, smooth

__all__ = ["BLACK", "PINK", "WHITE", "Coat", "choose_coat", "draw_markings"]

BLACK: Colour = (28, 25, 26)
WHITE: Colour = (238, 234, 226)
PINK: Colour = (222, 142, 146)

_BASES: tuple[Colour, ...] = (
    (44, 40, 42),  # black
    (88, 86, 92),  # slate
    (134, 136, 142),  # silver
    (206, 128, 62),  # ginger
    (222, 178, 118),  # gold
    (226, 206, 172),  # cream
    (124, 84, 56),  # brown
    (82, 56, 44),  # chocolate
    (230, 226, 216),  # white
    (176, 144, 108),  # fawn
)
_PATTERNS = ("plain", "plain", "stripes", "stripes", "blaze", "blaze", "patches", "mask", "spots")


@dataclasses.dataclass(frozen=True)
class Coat:
    """The coat of an animal.

    Args:
        base: the main colour.
        second: the colour of the pattern.
        pale: the colour of muzzle and chest.
        pattern: the name of the pattern.
        fuzz: the length of the hair at the outline, in head radii.
    """

    base: Colour
    second: Colour
    pale: Colour
    pattern: str
    fuzz: float

    @property
    def shade(self) -> Colour:
        """Return the main colour in shadow."""
        return mix(self.base, BLACK, 0.28)

    @property
    def line(self) -> Colour:
        """Return a colour that is visible on the main colour: darker, or lighter if the coat is nearly black."""
        return mix(self.base, BLACK, 0.65) if sum(self.base) > 180 else mix(self.base, WHITE, 0.22)


def choose_coat(rng: np.random.Generator) -> Coat:
    """Choose a random coat."""
    base, other = (_BASES[i] for i in rng.choice(len(_BASES), 2, replace=False))
    base = mix(base, WHITE if rng.random() < 0.5 else BLACK, 0.15 * rng.random())
    pattern = _PATTERNS[rng.integers(len(_PATTERNS))]
    if pattern == "stripes":
        other = mix(base, BLACK, 0.5) if sum(base) > 200 else mix(base, WHITE, 0.3)
    elif pattern == "mask":
        other = mix(base, BLACK, 0.62)
    elif pattern == "blaze":
        other = WHITE if sum(base) < 600 else mix(base, (150, 96, 60), 0.6)
    pale = mix(base, WHITE, 0.25 + 0.55 * rng.random())
    return Coat(base, other, pale, pattern, float(0.03 + 0.12 * rng.random() ** 2))


def draw_markings(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    """Draw the coat's pattern over head and body."""
    if coat.pattern == "stripes":
        _stripes(pen, coat, rng)
    elif coat.pattern == "blaze":
        _blaze(pen, coat, rng)
    elif coat.pattern in ("patches", "spots"):
        _patches(pen, coat, rng)
    elif coat.pattern == "mask":
        pen.mark(oval(0.0, 0.45, 0.62, 0.55), coat.second)


def _stripes(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    width = 0.06 + 0.05 * rng.random()
    for x in (-0.3, -0.1, 0.1, 0.3):
        pen.line([(x * 1.3, -0.88), (x * 0.9, -0.62), (x * 1.05, -0.42)], coat.second, width)
    for side in (-1, 1):
        for y in (0.05, 0.25, 0.45):
            pen.line([(side * 1.0, y), (side * 0.8, y + 0.02), (side * 0.62, y - 0.06)], coat.second, width)
        for y in (1.3, 1.65, 2.0, 2.35):
            pen.line([(side * 1.5, y - 0.1), (side * 0.95, y + 0.1), (side * 0.5, y)], coat.second, width * 1.4)


def _blaze(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    top, width = -0.75 + 0.5 * rng.random(), 0.12 + 0.12 * rng.random()
    corners = [(-0.03, top), (0.03, top), (width, -0.1), (0.6, 0.5), (0.5, 1.0)]
    corners += [(-0.5, 1.0), (-0.6, 0.5), (-width, -0.1)]
    pen.mark(smooth(corners), coat.second)
    pen.mark(oval(0.0, 1.5, 0.55, 0.75), coat.second)


def _patches(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    count, size = (9, 0.34) if coat.pattern == "patches" else (26, 0.13)
    for x, y, wide, high in rng.random((count, 4)).tolist():
        patch = oval(-1.4 + 2.8 * x, -0.9 + 3.6 * y, size * (0.6 + wide), size * (0.6 + high))
        pen.mark(patch, coat.second)
