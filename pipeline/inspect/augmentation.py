"""The effect of each augmentation argument on one photo: its extremes one by one, then random draws of all together."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.compiled import apply_parameters, augment_batch
from pipeline.augment.draw import COLUMNS, example_keys
from pipeline.augment.parameters import parameters
from pipeline.augment.warp import FILL_MODES
from pipeline.config import Augment
from pipeline.inspect.pictures import as_uri

__all__ = ["DRAWS", "Row", "extremes", "fills", "random_draws"]

DRAWS = 16
SHIFT = 0.3  # of the width and of the height
LOW, MIDDLE, HIGH = 0.0, 0.5, 1 - 2.0**-24  # draws are in [0, 1)
STILL = {field.name: field.default for field in dataclasses.fields(Augment)}


@dataclasses.dataclass(frozen=True)
class Row:
    """One argument at its ends.

    Args:
        name: of the argument, as in `pipeline.Augment`.
        value: what it is set to, as written in a configuration.
        pictures: (caption, is the caption a key of `pipeline.reports.words`, `data:` address) of each.
    """

    name: str
    value: str
    pictures: tuple[tuple[str, bool, str], ...]


def extremes(photo: NDArray[np.uint8], augment: Augment) -> list[Row]:
    """A row for each argument that changes something, in the order of the fields.

    Args:
        photo: uint8 `[H, W, C]`.
        augment: the ranges.
    """
    rows = []
    for name, value in dataclasses.asdict(augment).items():
        if name in ("fill_mode", "cval"):
            continue
        alone = Augment(**{**STILL, name: value, "fill_mode": augment.fill_mode, "cval": augment.cval})
        if not alone.is_identity:
            shown = list(value) if isinstance(value, tuple) else value
            pictures = tuple(_extreme(photo, alone, *end) for end in _ends(name, alone))
            rows.append(Row(name, str(shown).lower(), pictures))
    return rows


def fills(photo: NDArray[np.uint8], augment: Augment) -> list[tuple[str, str]]:
    """Show what each `fill_mode` puts into the places that a shifted photo left: (mode, `data:` address).

    Args:
        photo: uint8 `[H, W, C]`.
        augment: whose `cval` is the constant.
    """
    drawn = []
    for mode in FILL_MODES:
        shift: Any = {"width_shift_range": SHIFT, "height_shift_range": SHIFT, "fill_mode": mode, "cval": augment.cval}
        drawn.append((mode, as_uri(at(photo, Augment(**shift), {"width_shift": LOW, "height_shift": LOW}))))
    return drawn


def _extreme(
    photo: NDArray[np.uint8], alone: Augment, caption: str, is_key: bool, draws: dict[str, float]
) -> tuple[str, bool, str]:
    return caption, is_key, as_uri(at(photo, alone, draws))


def at(photo: NDArray[np.uint8], augment: Augment, draws: dict[str, float]) -> NDArray[np.float32]:
    """The photo with these draws, by the code that training uses.

    Args:
        photo: uint8 `[H, W, C]`.
        augment: the ranges.
        draws: in [0, 1), by their names in `pipeline.augment.draw.COLUMNS`; the others are 0.5.

    Returns:
        float32 `[H, W, C]` on the scale 0-255.
    """
    u = tf.constant([[draws.get(column, MIDDLE) for column in COLUMNS]], tf.float32)
    with tf.device("CPU:0"):
        drawn = parameters(u, augment, *photo.shape[:2])
        return np.asarray(apply_parameters(tf.constant(photo[None]), drawn, augment)[0], np.float32)


def _ends(name: str, augment: Augment) -> list[tuple[str, bool, dict[str, float]]]:
    """Caption, whether it is a key, and the draws, of each picture in a row."""
    value: Any = getattr(augment, name)
    if name in ("width_shift_range", "height_shift_range"):
        return _shifts(name.removesuffix("_range"), value)
    if name == "zoom_range":
        low, high = augment.zoom
        return [
            (f"{low:g}", False, {"zoom_width": LOW, "zoom_height": LOW}),
            (f"{high:g}", False, {"zoom_width": HIGH, "zoom_height": HIGH}),
            ("wide", True, {"zoom_width": LOW, "zoom_height": HIGH}),
            ("tall", True, {"zoom_width": HIGH, "zoom_height": LOW}),
        ]
    if name in ("horizontal_flip", "vertical_flip"):
        return [("off", True, {name: HIGH}), ("on", True, {name: LOW})]
    column = name.removesuffix("_range")
    low, high = value if isinstance(value, tuple) else (-value, value)
    ends: list[tuple[str, bool, dict[str, float]]] = [(f"{low:+g}", False, {column: LOW})]
    if column != "brightness":
        ends.append(("unchanged", True, {column: MIDDLE}))
    else:
        ends[0] = (f"{low:g}", False, {column: LOW})
    return [*ends, (f"{high:g}" if column == "brightness" else f"{high:+g}", False, {column: HIGH})]


def _shifts(column: str, value: Any) -> list[tuple[str, bool, dict[str, float]]]:
    if isinstance(value, float):
        return [
            (f"{-value:+g}", False, {column: LOW}),
            ("unchanged", True, {column: MIDDLE}),
            (f"{value:+g}", False, {column: HIGH}),
        ]
    choices = [float(choice) for choice in (range(value) if isinstance(value, int) else value)]
    largest = int(np.argmax(np.abs(choices)))
    draw = (largest + 0.5) / len(choices)
    return [
        (f"{-choices[largest]:+g}", False, {column: draw, f"{column}_sign": LOW}),
        (f"{choices[largest]:+g}", False, {column: draw, f"{column}_sign": HIGH}),
    ]


def random_draws(photo: NDArray[np.uint8], augment: Augment, seed: int) -> list[str]:
    """`DRAWS` random draws of all together, as `data:` addresses.

    Args:
        photo: uint8 `[H, W, C]`.
        augment: the ranges.
        seed: from which they follow.
    """
    with tf.device("CPU:0"):
        keys = example_keys(tf.range(DRAWS, dtype=tf.int64), tf.constant(0, tf.int64), seed)
        batch = augment_batch(tf.constant(np.stack([photo] * DRAWS)), keys, augment, None)
    return [as_uri(picture) for picture in np.asarray(batch)]
