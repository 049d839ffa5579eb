"""Draw a dog's head: hanging ears, round eyes, a long muzzle with a big nose, often a tongue."""

from __future__ import annotations

import numpy as np

from .coat import BLACK, PINK, WHITE, Coat, draw_markings
from .pen import Colour, Pen, mix, oval, smooth, tufted

__all__ = ["draw_dog_head"]

_IRISES: tuple[Colour, ...] = ((92, 58, 34), (128, 84, 44), (70, 46, 32), (120, 150, 178))

# The outline of a right ear of each kind: (x, y) corners in head radii.
_EARS = {
    "drop": [(0.4, -0.98), (0.9, -0.95), (1.35, -0.3), (1.4, 0.45), (1.12, 0.72), (0.86, 0.3), (0.72, -0.3)],
    "long": [(0.45, -0.85), (0.95, -0.85), (1.3, -0.1), (1.38, 0.9), (1.1, 1.3), (0.78, 1.0), (0.74, -0.1)],
    "fold": [
        (0.3, -1.02),
        (0.75, -1.28),
        (1.1, -1.12),
        (1.45, -0.5),
        (1.2, -0.28),
        (0.9, -0.55),
        (0.6, -0.6),
    ],
}


def draw_dog_head(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    """Draw the head around the pen's origin, looking a little to one side."""
    turn = float(rng.uniform(-0.16, 0.16))
    wide, high = rng.uniform(0.86, 1.0), rng.uniform(0.88, 1.0)
    skull = [(0.0, -high * 1.08), (wide * 0.8, -high), (wide * 1.1, -0.1), (wide * 0.95, 0.6)]
    skull += [(0.4, high * 1.1), (-0.4, high * 1.1), (-wide * 0.95, 0.6), (-wide * 1.1, -0.1)]
    skull += [(-wide * 0.8, -high)]
    pen.part(tufted(smooth(skull), coat.fuzz, rng), coat.base)
    draw_markings(pen, coat, rng)
    _ears(pen, coat, rng)
    _eyes(pen, coat, turn, rng)
    _muzzle(pen, coat, turn, rng)


def _ears(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    shape = list(_EARS.values())[rng.integers(len(_EARS))]
    fur = (coat.shade, coat.second, coat.base)[rng.integers(3)]
    for side in (-1, 1):
        stretch = np.array([side * rng.uniform(0.92, 1.08), rng.uniform(0.92, 1.12)])
        outline = smooth((np.array(shape) * stretch).tolist())
        pen.part(tufted(outline, coat.fuzz, rng), mix(fur, BLACK, 0.3))
        pen.part(outline * (0.96, 0.97), fur)


def _eyes(pen: Pen, coat: Coat, turn: float, rng: np.random.Generator) -> None:
    iris = _IRISES[rng.integers(len(_IRISES))]
    size = rng.uniform(0.15, 0.2)
    asleep = rng.random() < 0.08
    for side in (-1, 1):
        x, y = side * 0.4 + turn * 0.6, -0.2
        if asleep:
            pen.line([(x - 0.18, y), (x - 0.07, y + 0.08), (x + 0.07, y + 0.08), (x + 0.18, y)], coat.line, 0.05)
            continue
        pen.mark(oval(x, y, size * 1.2, size * 1.12), mix(coat.line, BLACK, 0.5))
        pen.mark(oval(x, y, size, size), iris)
        pen.mark(oval(x, y, size * 0.62, size * 0.62), BLACK)
        pen.mark(oval(x - 0.06, y - 0.07, 0.05, 0.05), WHITE)
        brow = [(x - side * 0.12, y - 0.3), (x + side * 0.12, y - 0.33)]
        pen.line(brow, mix(coat.base, coat.pale, 0.6), 0.09)


def _muzzle(pen: Pen, coat: Coat, turn: float, rng: np.random.Generator) -> None:
    masked = coat.pattern in ("mask", "blaze")
    pale = coat.second if masked else coat.pale
    ink = mix(pale, BLACK, 0.72) if sum(pale) > 240 else mix(pale, WHITE, 0.25)
    x, long = turn * 1.3, rng.uniform(0.9, 1.15)
    if rng.random() < 0.5:
        tongue = [(-0.2, 0.75), (0.2, 0.75), (0.24, 1.15), (0.12, 1.42), (-0.12, 1.42), (-0.24, 1.15)]
        pen.part(smooth([(x + a, b * long) for a, b in tongue]), (214, 104, 112))
        pen.line([(x, 0.8 * long), (x, 1.2 * long)], (176, 76, 88), 0.03)
    pen.part(tufted(smooth(_snout(x, long)), coat.fuzz * 0.6, rng), pale)
    pen.line([(x, 0.3), (x, 0.7 * long), (x - 0.2, 0.86 * long), (x - 0.42, 0.78 * long)], ink, 0.035)
    pen.line([(x, 0.7 * long), (x + 0.2, 0.86 * long), (x + 0.42, 0.78 * long)], ink, 0.035)
    nose = mix(BLACK, PINK, float(rng.choice([0.05, 0.15, 0.55])))
    pen.mark(smooth([(x - 0.34, 0.1), (x + 0.34, 0.1), (x + 0.26, 0.4), (x, 0.52), (x - 0.26, 0.4)]), nose)
    pen.mark(oval(x - 0.07, 0.19, 0.08, 0.035), mix(nose, WHITE, 0.55))


def _snout(x: float, long: float) -> list[tuple[float, float]]:
    half = [(0.0, 0.0), (0.34, 0.0), (0.56, 0.45), (0.54, 0.95 * long), (0.2, 1.12 * long)]
    return [(x + a, b) for a, b in half] + [(x - a, b) for a, b in reversed(half[1:])]
