"""A batch of pictures as one figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.progress import say
from pipeline.sources.labels import LabelMode
from pipeline.text.fonts import drawable, find_fonts, letter_names, package_for, shortened
from pipeline.text.plain_text import shown

if TYPE_CHECKING:
    from pipeline.runtime.shown_figure import ShownFigure

__all__ = ["draw_batch", "levels_of", "names_of_labels", "names_to_draw"]

CELL = 1.6  # inches a picture
TITLE = 20  # characters above it


def levels_of(
    images: NDArray[np.float32], rescale: float | None, span: tuple[float, float] = (0.0, 255.0)
) -> NDArray[np.uint8]:
    """Convert the input of a model, float32 `[..., H, W, C]`, to uint8 levels; undo the factor on values of `span`."""
    values = images / (1.0 if rescale is None else rescale)
    levels = np.rint((values - span[0]) * (255 / (span[1] - span[0])))
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def names_to_draw(class_names: Sequence[str]) -> tuple[str, ...]:
    """Return class names as a picture can show them: by number, with a note, where no font has their letters."""
    found = letter_names(class_names)
    if found.missing:
        numbers = ", ".join(f"{number} = {shown(name)}" for number, name in enumerate(class_names))
        say(
            "note: no font on this machine has the letters of the class names, so the picture shows numbers: "
            f"{numbers}. To see the names, install such a font (on Debian, Ubuntu and hosted notebooks: "
            f"apt-get install {package_for(found.missing)}) and draw again"
        )
    return found.names


def names_of_labels(labels: Any, mode: LabelMode, class_names: Sequence[str]) -> list[str]:
    """Return the text of each label, to be drawn above its image.

    Args:
        labels: `[B, ...]`, as a batch has them; not looked at where there are none.
        mode: their label mode.
        class_names: the classes in the order of their labels.
    """
    if mode is None:
        return []
    array = np.asarray(labels)
    if mode == "regression":
        return [", ".join(f"{value:.4g}" for value in row) for row in array]
    drawn = names_to_draw(class_names)
    if mode == "multi_label":
        return [", ".join(drawn[k] for k in np.flatnonzero(row)) or "–" for row in array]
    numbers = array.argmax(axis=1) if mode == "categorical" else array.reshape(-1).astype(int)
    return [drawn[number] for number in numbers]


def draw_batch(
    images: NDArray[np.float32],
    names: Sequence[str],
    rescale: float | None,
    span: tuple[float, float] = (0.0, 255.0),
) -> ShownFigure:
    """Draw pictures in a grid.

    Args:
        images: float32 `[B, H, W, C]`, C 1, 3 or 4.
        names: a title a picture, or none at all; letters that no installed font has are drawn as boxes.
        rescale: the factor that the levels 0-255 were multiplied by; undone here.
        span: the values that are black and white, where they are others than 0 and 255.
    """
    from pipeline.runtime.shown_figure import ShownFigure

    columns = min(len(images), 8)
    rows = math.ceil(len(images) / columns)
    figure = ShownFigure(figsize=(CELL * columns, (CELL + 0.2) * rows), layout="constrained")
    levels = levels_of(images, rescale, span)
    titles = [shortened(drawable(name), TITLE) for name in names]
    families = find_fonts(titles).families
    axes = np.atleast_1d(np.asarray(figure.subplots(rows, columns), object)).reshape(-1)
    for position, axis in enumerate(axes):
        axis.set_axis_off()
        if position < len(levels):
            picture = levels[position]
            axis.imshow(picture[:, :, 0] if picture.shape[2] == 1 else picture, cmap="gray", vmin=0, vmax=255)
            if titles:
                axis.set_title(titles[position], fontsize=9, fontfamily=families, parse_math=False)
    return figure
