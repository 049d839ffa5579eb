"""Configure how an image file is decoded and resized."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.brief import print_briefly

__all__ = ["MAX_PIXELS", "ColorMode", "Decode", "ImageConfig", "Resize", "levels_for"]

Resize = Literal["stretch", "pad", "crop"]
Decode = Literal["fast", "exact"]
ColorMode = Literal["rgb", "grayscale", "rgba"]

# The most pixels that a photo may claim: TensorFlow's JPEG decoder stops there too (2^29 bytes).
MAX_PIXELS = 178_000_000
_CHANNELS: dict[str, int] = {"rgb": 3, "grayscale": 1, "rgba": 4}
_LARGEST_SIDE = 65_535  # pixels; the most that a JPEG can declare


class _Default(float):
    """A default value that can be told from the same value given by the user."""


@dataclass(frozen=True)
class ImageConfig:
    """Options for decoding and resizing an image file. The fields are checked when the object is made.

    Args:
        size: Height and width of the images in pixels, [height, width]; one integer means a square.
        resize: How a photo of another shape is made to fit: "stretch" it, "pad" it, or "crop" its centre.
        pad_value: The value of the pixels that "pad" adds: a level 0-255, or "edge" to repeat the photo's border.
        decode: "fast" lets libjpeg shrink a large JPEG while it decodes; "exact" decodes every pixel.
        exif: Whether a photo is rotated by its EXIF orientation.
        max_pixels: A photo with more pixels than this, by its header, is refused before memory is taken for it.
        color_mode: Channels of the images: "rgb" 3, "grayscale" 1, "rgba" 4.
        rescale: Factor that turns levels 0-255 into the model's float32 input. Null leaves 0-255; it is the default if
            the model preprocesses its input.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    size: int | tuple[int, int] = (150, 150)
    resize: Resize = "stretch"
    pad_value: int | Literal["edge"] = 0
    decode: Decode = "fast"
    exif: bool = True
    max_pixels: int = MAX_PIXELS
    color_mode: ColorMode = "rgb"
    rescale: float | None = _Default(1 / 255)

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.set_fields(
            self,
            size=_size(self.size),
            resize=checks.choice("image.resize", self.resize, get_args(Resize)),
            pad_value=_pad_value(self.pad_value),
            decode=checks.choice("image.decode", self.decode, get_args(Decode)),
            exif=checks.flag("image.exif", self.exif),
            max_pixels=checks.integer("image.max_pixels", self.max_pixels, "an integer of at least 1", low=1),
            color_mode=checks.choice("image.color_mode", self.color_mode, get_args(ColorMode)),
            rescale=_rescale(self.rescale),
        )

    @property
    def image_size(self) -> tuple[int, int]:
        """Return `size` as (height, width) in pixels."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def channels(self) -> int:
        """Return the number of channels of the images: 1, 3 or 4."""
        return _CHANNELS[self.color_mode]


def levels_for(network: str, image: ImageConfig) -> ImageConfig:
    """Return the configuration for a network that takes RGB images with levels 0-255 and preprocesses them itself.

    Args:
        network: The network's name, for the message.
        image: The configuration as it was given.

    Raises:
        InputError: A rescale was given, or a color_mode other than "rgb".
    """
    takes = f"where model.name is {network!r}, which takes RGB pictures with levels 0-255 and preprocesses them itself"
    if image.color_mode != "rgb":
        raise checks.refusal("image.color_mode", f'"rgb" {takes}', image.color_mode)
    if image.rescale is not None and not isinstance(image.rescale, _Default):
        raise checks.refusal("image.rescale", f"null {takes}", image.rescale)
    return replace(image, rescale=None)


def _size(value: Any) -> tuple[int, int]:
    sides = (value, value) if checks.is_integer(value) else checks.listed(value)
    if (
        sides is not None
        and len(sides) == 2
        and all(checks.is_integer(side) and 1 <= side <= _LARGEST_SIDE for side in sides)
    ):
        return int(sides[0]), int(sides[1])
    allowed = f"one integer or [height, width], from 1 to {_LARGEST_SIDE} pixels (image_size in Python)"
    raise checks.refusal("image.size", allowed, value)


def _pad_value(value: Any) -> int | str:
    if isinstance(value, str) and value == "edge":
        return value
    return checks.integer("image.pad_value", value, 'an integer from 0 to 255, or "edge"', low=0, high=255)


def _rescale(value: Any) -> float | None:
    if isinstance(value, _Default):
        return value
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    allowed = f"null or a finite number greater than 0 (1/255 is written {1 / 255!r})"
    raise checks.refusal("image.rescale", allowed, value)
