"""An array x as images: checked, in one shape and type, resized on request."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from pipeline.config import ColorMode, ImageConfig
from pipeline.config.checks import refusal
from pipeline.errors import InputError
from pipeline.images.load import fitted, grey
from pipeline.runtime.execution import READS, with_fixed_options
from pipeline.runtime.memory import available_memory
from pipeline.runtime.progress import progress
from pipeline.runtime.shared_array import allocate, is_shareable, writable_view
from pipeline.sources.array_labels import Form, as_array
from pipeline.text.plain_text import shown_size

__all__ = ["Pictures", "Prepared", "prepare", "read_images"]

FORMS = "pictures [N, H, W] in grey, or [N, H, W, C] with C 1 (grey), 3 (RGB) or 4 (RGBA)"
MODES: dict[int, ColorMode] = {1: "grayscale", 3: "rgb", 4: "rgba"}
AT_ONCE = 1 << 26  # bytes that are looked at or converted at once
OPAQUE = 255


@dataclasses.dataclass(frozen=True)
class Pictures:
    """The images of an array x.

    Args:
        values: uint8 or float32 `[N, H, W, C]`, over x's own memory where its type allows.
        low: the least value.
        high: the greatest.
        changed: what was made of x's type, for people; empty where it is as it was.
    """

    values: NDArray[Any]
    low: float
    high: float
    changed: str = ""

    @property
    def color_mode(self) -> ColorMode:
        """The colour mode of the array's channels."""
        return MODES[self.values.shape[3]]

    @property
    def is_levels(self) -> bool:
        """True where the values are levels 0-255."""
        return self.values.dtype == np.uint8

    @property
    def span(self) -> tuple[float, float]:
        """The values that are black and white in a drawing."""
        if self.is_levels or (self.low >= 0 and 2 < self.high <= 255):
            return 0.0, 255.0
        if self.low >= 0 and self.high <= 1:
            return 0.0, 1.0
        return self.low, self.high if self.high > self.low else self.low + 1.0


@dataclasses.dataclass(frozen=True)
class Prepared:
    """Images as the training reads them.

    Args:
        values: uint8 or float32 `[N, height, width, C]` that `pipeline.runtime.shared_array.share` takes.
        is_copy: whether they take memory beside x.
        resized_from: x's own (height, width), or `None` where it is theirs.
    """

    values: NDArray[Any]
    is_copy: bool
    resized_from: tuple[int, int] | None


def _chunks(array: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield chunks of rows of `array`, each with the number of its first row."""
    step = max(1, AT_ONCE * len(array) // max(1, array.nbytes))
    for first in range(0, len(array), step):
        yield first, array[first : first + step]


def _shaped(name: str, x: Any) -> NDArray[Any]:
    array = as_array(name, x)
    shape = array.shape
    if array.dtype == object:
        raise refusal(name, f"{FORMS}, of one type and size", Form(array))
    if array.ndim == 4 and shape[3] not in MODES:
        channels_first = shape[1] in MODES
        hint = f"; np.moveaxis({name}, 1, -1) brings the channels to the end" if channels_first else ""
        raise refusal(name, FORMS + hint, Form(array))
    if array.ndim not in (3, 4):
        hint = "; flat pictures are reshaped first, such as x.reshape(-1, 28, 28)" if array.ndim == 2 else ""
        raise refusal(name, FORMS + hint, Form(array))
    if 0 in shape:
        raise refusal(name, f"{FORMS}, of at least one picture of at least one pixel", Form(array))
    return array if array.ndim == 4 else array[..., None]


def _cast(name: str, array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Convert `array` to another type, in memory that TensorFlow can read; unchanged where it has that type."""
    if array.dtype == dtype:
        return array
    into = _allocated(name, len(array), array.shape[1:], dtype)
    np.copyto(into, array, casting="unsafe")
    return into


def _allocated(name: str, count: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Allocate memory for a copy; refused where there is not enough."""
    kind = np.dtype(dtype)
    needed, free = count * int(np.prod(shape)) * kind.itemsize, available_memory()
    way_out = "choose a smaller image_size, or fewer pictures"
    if needed > free:
        raise InputError(f"{name} needs {shown_size(needed)} as {kind}, of {shown_size(free)} free: {way_out}")
    height, width, channels = shape
    return allocate(count, (height, width, channels), kind, needs=f"{name} needs", way_out=way_out)


def _finite(name: str, array: NDArray[Any]) -> tuple[NDArray[Any], float, float]:
    """Convert to float32, and return it with its least and greatest value."""
    lows, highs = [], []
    with np.errstate(over="ignore"):
        floats = _cast(name, array, np.float32)
    for first, rows in _chunks(floats):
        fine = np.isfinite(rows)
        if not fine.all():
            row = int(np.argmin(fine.reshape(len(rows), -1).all(axis=1)))
            place = np.unravel_index(int(np.argmin(fine[row])), fine.shape[1:])
            where = (first + row, *(int(one) for one in place))
            raise InputError(
                f"{name} must hold finite numbers (of float32). Received: {array[where]} at {list(where)}, the first; "
                "np.nan_to_num mends it, or leave the picture out"
            )
        lows.append(float(rows.min()))
        highs.append(float(rows.max()))
    return floats, min(lows), max(highs)


def _as_levels(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Convert integers of another type to uint8."""
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise InputError(
            f"{name} must hold levels 0-255 where it holds integers. Received: {array.dtype} from {low} to {high}; "
            "make floats of it and say with rescale how they are scaled"
        )
    return _cast(name, array, np.uint8)


def read_images(x: Any, name: str = "x") -> Pictures:
    """Read an array of pictures.

    Args:
        x: `[N, H, W]` or `[N, H, W, C]`, uint8, other integers of 0-255, or floats; what `np.asarray` takes.
        name: what it is called in an error.

    Raises:
        InputError: it holds no such pictures, or a number that is not finite.
    """
    array = _shaped(name, x)
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return Pictures(array, 0, 255)
    if kind in "iu":
        return Pictures(_as_levels(name, array), 0, 255, f"{array.dtype} made uint8")
    if kind == "f":
        changed = "" if array.dtype == np.float32 else f"{array.dtype} made float32"
        return Pictures(*_finite(name, array), changed)
    hint = "; x.astype(np.uint8) * 255 makes black and white of it" if kind == "b" else ""
    raise refusal(name, f"an array of uint8, other integers of 0-255, or floats{hint}", Form(array))


def _in_colors(pixels: tf.Tensor, channels: int) -> tf.Tensor:
    """Convert an image `[H, W, C]` to other channels, as the decoders of files do."""
    if channels != pixels.shape[2] and pixels.shape[2] == 4:
        pixels = pixels[..., :3]
    if channels == 1:
        return pixels if pixels.shape[2] == 1 else grey(pixels)
    if pixels.shape[2] == 1:
        pixels = tf.repeat(pixels, 3, axis=2)
    if channels == 4 and pixels.shape[2] == 3:
        pixels = tf.concat([pixels, tf.fill(tf.shape(pixels[..., :1]), tf.constant(OPAQUE, pixels.dtype))], axis=2)
    return pixels


def _converted(values: NDArray[Any], image: ImageConfig, into: NDArray[Any]) -> None:
    """Fill `into` with the pictures in the colours and size of `image`."""

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def convert(pixels: tf.Tensor) -> tf.Tensor:
        pixels = _in_colors(pixels, image.channels)
        return pixels if pixels.shape[:2] == image.image_size else fitted(pixels, image)

    with progress("Resizing the pictures", len(values)) as advance:
        for first, rows in _chunks(values):
            place = first
            pictures = tf.data.Dataset.from_tensor_slices(rows).map(convert, READS).batch(256)
            for some in with_fixed_options(pictures).as_numpy_iterator():
                into[place : place + len(some)] = some
                place += len(some)
            advance(len(rows))


def prepare(pictures: Pictures, image: ImageConfig, name: str = "x") -> Prepared:
    """Bring pictures into the colours and size of `image`, by the functions that photos go through.

    x's own memory is read where nothing has to change and TensorFlow can read it as it lies there: C-contiguous, from
    a 64-byte boundary on, as a memory-mapped `.npy` file is, and few other arrays are. Else there is one copy.

    Raises:
        InputError: the copy does not fit into memory.
    """
    values = pictures.values
    own = (int(values.shape[1]), int(values.shape[2]))
    same = own == image.image_size and values.shape[3] == image.channels
    if same and is_shareable(values):
        return Prepared(values if values.flags.writeable else writable_view(values), bool(pictures.changed), None)
    if image.channels == 4 and not same and not pictures.is_levels and values.shape[3] != 4:
        raise InputError(
            f"color_mode='rgba' of floats needs {name} with 4 channels: nothing says which alpha is opaque"
        )
    into = _allocated(name, len(values), (*image.image_size, image.channels), values.dtype)
    with tf.device("CPU:0"):
        if same:
            into[...] = values
        else:
            _converted(values, image, into)
    return Prepared(into, True, None if own == image.image_size else own)
