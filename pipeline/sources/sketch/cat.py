"""Draw a cat's head: pointed upright ears, almond eyes with upright pupils, a small nose, whiskers."""

from __future__ import annotations

import numpy as np

from .coat import BLACK, PINK, WHITE, Coat, draw_markings
from .pen import Colour, Pen, mix, oval, smooth, tufted

__all__ = ["draw_cat_head"]

_IRISES: tuple[Colour, ...] = ((126, 158, 84), (196, 164, 62), (112, 158, 190), (176, 120, 52))


def draw_cat_head(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    """Draw the head around the pen's origin, looking a little to one side."""
    turn = float(rng.uniform(-0.16, 0.16))
    _ears(pen, coat, rng)
    wide, high = rng.uniform(0.95, 1.08), rng.uniform(0.76, 0.9)
    cheeks = [(0.0, -high * 1.1), (wide * 0.75, -high * 1.05), (wide * 1.15, -0.1), (wide * 1.1, 0.55)]
    cheeks += [(0.45, high * 1.2), (-0.45, high * 1.2), (-wide * 1.1, 0.55), (-wide * 1.15, -0.1)]
    cheeks += [(-wide * 0.75, -high * 1.05)]
    pen.part(tufted(smooth(cheeks), coat.fuzz, rng), coat.base)
    draw_markings(pen, coat, rng)
    _muzzle(pen, coat, turn, rng)
    _eyes(pen, coat, turn, rng)
    _whiskers(pen, coat, turn, rng)


def _ears(pen: Pen, coat: Coat, rng: np.random.Generator) -> None:
    height, spread = rng.uniform(1.4, 1.75), rng.uniform(0.68, 0.9)
    fur = coat.second if coat.pattern == "mask" else coat.base
    for side in (-1, 1):
        tip = spread + rng.uniform(-0.06, 0.1)
        ear = [
            (0.98, -0.1),
            (1.0, -0.75),
            (tip + 0.08, -height),
            (tip - 0.08, -height),
            (0.34, -0.95),
            (0.1, -0.5),
        ]
        pen.part(tufted(smooth([(side * x, y) for x, y in ear], 2), coat.fuzz * 0.6, rng), fur)
        inner = [(0.84, -0.45), (0.86, -0.8), (tip, -height * 0.9), (0.46, -0.88), (0.4, -0.6)]
        pen.mark(smooth([(side * x, y) for x, y in inner], 2), mix(PINK, fur, 0.4))


def _muzzle(pen: Pen, coat: Coat, turn: float, rng: np.random.Generator) -> None:
    pale = WHITE if coat.pattern == "blaze" and coat.second == WHITE else coat.pale
    for side in (-1, 1):
        pen.mark(oval(turn + side * 0.17, 0.42, 0.24, 0.19), pale)
    pen.mark(oval(turn, 0.58, 0.16, 0.12), pale)
    nose = mix(PINK, BLACK, float(rng.choice([0.1, 0.25, 0.75])))
    pen.line([(turn, 0.3), (turn, 0.44), (turn - 0.13, 0.53), (turn - 0.24, 0.49)], mix(pale, BLACK, 0.7), 0.03)
    pen.line([(turn, 0.44), (turn + 0.13, 0.53), (turn + 0.24, 0.49)], mix(pale, BLACK, 0.7), 0.03)
    pen.mark(smooth([(turn - 0.17, 0.2), (turn + 0.17, 0.2), (turn, 0.4)], 2), nose)


def _eyes(pen: Pen, coat: Coat, turn: float, rng: np.random.Generator) -> None:
    iris = _IRISES[rng.integers(len(_IRISES))]
    slit, size = rng.uniform(0.04, 0.11), rng.uniform(0.9, 1.15)
    asleep = rng.random() < 0.08
    for side in (-1, 1):
        x, y = side * 0.44 + turn * 0.6, -0.1
        if asleep:
            pen.line([(x - 0.2, y), (x - 0.08, y + 0.09), (x + 0.08, y + 0.09), (x + 0.2, y)], coat.line, 0.05)
            continue
        almond = np.array([(-0.3, 0.06), (-0.12, -0.24), (0.16, -0.26), (0.32, -0.08), (0.16, 0.2), (-0.12, 0.2)])
        almond = almond * (side * size, size)
        pen.mark(smooth((almond * 1.14 + (x, y)).tolist()), mix(coat.line, BLACK, 0.5))
        pen.mark(smooth((almond * 0.94 + (x, y)).tolist()), iris)
        pen.mark(oval(x, y, slit * size, 0.18 * size), BLACK)
        pen.mark(oval(x - 0.07, y - 0.08, 0.045, 0.045), WHITE)


def _whiskers(pen: Pen, coat: Coat, turn: float, rng: np.random.Generator) -> None:
    colour = WHITE if sum(coat.base) < 560 else mix(coat.base, BLACK, 0.45)
    for side in (-1, 1):
        for rise in (-0.14, 0.02, 0.18):
            droop = rise + rng.uniform(-0.06, 0.06)
            path = [(0.22, 0.42 + rise * 0.4), (0.8, 0.4 + droop), (1.4, 0.46 + droop * 1.9)]
            pen.hair([(turn + side * x, y) for x, y in path], colour, 0.022)
