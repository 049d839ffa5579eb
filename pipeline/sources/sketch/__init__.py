"""Draw an image of a cat or a dog as JPEG bytes, with NumPy and Pillow."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from .backdrop import draw_backdrop
from .body import draw_body, draw_collar, draw_relief
from .cat import draw_cat_head
from .coat import choose_coat
from .dog import draw_dog_head
from .pen import OVERSAMPLE, Pen
from .photo import choose_size, develop, encode

__all__ = ["draw_image"]


def draw_image(kind: str, rng: np.random.Generator) -> bytes:
    """Draw an animal and return a JPEG; the same state of `rng` gives the same bytes.

    Args:
        kind: "cat" or "dog".
        rng: the generator of all random draws.

    Returns:
        The bytes of an RGB JPEG, 4:2:0, with sides of about 76 to 500 pixels.
    """
    size = choose_size(rng)
    coat = choose_coat(rng)
    pen = _hold_pen(size, coat.base, rng)
    draw_body(pen, coat, rng)
    (draw_cat_head if kind == "cat" else draw_dog_head)(pen, coat, rng)
    draw_collar(pen, rng)
    draw_relief(pen, rng)
    animal, outline = pen.canvas.reduce(OVERSAMPLE), pen.silhouette.reduce(OVERSAMPLE)
    scene = Image.composite(animal, draw_backdrop(size, rng), outline)
    relief = pen.relief.filter(ImageFilter.BoxBlur(pen.scale / 8 * 0.13))
    return encode(develop(scene, relief, outline, rng), rng)


def _hold_pen(size: tuple[int, int], fill: tuple[int, int, int], rng: np.random.Generator) -> Pen:
    """Return a pen at the place, size and tilt of the animal, with new canvases."""
    width, height = (side * OVERSAMPLE for side in size)
    scale = min(width, height) * rng.uniform(0.26, 0.36)
    x = width / 2 + (width * 0.5 - scale * 0.9) * rng.uniform(-0.6, 0.6)
    y = height * rng.uniform(0.36, 0.6)
    tilt = math.radians(rng.uniform(-25, 25))
    return Pen(
        canvas=Image.new("RGB", (width, height), fill),
        silhouette=Image.new("L", (width, height), 0),
        relief=Image.new("L", (width // 8, height // 8), 126),
        x=float(x),
        y=float(y),
        scale=float(scale),
        cosine=math.cos(tilt),
        sine=math.sin(tilt),
    )
