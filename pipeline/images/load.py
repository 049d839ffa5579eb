"""One picture from bytes or a file: decode, colour and resize in the order that training uses."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf

from pipeline.config import MAX_PIXELS, ImageConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.files.shortage import NO_MEMORY
from pipeline.images.decode import decode
from pipeline.images.fault import Fault, FaultKind, from_message
from pipeline.images.resize import resize_image

__all__ = [
    "ATTEMPTS",
    "decoded",
    "fault_of",
    "fitted",
    "grey",
    "load_as",
    "load_image",
    "picture",
    "read_image",
    "reason",
]

# Lines of an error's text that say where in the graph it happened, which is no help to a photo's owner.
TRACE = re.compile(r"\s*(Graph execution error|Detected at node|File \"|Original stack trace|\d+ root error)")

# Of the file system, worth asking again; TensorFlow passes their words on, not their numbers.
TRANSIENT = (os.strerror(errno.EIO), os.strerror(errno.ESTALE))
ATTEMPTS = 4  # in all, with seconds between them that double


def grey(image: tf.Tensor) -> tf.Tensor:
    """RGB to `[H, W, 1]` by ITU-R 601 luma.

    uint8 in 16-bit fixed point, as Pillow's `convert("L")`; float32 by the same weights.
    """
    weights = tf.constant([19595, 38470, 7471])
    if image.dtype == tf.float32:
        return tf.reduce_sum(image * (tf.cast(weights, tf.float32) / 65536), axis=2, keepdims=True)
    weighted = tf.cast(image, tf.int32) * weights
    luma = tf.bitwise.right_shift(tf.reduce_sum(weighted, axis=2, keepdims=True) + 0x8000, 16)
    return tf.cast(luma, tf.uint8)


def decoded(data: tf.Tensor, image: ImageConfig, *, full_size: bool = False, pillow: bool = True) -> tf.Tensor:
    """The first half of `picture`: bytes to uint8 `[H, W, C]`, not resized yet.

    Reduced by libjpeg where `image.decode` allows it, unless `full_size` asks for every pixel. Without `pillow` the
    graph runs in any process, and refuses what TensorFlow does not read as Pillow does.
    """
    exact = full_size or image.decode == "exact"
    pixels = decode(
        data,
        channels=4 if image.color_mode == "rgba" else 3,
        size=None if exact else image.image_size,
        resize=image.resize,
        exif=image.exif,
        max_pixels=image.max_pixels,
        pillow=pillow,
    )
    return grey(pixels) if image.color_mode == "grayscale" else pixels


def fitted(pixels: tf.Tensor, image: ImageConfig) -> tf.Tensor:
    """The second half of `picture`: what `decoded` gave to uint8 `[height, width, C]`."""
    pixels = resize_image(
        pixels,
        image.image_size,
        image.resize,
        pad_value=image.pad_value,
        antialias=image.decode == "exact",
    )
    pixels.set_shape([*image.image_size, image.channels])
    return pixels


def picture(data: tf.Tensor, image: ImageConfig, *, full_size: bool = False, pillow: bool = True) -> tf.Tensor:
    """Encoded bytes (scalar string) to uint8 `[height, width, C]`, as `image` says.

    `decode="fast"` lets libjpeg drop resolution that the resize would drop anyway; `decode="exact"` decodes
    every pixel and filters over all of them, which is Pillow's bilinear resize to one level.

    With `full_size` the picture is not resized: uint8 `[H, W, C]`. `pillow` is that of `decoded`.
    """
    pixels = decoded(data, image, full_size=full_size, pillow=pillow)
    return pixels if full_size else fitted(pixels, image)


def read_image(path: tf.Tensor, image: ImageConfig, pillow: bool = True) -> tf.Tensor:
    """A file's path (scalar string) to uint8 `[height, width, C]`, as `image` says; `pillow` is that of `decoded`."""
    return picture(tf.io.read_file(path), image, pillow=pillow)


def fault_of(error: BaseException) -> Fault:
    """Return the fault that an error of a decoder or the file system shows.

    Args:
        error: of TensorFlow, of Python's files, or a `UnicodeDecodeError` from the message of one with a path in it.
    """
    text = str(getattr(error, "message", error))
    if isinstance(error, UnicodeDecodeError):
        text = os.fsdecode(error.object)
    if (ours := from_message(text)) is not None:
        return ours
    text = "\n".join(line for line in text.splitlines() if not TRACE.match(line))
    text = re.sub(r"Error in user-defined function.*?Iterator::[\w:\[\]]*: ", "", text)
    text = re.sub(r"\{\{.*?\}\}|\[\[.*?\]\]|\[Op:[^\]]*\]", " ", text)
    if "jpeg::Uncompress" in text:  # libjpeg's own words are lost
        return Fault("damaged_jpeg")
    detail = " ".join(text.split()).removesuffix(" name:")[:300] or type(error).__name__
    return Fault(_kind_of(error), {"detail": detail})


def _kind_of(error: BaseException) -> FaultKind:
    """Return the kind of an error that is not a decoder's."""
    if any(words in str(error) for words in TRANSIENT):
        return "may_pass"
    if isinstance(error, tf.errors.NotFoundError):
        return "missing"
    if isinstance(error, tf.errors.PermissionDeniedError):
        return "no_permission"
    return "out_of_memory" if NO_MEMORY in str(error) else "other"


def reason(error: BaseException) -> str:
    """Return what a decoder or the file system says went wrong: one short line without TensorFlow's wrapping."""
    return str(fault_of(error))


def load_as(source: str | os.PathLike[str] | bytes, image: ImageConfig) -> np.ndarray:
    """Load one image as a configuration says, to uint8 `[H, W, C]`; raises what `load_image` raises."""
    return load_image(
        source,
        image.image_size,
        image.resize,
        image.decode,
        pad_value=image.pad_value,
        exif=image.exif,
        max_pixels=image.max_pixels,
        color_mode=image.color_mode,
    )


def load_image(
    source: str | os.PathLike[str] | bytes,
    image_size: int | tuple[int, int] | None = None,
    resize: Literal["stretch", "pad", "crop"] = "stretch",
    decode: Literal["fast", "exact"] = "fast",
    *,
    pad_value: int | Literal["edge"] = 0,
    exif: bool = True,
    max_pixels: int = MAX_PIXELS,
    color_mode: Literal["rgb", "grayscale", "rgba"] = "rgb",
) -> np.ndarray:
    """Load one picture just as training and prediction load it.

    Args:
        source: path of a file that Pillow reads, or its bytes.
        image_size: `(height, width)` in pixels, or one integer for a square; `None` keeps the picture's own.
        resize: `"stretch"` fills the size and may distort, `"pad"` adds bars, `"crop"` cuts the edges.
        decode: `"fast"` or `"exact"`, see `pipeline.images.load.picture`.
        pad_value: level of the bars, 0 to 255, or `"edge"`.
        exif: turn the picture upright as its EXIF says.
        max_pixels: a picture that claims more is refused before memory is taken for it.
        color_mode: `"rgb"`, `"grayscale"` or `"rgba"`.

    Returns:
        uint8 `[height, width, C]`, C being 3, 1 or 4.

    Raises:
        MissingPathError: there is no such file.
        InputError: it is not a readable picture, or an argument is wrong.
    """
    image = ImageConfig(
        size=(1, 1) if image_size is None else image_size,
        resize=resize,
        decode=decode,
        pad_value=pad_value,
        exif=exif,
        max_pixels=max_pixels,
        color_mode=color_mode,
    )
    if isinstance(source, bytes):
        name, data = f"{len(source)} bytes", source
    else:
        name = os.path.expanduser(os.fspath(source))
        if not Path(name).is_file():
            raise MissingPathError(f"no such picture file. Received: {name!r}")
        data = Path(name).read_bytes()
    try:
        with tf.device("CPU:0"):
            return np.asarray(picture(tf.constant(data), image, full_size=image_size is None))
    except tf.errors.OpError as error:
        fault = fault_of(error)
        if fault.is_size:
            raise InputError(f"the picture {name!r} is too large: {fault}; save it smaller or raise that") from None
        raise InputError(f"cannot read the picture {name!r}: {fault}") from None
