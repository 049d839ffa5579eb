"""Draw the parts below the head, which are alike for cats and dogs: the body, the tail, a collar."""

from __future__ import annotations

import numpy as np

from .coat import BLACK, Coat
from .pen import Colour, Pen, mix, oval, smooth, tufted

__all__ = ["draw_body", "draw_collar", "draw_relief"]

_RIBBONS: tuple[Colour, ...] = ((190, 52, 52), (54, 92, 170), (58, 128, 84), (212, 170, 56), (140, 74, 140))


def draw_body(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    """Draw the body behind the head; most images cut it off at the lower edge."""
    side = float(rng.choice([-1, 1]))
    tail = [(0.9, 2.6), (1.7, 2.5), (2.0, 1.9), (1.85, 1.3), (2.1, 0.9)]
    pen.hair(_bend([(side * x, y) for x, y in tail]), coat.shade, rng.uniform(0.16, 0.34))
    if rng.random() < 0.4:
        _lie(pen, coat, side, rng)
    else:
        _sit(pen, coat, rng)


def draw_collar(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a collar with a tag under the chin, on some animals."""
    if rng.random() > 0.45:
        return
    colour = _RIBBONS[rng.integers(len(_RIBBONS))]
    pen.line(_bend([(-0.8, 0.78), (-0.5, 1.1), (0.0, 1.24), (0.5, 1.1), (0.8, 0.78)]), colour, 0.2)
    pen.mark(oval(0.0, 1.34, 0.13, 0.14), (216, 182, 84))
    pen.mark(oval(0.03, 1.36, 0.05, 0.06), mix(colour, BLACK, 0.4))


def draw_relief(pen: Pen, rng: np.random.Generator) -> None:
    """Draw the light that makes flat parts look round: a bright brow, a shadow under the chin."""
    lit = float(rng.choice([-1, 1])) * 0.3
    pen.light(oval(0.0, 2.2, 1.5, 1.9), 112)
    pen.light(oval(lit, 2.0, 0.8, 1.2), 136)
    pen.light(oval(0.0, 0.98, 0.85, 0.42), 82)
    pen.light(oval(0.0, 0.0, 1.08, 0.98), 108)
    pen.light(oval(lit * 0.5, -0.12, 0.84, 0.8), 128)
    pen.light(oval(lit, -0.28, 0.52, 0.45), 144)


def _bend(path: list[tuple[float, float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    points = np.asarray(path, np.float64)
    for _ in range(2):
        cut = np.stack([points[:-1] * 0.75 + points[1:] * 0.25, points[:-1] * 0.25 + points[1:] * 0.75], 1)
        points = np.concatenate([points[:1], cut.reshape(-1, 2), points[-1:]])
    return points


def _sit(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    wide = rng.uniform(1.0, 1.25)
    flank = [(-0.5, 0.5), (0.5, 0.5), (wide, 1.2), (wide * 1.4, 2.6), (wide * 1.2, 3.4)]
    flank += [(-wide * 1.2, 3.4), (-wide * 1.4, 2.6), (-wide, 1.2)]
    pen.part(tufted(smooth(flank), coat.fuzz, rng), coat.shade)
    pen.mark(oval(0.0, 1.5, 0.6 * wide, 0.85), mix(coat.base, coat.pale, 0.5))
    for leg in (-0.42, 0.42):
        pen.mark(oval(leg, 2.5, 0.33, 1.0), coat.base)
        pen.part(oval(leg, 3.3, 0.4, 0.22), coat.pale)
        for toe in (-0.12, 0.12):
            pen.line([(leg + toe, 3.25), (leg + toe, 3.45)], mix(coat.pale, BLACK, 0.5), 0.03)


def _lie(pen: Pen, coat: Coat, side: float, rng: np.random.Generator) -> None:
    back = [(-0.6, 0.4), (0.4, 0.2), (1.6, 0.3), (2.9, 0.7), (3.2, 1.7), (2.4, 2.0), (-0.4, 2.0), (-0.9, 1.3)]
    pen.part(tufted(smooth([(side * x, y) for x, y in back]), coat.fuzz, rng), coat.shade)
    pen.mark(oval(side * 2.2, 1.5, 0.65, 0.55), coat.base)
    pen.mark(oval(0.0, 1.3, 0.6, 0.5), mix(coat.base, coat.pale, 0.5))
    for paw in (-0.55, 0.4):
        pen.part(oval(paw, 1.9, 0.36, 0.24), coat.pale)
