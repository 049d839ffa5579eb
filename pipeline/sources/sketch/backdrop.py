"""Draw the background, out of focus: rooms, gardens and blankets with objects on them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .pen import Colour, mix, smooth

__all__ = ["draw_backdrop"]

# The background is drawn small and enlarged, which is fast and looks out of focus.
_SHRINK = 4

_WALLS: tuple[Colour, ...] = (
    (196, 186, 170),
    (150, 160, 166),
    (172, 150, 132),
    (118, 122, 116),
    (204, 196, 190),
    (128, 106, 92),
    (92, 84, 86),
    (162, 172, 150),
)
_FLOORS: tuple[Colour, ...] = ((132, 98, 70), (168, 148, 122), (96, 84, 80), (96, 116, 70), (150, 140, 138))
_THINGS: tuple[Colour, ...] = (
    (184, 70, 62),
    (70, 100, 160),
    (84, 126, 78),
    (216, 178, 84),
    (222, 142, 146),
    (60, 54, 54),
    (228, 222, 212),
    (124, 92, 64),
)


def draw_backdrop(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Draw a background in RGB, of `size` (width, height) in pixels."""
    width, height = (max(8, side // _SHRINK) for side in size)
    wall = _pick(_WALLS, rng)
    picture = _gradient((width, height), wall, mix(wall, (30, 30, 34), float(rng.uniform(0.1, 0.5))), rng)
    draw = ImageDraw.Draw(picture)
    kind = rng.integers(4)
    if kind == 0:
        _blanket(draw, width, height, rng)
    elif kind == 1:
        _foliage(draw, width, height, rng)
    else:
        _room(draw, width, height, rng)
    _clutter(draw, width, height, rng)
    blurred = picture.filter(ImageFilter.BoxBlur(float(rng.uniform(0.4, 2.4))))
    return blurred.resize(size, Image.Resampling.BILINEAR)


def _pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    red, green, blue = (int(c) for c in rng.integers(-16, 17, 3) + colours[rng.integers(len(colours))])
    return red, green, blue


def _gradient(size: tuple[int, int], one: Colour, two: Colour, rng: np.random.Generator) -> Image.Image:
    corners = Image.new("RGB", (2, 2), one)
    corners.putpixel((int(rng.integers(2)), int(rng.integers(2))), two)
    corners.putpixel((int(rng.integers(2)), 1), mix(one, two, 0.6))
    return corners.resize(size, Image.Resampling.BILINEAR)


def _room(draw: ImageDraw.ImageDraw, width: int, height: int, rng: np.random.Generator) -> None:
    floor = int(height * rng.uniform(0.55, 0.9))
    draw.rectangle((0, floor, width, height), fill=_pick(_FLOORS, rng))
    for x, y, wide, high in rng.random((int(rng.integers(1, 4)), 4)).tolist():
        left, top = (x * 1.1 - 0.2) * width, (y * 0.8 - 0.2) * height
        box = (left, top, left + (0.15 + wide * 0.5) * width, top + (0.15 + high * 0.5) * height)
        draw.rectangle([round(side) for side in box], fill=_pick(_THINGS if x > 0.5 else _WALLS, rng))


def _blanket(draw: ImageDraw.ImageDraw, width: int, height: int, rng: np.random.Generator) -> None:
    cloth, line = _pick(_THINGS, rng), _pick(_WALLS, rng)
    draw.rectangle((0, int(height * rng.uniform(0.0, 0.5)), width, height), fill=mix(cloth, line, 0.35))
    step, thick = int(rng.integers(9, 22)), int(rng.integers(1, 6))
    for x in range(0, width, step):
        draw.line((x, 0, x + int(rng.integers(-2, 3)), height), fill=cloth, width=thick)
    for y in range(0, height, step):
        draw.line((0, y, width, y), fill=line, width=thick)


def _foliage(draw: ImageDraw.ImageDraw, width: int, height: int, rng: np.random.Generator) -> None:
    green = _pick(((92, 122, 62), (70, 96, 58), (138, 148, 84), (122, 110, 72)), rng)
    draw.rectangle((0, int(height * rng.uniform(0.0, 0.6)), width, height), fill=green)
    for x, y, size, tone in rng.random((60, 4)).tolist():
        left, top, reach = x * width, y * height, 2 + size * size * 9
        leaf = mix(green, (222, 226, 168), tone * 0.7) if tone > 0.4 else mix(green, (22, 34, 18), tone)
        draw.ellipse([round(a) for a in (left, top, left + reach, top + reach * 0.8)], fill=leaf)


def _clutter(draw: ImageDraw.ImageDraw, width: int, height: int, rng: np.random.Generator) -> None:
    """Draw balls, cushions and leaves. Their corners and ovals resemble the ears of cats and dogs on purpose."""
    for _ in range(int(rng.integers(2, 7))):
        colour = _pick(_THINGS, rng)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        reach = rng.uniform(0.04, 0.13) * min(width, height)
        shape = rng.integers(3)
        if shape == 0:
            draw.ellipse([round(a) for a in (x - reach, y - reach, x + reach, y + reach)], fill=colour)
            continue
        corners = rng.uniform(-1.6, 1.6, (3 if shape == 1 else 6, 2)) * reach + (x, y)
        outline = corners if shape == 1 else smooth(corners.tolist(), 2)
        draw.polygon([(round(a), round(b)) for a, b in outline.tolist()], fill=colour)
