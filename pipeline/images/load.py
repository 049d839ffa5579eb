"""Load one image from bytes or a file: decode, convert colours and resize, in the order that training uses."""

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

# The lines of TensorFlow's errors that name a place in the graph. They do not help the owner of a photo.
TRACE = re.compile(r"\s*(Graph execution error|Detected at node|File \"|Original stack trace|\d+ root error)")

# Errors of the file system after which a read is retried. TensorFlow passes on their texts, but not their numbers.
TRANSIENT = (os.strerror(errno.EIO), os.strerror(errno.ESTALE))
ATTEMPTS = 4  # the most reads of one file; the wait between two reads doubles


def grey(image: tf.Tensor) -> tf.Tensor:
    """Convert an RGB image to grey by ITU-R 601 luma.

    Args:
        image: uint8 or float32 `[H, W, 3]`.

    Returns:
        `[H, W, 1]` of the same dtype. uint8 is computed in 16-bit fixed point, like Pillow's `convert("L")`; float32
        uses the same weights.
    """
    weights = tf.constant([19595, 38470, 7471])
    if image.dtype == tf.float32:
        return tf.reduce_sum(image * (tf.cast(weights, tf.float32) / 65536), axis=2, keepdims=True)
    weighted = tf.cast(image, tf.int32) * weights
    luma = tf.bitwise.right_shift(tf.reduce_sum(weighted, axis=2, keepdims=True) + 0x8000, 16)
    return tf.cast(luma, tf.uint8)


def decoded(data: tf.Tensor, image: ImageConfig, *, full_size: bool = False, pillow: bool = True) -> tf.Tensor:
    """Decode bytes and convert colours as `image` says, without resizing.

    Args:
        data: scalar string, the encoded bytes.
        image: the image configuration.
        full_size: whether to decode every pixel; otherwise libjpeg reduces the image where `image.decode` allows it.
        pillow: whether Pillow decodes the images that TensorFlow cannot read like Pillow. Without it, these images are
            refused, and the graph runs in any process.

    Returns:
        uint8 `[H, W, C]`, with C = 3, 1 or 4 as `image.color_mode` says.

    Raises:
        tf.errors.InvalidArgumentError: the bytes are not a readable image, are damaged, or have too many pixels.
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
    """Resize a result of `decoded` (uint8 `[H, W, C]`) to uint8 `[height, width, C]`, as `image` says."""
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
    """Decode and resize one image as `image` says.

    With `decode="fast"`, libjpeg omits resolution that the resize would remove anyway. With `decode="exact"`, every
    pixel is decoded and filtered; the result differs from Pillow's bilinear resize by at most one level.

    Args:
        data: scalar string, the encoded bytes.
        image: the image configuration.
        full_size: whether to leave out the resize.
        pillow: see `decoded`.

    Returns:
        uint8 `[height, width, C]`, or `[H, W, C]` of the file's own size with `full_size`.

    Raises:
        tf.errors.InvalidArgumentError: the bytes are not a readable image, are damaged, or have too many pixels.
    """
    pixels = decoded(data, image, full_size=full_size, pillow=pillow)
    return pixels if full_size else fitted(pixels, image)


def read_image(path: tf.Tensor, image: ImageConfig, pillow: bool = True) -> tf.Tensor:
    """Read, decode and resize one file as `image` says.

    Args:
        path: scalar string, the file's path.
        image: the image configuration.
        pillow: see `decoded`.

    Returns:
        uint8 `[height, width, C]`.

    Raises:
        tf.errors.OpError: the file cannot be read or decoded.
    """
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
    if "jpeg::Uncompress" in text:  # TensorFlow does not pass on libjpeg's message
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
    """Return the reason of a decoder's or the file system's error: one short line without TensorFlow's additions."""
    return str(fault_of(error))


def load_as(source: str | os.PathLike[str] | bytes, image: ImageConfig) -> np.ndarray:
    """Load one image as a configuration says; `load_image` explains `source` and the errors.

    Returns:
        uint8 `[height, width, C]`.
    """
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
    """Load one image exactly as training and prediction load it.

    Args:
        source: path of an image file in any format that Pillow reads, or its bytes.
        image_size: `(height, width)` in pixels, or one integer for a square; `None` keeps the image's own size.
        resize: `"stretch"` fills the size and may distort, `"pad"` adds bars, `"crop"` cuts the edges.
        decode: `"fast"` lets libjpeg omit resolution that the resize would remove; `"exact"` decodes every pixel.
        pad_value: level of the bars, 0 to 255, or `"edge"` to repeat the image's border.
        exif: whether to turn the image upright as its EXIF or XMP orientation says.
        max_pixels: the most pixels (height times width); a larger image is refused before memory is allocated for it.
        color_mode: `"rgb"`, `"grayscale"` or `"rgba"`.

    Returns:
        uint8 `[height, width, C]`, with C = 3, 1 or 4.

    Raises:
        MissingPathError: the file does not exist.
        InputError: the file is not a readable image, or an argument is wrong.
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
