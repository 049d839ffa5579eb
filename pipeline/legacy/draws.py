"""Draw random transformations like `ImageDataGenerator.get_random_transform`, for one image or for a batch.

Seeds give Keras' results because numbers are drawn from NumPy's state in Keras' order: rotation, height shift, width
shift, shear, two zooms, two flips, channel shift, brightness. Flips are always drawn, the others only where they are
configured.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranges", "Transforms", "draw_batch", "draw_one"]


class Ranges(Protocol):
    """The attributes of a generator that determine the draws; users may change them between two batches."""

    rotation_range: float
    width_shift_range: Any
    height_shift_range: Any
    shear_range: float
    zoom_range: list[float]
    channel_shift_range: float
    horizontal_flip: bool
    vertical_flip: bool
    brightness_range: Sequence[float] | None


def _shift(extent: Any, length: int, random: np.random.RandomState) -> Any:
    """Draw a shift in pixels.

    A list gives one of its values with a random sign, an integer n one of 0 to n-1 with a random sign, and a float a
    value from minus to plus itself. Values below 1 are fractions of `length`.
    """
    if not extent:
        return 0
    try:
        shift = random.choice(extent)
        shift *= random.choice([-1, 1])
    except ValueError:  # `choice` does not take a float
        shift = random.uniform(-extent, extent)
    return shift * length if np.max(extent) < 1 else shift


def draw_one(ranges: Ranges, height: int, width: int, random: np.random.RandomState) -> dict[str, Any]:
    """Draw the parameters of one image of `height` x `width` pixels, in the form that `apply_transform` takes."""
    theta = random.uniform(-ranges.rotation_range, ranges.rotation_range) if ranges.rotation_range else 0
    tx = _shift(ranges.height_shift_range, height, random)
    ty = _shift(ranges.width_shift_range, width, random)
    shear = random.uniform(-ranges.shear_range, ranges.shear_range) if ranges.shear_range else 0
    low, high = ranges.zoom_range
    zx, zy = (1, 1) if low == 1 and high == 1 else random.uniform(low, high, 2)
    flip_horizontal = (random.random_sample() < 0.5) * ranges.horizontal_flip
    flip_vertical = (random.random_sample() < 0.5) * ranges.vertical_flip
    shift, brightness = None, None
    if ranges.channel_shift_range != 0:
        shift = random.uniform(-ranges.channel_shift_range, ranges.channel_shift_range)
    if ranges.brightness_range is not None:
        brightness = random.uniform(ranges.brightness_range[0], ranges.brightness_range[1])
    return {
        "theta": theta,
        "tx": tx,
        "ty": ty,
        "shear": shear,
        "zx": zx,
        "zy": zy,
        "flip_horizontal": flip_horizontal,
        "flip_vertical": flip_vertical,
        "channel_shift_intensity": shift,
        "brightness": brightness,
    }


@dataclasses.dataclass(frozen=True)
class Transforms:
    """The parameters of B images, each an array `[B]`; shifts are in pixels, angles in degrees.

    `channel_shift` and `brightness` are `None` where they are not configured.
    """

    theta: NDArray[np.float64]
    tx: NDArray[np.float64]
    ty: NDArray[np.float64]
    shear: NDArray[np.float64]
    zx: NDArray[np.float64]
    zy: NDArray[np.float64]
    flip_horizontal: NDArray[np.bool_]
    flip_vertical: NDArray[np.bool_]
    channel_shift: NDArray[np.float64] | None = None
    brightness: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.theta)

    def __getitem__(self, part: slice) -> Transforms:
        """Return the parameters of a part of the batch."""
        names = (field.name for field in dataclasses.fields(self))
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        parts: dict[str, Any] = {name: None if value is None else value[part] for name, value in values.items()}
        return Transforms(**parts)

    def row(self, place: int) -> dict[str, Any]:
        """Return the parameters of image number `place`, in the form that `apply_transform` takes."""
        return {
            **{name: getattr(self, name)[place] for name in ("theta", "tx", "ty", "shear", "zx", "zy")},
            "flip_horizontal": self.flip_horizontal[place],
            "flip_vertical": self.flip_vertical[place],
            "channel_shift_intensity": None if self.channel_shift is None else float(self.channel_shift[place]),
            "brightness": None if self.brightness is None else float(self.brightness[place]),
        }

    @property
    def moves(self) -> bool:
        """Return whether any image is warped or flipped."""
        zero_if_still = (self.theta, self.tx, self.ty, self.shear, self.flip_horizontal, self.flip_vertical)
        return bool(any(np.any(value) for value in zero_if_still) or np.any(self.zx != 1) or np.any(self.zy != 1))

    @classmethod
    def stacked(cls, rows: Sequence[Mapping[str, Any]]) -> Transforms:
        """Join dictionaries of `draw_one`; as in `apply_transform`, a missing parameter changes nothing."""

        def column(name: str, default: float) -> NDArray[np.float64]:
            return np.array([row.get(name, default) for row in rows], np.float64)

        def flags(name: str) -> NDArray[np.bool_]:
            return np.array([bool(row.get(name, False)) for row in rows], np.bool_)

        def optional(name: str) -> NDArray[np.float64] | None:
            return column(name, 0) if rows and all(row.get(name) is not None for row in rows) else None

        return cls(
            theta=column("theta", 0),
            tx=column("tx", 0),
            ty=column("ty", 0),
            shear=column("shear", 0),
            zx=column("zx", 1),
            zy=column("zy", 1),
            flip_horizontal=flags("flip_horizontal"),
            flip_vertical=flags("flip_vertical"),
            channel_shift=optional("channel_shift_intensity"),
            brightness=optional("brightness"),
        )


def _is_finite_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value)


def _needs_one_uniform_each(ranges: Ranges) -> bool:
    """Return whether each parameter needs exactly one uniform number, so that one call can draw a whole batch."""
    shifts = (ranges.height_shift_range, ranges.width_shift_range)
    numbers = [ranges.rotation_range, ranges.shear_range, ranges.channel_shift_range, *ranges.zoom_range]
    numbers += ranges.brightness_range or []
    floats = all(
        isinstance(value, (float, np.floating)) or (_is_finite_number(value) and value == 0) for value in shifts
    )
    return floats and all(_is_finite_number(value) for value in [*numbers, *shifts])


def draw_batch(ranges: Ranges, height: int, width: int, count: int, random: np.random.RandomState) -> Transforms:
    """Draw the parameters of `count` images of `height` x `width` pixels.

    The result equals that of `count` calls of `draw_one`; where possible, one call draws all numbers.
    """
    if not _needs_one_uniform_each(ranges):
        return Transforms.stacked([draw_one(ranges, height, width, random) for _ in range(count)])
    spans: list[tuple[str, float, float]] = []

    def around_zero(name: str, extent: float) -> None:
        if extent:
            spans.append((name, -extent, extent))

    around_zero("theta", ranges.rotation_range)
    around_zero("tx", ranges.height_shift_range)
    around_zero("ty", ranges.width_shift_range)
    around_zero("shear", ranges.shear_range)
    low, high = ranges.zoom_range
    if not (low == 1 and high == 1):
        spans += [("zx", low, high), ("zy", low, high)]
    spans += [("flip_horizontal", 0, 1), ("flip_vertical", 0, 1)]
    around_zero("channel_shift", ranges.channel_shift_range)
    if ranges.brightness_range is not None:
        spans.append(("brightness", ranges.brightness_range[0], ranges.brightness_range[1]))
    uniform = random.random_sample((count, len(spans)))
    drawn = {name: low + (high - low) * uniform[:, k] for k, (name, low, high) in enumerate(spans)}
    return _to_transforms(drawn, ranges, height, width, count)


def _to_transforms(
    drawn: dict[str, NDArray[np.float64]], ranges: Ranges, height: int, width: int, count: int
) -> Transforms:
    """Convert drawn numbers to parameters: fractions to pixels, flips to booleans, undrawn ones to the identity."""
    zeros = np.zeros(count)
    parameters: dict[str, Any] = dict.fromkeys(("theta", "tx", "ty", "shear"), zeros)
    parameters |= {"zx": zeros + 1, "zy": zeros + 1} | drawn
    if "tx" in drawn and ranges.height_shift_range < 1:
        parameters["tx"] = drawn["tx"] * height
    if "ty" in drawn and ranges.width_shift_range < 1:
        parameters["ty"] = drawn["ty"] * width
    for name, wanted in (("flip_horizontal", ranges.horizontal_flip), ("flip_vertical", ranges.vertical_flip)):
        parameters[name] = (drawn[name] < 0.5) & bool(wanted)
    return Transforms(**parameters)
