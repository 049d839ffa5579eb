"""Configure the random augmentation, with the names and meanings of `ImageDataGenerator`'s arguments."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.brief import print_briefly

__all__ = ["Augment", "FillMode", "Shift"]

FillMode = Literal["nearest", "constant", "reflect", "wrap"]
Shift = int | float | tuple[float, ...]

_SHIFT = (
    "a fraction of the side (a float below 1), pixels (a float of 1 or more), whole pixels (an integer), "
    "or a list of at least one finite number; at least 0"
)
_ZOOM = "a number z with 0 <= z < 1, meaning [1-z, 1+z], or two numbers [low, high] with 0 < low <= high"


@dataclass(frozen=True)
class Augment:
    """Random changes of the training images. With the defaults images stay unchanged.

    Names and meanings are those of `keras.preprocessing.image.ImageDataGenerator` (Keras 3,
    `get_random_transform`). Every image draws its own values. The fields are checked when the object is made.

    Args:
        rotation_range: Rotates by an angle drawn from [-r, r], in degrees.
        width_shift_range: Shifts sideways: a float below 1 is a fraction of the width, one of 1 or more is
            pixels, both drawn from [-s, s]; an integer n draws whole pixels in (-n, n); a list is choices,
            each drawn with a random sign (fractions when the largest is below 1, else pixels).
        height_shift_range: Shifts up and down, with the same meanings for the height.
        brightness_range: Multiplies the brightness by a factor drawn from [low, high]; 1 changes nothing.
        shear_range: Shears by an angle drawn from [-s, s], in degrees.
        zoom_range: Scales each axis by a factor drawn from [low, high], below 1 enlarges; a number z means
            [1-z, 1+z].
        channel_shift_range: Adds to each image a number drawn from [-c, c], on the scale 0-255.
        fill_mode: Fills the points outside the image with its "nearest" pixel, with `cval` ("constant"), or
            with the image mirrored ("reflect") or repeated ("wrap").
        cval: The fill value for fill_mode "constant", on the scale 0-255.
        horizontal_flip: Mirrors left and right, with probability 1/2.
        vertical_flip: Mirrors top and bottom, with probability 1/2.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    rotation_range: float = 0
    width_shift_range: Shift = 0
    height_shift_range: Shift = 0
    brightness_range: tuple[float, float] | None = None
    shear_range: float = 0
    zoom_range: float | tuple[float, float] = 0
    channel_shift_range: float = 0
    fill_mode: FillMode = "nearest"
    cval: float = 0
    horizontal_flip: bool = False
    vertical_flip: bool = False

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.set_fields(
            self,
            rotation_range=_amount("rotation_range", self.rotation_range, "degrees"),
            width_shift_range=_shift("augment.width_shift_range", self.width_shift_range),
            height_shift_range=_shift("augment.height_shift_range", self.height_shift_range),
            brightness_range=_brightness(self.brightness_range),
            shear_range=_amount("shear_range", self.shear_range, "degrees"),
            zoom_range=_zoom(self.zoom_range),
            channel_shift_range=_amount("channel_shift_range", self.channel_shift_range, "levels of 0-255"),
            fill_mode=checks.choice("augment.fill_mode", self.fill_mode, get_args(FillMode)),
            cval=checks.number("augment.cval", self.cval, "a finite number (a level of 0-255)"),
            horizontal_flip=checks.flag("augment.horizontal_flip", self.horizontal_flip),
            vertical_flip=checks.flag("augment.vertical_flip", self.vertical_flip),
        )

    @property
    def zoom(self) -> tuple[float, float]:
        """Return `zoom_range` as two factors, (low, high)."""
        if isinstance(self.zoom_range, tuple):
            return self.zoom_range
        return 1 - self.zoom_range, 1 + self.zoom_range

    @property
    def is_identity(self) -> bool:
        """Return whether no draw can change an image; the fill options are ignored, since nothing is filled then."""
        still = _is_still(self.width_shift_range) and _is_still(self.height_shift_range)
        amounts = (self.rotation_range, self.shear_range, self.channel_shift_range)
        factors = (self.zoom, self.brightness_range or (1, 1))
        flips = self.horizontal_flip or self.vertical_flip
        return still and not any(amounts) and all(factor == (1, 1) for factor in factors) and not flips


def _amount(name: str, value: Any, unit: str) -> float:
    return checks.number(f"augment.{name}", value, f"a finite number of at least 0 ({unit})", low=0)


def _shift(field: str, value: Any) -> Shift:
    items = checks.listed(value)
    if items and all(map(checks.is_finite, items)):
        return tuple(map(float, items))
    if checks.is_integer(value):  # must stay an int: Keras draws whole pixels for an int, any number for a float
        return checks.integer(field, value, _SHIFT, low=0)
    return checks.number(field, value, _SHIFT, low=0)


def _is_still(shift: Shift) -> bool:
    if isinstance(shift, tuple):
        return not any(shift)
    return shift == 0 or (isinstance(shift, int) and shift == 1)  # the only integer in (-1, 1) is 0


def _brightness(value: Any) -> tuple[float, float] | None:
    allowed = "null or two finite factors [low, high] with 0 <= low <= high"
    return None if value is None else checks.ordered_pair("augment.brightness_range", value, allowed, low=0)


def _zoom(value: Any) -> float | tuple[float, float]:
    field = "augment.zoom_range"
    if checks.is_finite(value) and 0 <= value < 1:
        return float(value)
    factors = checks.ordered_pair(field, value, _ZOOM, low=0)
    if factors[0] == 0:  # a factor of 0 would stretch one pixel over the whole image
        raise checks.refusal(field, _ZOOM, value)
    return factors
