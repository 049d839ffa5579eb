"""Encoded bytes to a uint8 picture at full size, or at libjpeg's reduced size where the target allows (D4).

The hot path is a plain JPEG (JFIF, no EXIF): one shape read and one decode. Everything else goes through
`_decode_any`. JPEG is always decoded with `INTEGER_ACCURATE`, which equals Pillow's bit for bit and costs
nothing.

Rules: an animation gives its first frame; alpha is dropped, as `PIL.Image.convert("RGB")` drops it; grey is
repeated over the channels. What TensorFlow would read wrongly (palette BMP) or crash on (animated WebP) is
refused.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable

import tensorflow as tf

from pipeline.images.exif import orient, orientation, swaps_axes

__all__ = ["MESSAGE", "RATIOS", "decode"]

# Opens the text of each refusal of ours, so that it can be told from what TensorFlow wraps around it.
MESSAGE = "picture: "

# What libjpeg can divide a picture's sides by while it decodes.
RATIOS = (1, 2, 4, 8)
JPEG, PNG, BMP, GIF, WEBP = range(5)
MAGIC = ((JPEG, b"\xff\xd8\xff"), (PNG, b"\x89PNG\r\n\x1a\n"), (BMP, b"BM"), (GIF, b"GIF8"), (WEBP, b"RIFF"))
# Bytes 0-5 and 20-21 of a JPEG whose JFIF header is followed at once by its tables: it carries no metadata.
# As three little-endian int64 under a mask this is one comparison; each op less is 2 % of a photo's time.
PLAIN = struct.unpack("<3q", b"\xff\xd8\xff\xe0\x00\x10" + b"\0" * 14 + b"\xff\xdb" + b"\0" * 2)
PLAIN_MASK = struct.unpack("<3q", b"\xff" * 6 + b"\0" * 14 + b"\xff" * 2 + b"\0" * 2)


def _head(data: tf.Tensor, position: int, length: int) -> tf.Tensor:
    """`length` bytes at `position`; zeros behind the data's end, where substr refuses to read."""
    head = tf.strings.substr(data, 0, position + length)
    return tf.strings.substr(tf.strings.join([head, "\0" * (position + length)]), position, length)


def _starts_with(data: tf.Tensor, prefix: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(data, 0, len(prefix)), prefix)


def _is_plain_jpeg(data: tf.Tensor) -> tf.Tensor:
    """A JPEG without metadata, which needs no look at EXIF: bool scalar."""
    head = tf.io.decode_raw(tf.strings.substr(data, 0, 24), tf.int64, fixed_length=24)
    return tf.reduce_all(tf.equal(tf.bitwise.bitwise_and(head, PLAIN_MASK), PLAIN))


def _decode_jpeg(data: tf.Tensor, ratio: int) -> tf.Tensor:
    return tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")


def _decode_scaled_jpeg(
    data: tf.Tensor, size: tuple[int, int] | None, resize: str, swapped: tf.Tensor | None = None
) -> tf.Tensor:
    """A JPEG at the smallest size libjpeg offers that is not below the target; `size=None`: at full size."""
    if size is None:
        return _decode_jpeg(data, 1)
    sides = tf.cast(tf.raw_ops.ExtractJpegShape(contents=data)[:2], tf.float32)
    if swapped is not None:
        sides = tf.where(swapped, sides[::-1], sides)
    # The share of the resolution that the resize keeps; libjpeg may drop the rest.
    kept = (tf.reduce_min if resize == "pad" else tf.reduce_max)(tf.constant(size, tf.float32) / sides)
    index = tf.reduce_sum(tf.cast(kept * tf.constant(RATIOS[1:], tf.float32) <= 1.0, tf.int32))
    return tf.switch_case(index, [lambda ratio=ratio: _decode_jpeg(data, ratio) for ratio in RATIOS])


def _any_jpeg(data: tf.Tensor, size: tuple[int, int] | None, resize: str, exif: bool) -> tf.Tensor:
    if not exif:
        return _decode_scaled_jpeg(data, size, resize)
    turn = orientation(data)
    return orient(_decode_scaled_jpeg(data, size, resize, swaps_axes(turn)), turn)


def _png(data: tf.Tensor, channels: int) -> tf.Tensor:
    image = tf.io.decode_png(data, channels=channels)
    if channels == 3:
        return image
    shallow = tf.reduce_any(tf.equal(_head(data, 24, 1), [b"\1", b"\2", b"\4"]))
    return tf.cond(shallow, lambda: _opaque(image, data), lambda: image)


def _opaque(image: tf.Tensor, data: tf.Tensor) -> tf.Tensor:
    """TensorFlow gives a PNG of 1, 2 or 4 bits without alpha an alpha of 1, 3 or 15; make that 255."""
    has_alpha = tf.equal(tf.shape(tf.io.decode_png(data, channels=0))[2], 4)
    alpha = image[:, :, 3:]
    opaque = tf.where(tf.logical_or(has_alpha, alpha < 1), alpha, tf.constant(255, tf.uint8))
    return tf.concat([image[:, :, :3], opaque], axis=2)


def _require(condition: tf.Tensor, message: str, data: tf.Tensor) -> tf.Tensor:
    """`data`, once `condition` holds; otherwise an error with a text that `images.load.reason` gives back."""
    with tf.control_dependencies([tf.debugging.Assert(condition, [f"{MESSAGE}{message}"])]):
        return tf.identity(data)


def _bmp(data: tf.Tensor, channels: int) -> tf.Tensor:
    depth = _head(data, 28, 2)
    known = tf.reduce_any(tf.equal(depth, [b"\x18\x00", b"\x20\x00"]))
    data = _require(known, "a BMP that has not 24 or 32 bits a pixel is not read; convert it to PNG", data)
    return tf.io.decode_image(data, channels=channels, expand_animations=False)


def _gif(data: tf.Tensor) -> tf.Tensor:
    return tf.io.decode_image(data, channels=3, expand_animations=False)


def _webp(data: tf.Tensor) -> tf.Tensor:
    # TensorFlow 2.21 writes past its buffer on an animated WebP; the flag is in byte 20 of the VP8X header.
    flags = tf.cast(tf.io.decode_raw(_head(data, 20, 1), tf.uint8)[0], tf.int32)
    animated = tf.logical_and(tf.equal(_head(data, 12, 4), b"VP8X"), tf.bitwise.bitwise_and(flags, 2) > 0)
    message = "an animated WebP is not read; save its first frame as PNG"
    return tf.io.decode_webp(_require(tf.logical_not(animated), message, data), channels=0)[0]


def _with_alpha(image: tf.Tensor) -> tf.Tensor:
    """3 or 4 channels to 4; a picture without alpha is opaque."""
    missing = 4 - tf.shape(image)[2]
    return tf.pad(image, [[0, 0], [0, 0], [0, missing]], constant_values=tf.constant(255, tf.uint8))


def _unknown(data: tf.Tensor) -> tf.Tensor:
    empty = _require(tf.strings.length(data) > 0, "the file is empty", data)
    never = _require(tf.strings.length(data) < 0, "not a JPEG, PNG, BMP, GIF or WebP picture", empty)
    return tf.zeros([1, 1, tf.where(tf.equal(never, b""), 3, 3)], tf.uint8)


def _decode_any(data: tf.Tensor, channels: int, size: tuple[int, int] | None, resize: str, exif: bool) -> tf.Tensor:
    """Any supported format, by its first bytes; the file's extension is not asked."""
    branches: list[Callable[[], tf.Tensor]] = [
        lambda: _any_jpeg(data, size, resize, exif),
        lambda: _png(data, channels),
        lambda: _bmp(data, channels),
        lambda: _gif(data),
        lambda: _webp(data),
        lambda: _unknown(data),
    ]
    finish = _with_alpha if channels == 4 else lambda image: image[:, :, :3]
    kinds = tf.stack([tf.where(_starts_with(data, magic), kind, len(MAGIC)) for kind, magic in MAGIC])
    return tf.switch_case(tf.reduce_min(kinds), [lambda branch=branch: finish(branch()) for branch in branches])


@functools.cache
def _otherwise(
    channels: int, size: tuple[int, int] | None, resize: str, exif: bool
) -> Callable[[tf.Tensor], tf.Tensor]:
    """`_decode_any` as one call node: inlined, its hundreds of dead nodes would cost each plain photo 5 %.

    Kept, since tracing takes a second and `load_image` decodes without a graph of its own.
    """

    call: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda data: _decode_any(data, channels, size, resize, exif),
        autograph=False,
        input_signature=[tf.TensorSpec([], tf.string)],
        experimental_attributes={"_noinline": True},
    )
    return call


def decode(
    data: tf.Tensor,
    *,
    channels: int = 3,
    size: tuple[int, int] | None = None,
    resize: str = "stretch",
    exif: bool = True,
) -> tf.Tensor:
    """Decode one picture.

    Args:
        data: scalar string, the encoded bytes: JPEG, PNG, BMP, GIF or WebP, recognised by content.
        channels: 3 (RGB) or 4 (RGBA; opaque where the file has no alpha).
        size: `(height, width)` that the picture will be resized to. A JPEG of at least twice that size is
            decoded at 1/2, 1/4 or 1/8, never below the target. `None`: full size.
        resize: how it will be resized, `"stretch"`, `"pad"` or `"crop"`; it decides which side counts.
        exif: turn a JPEG as its EXIF orientation says.

    Returns:
        uint8 `[H, W, channels]`.

    Raises:
        tf.errors.InvalidArgumentError: the bytes are not such a picture, or it is damaged.
    """
    otherwise = _otherwise(channels, size, resize, exif)
    if channels == 4:
        return otherwise(data)
    return tf.cond(
        _is_plain_jpeg(data) if exif else _starts_with(data, MAGIC[JPEG][1]),
        lambda: _decode_scaled_jpeg(data, size, resize),
        lambda: otherwise(data),
    )
