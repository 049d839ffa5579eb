"""Encoded bytes to a uint8 picture at full size, or at libjpeg's reduced size where the target allows.

The hot path is a plain JPEG (JFIF, no EXIF): one shape read and one decode. Everything else goes through
`_decode_any`. JPEG is always decoded with `INTEGER_ACCURATE`, which equals Pillow's bit for bit and costs
nothing.

What TensorFlow would read otherwise than Pillow, or not at all, is recognised by its header and read by Pillow
within the graph (`pipeline.images.pillow`, where the rules for alpha, 16 bits, CMYK and animations stand). That call
runs in this process alone: not on a tf.data service worker, not in a SavedModel. A graph that is made without it
refuses those pictures by name.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import struct
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import MAX_PIXELS
from pipeline.images.exif import HEADER_BYTES, orient, orientation, swaps_axes
from pipeline.images.fault import Fault, to_message
from pipeline.images.pillow import PNG_COLOURS, ImageError, is_ordinary_png, read_by_pillow

__all__ = ["RATIOS", "decode"]

# What libjpeg can divide a picture's sides by while it decodes.
RATIOS = (1, 2, 4, 8)
CMYK = 4  # channels of a JPEG that is for Pillow
NEVER = 1 << 30  # no side and no number of channels reaches it
JPEG, PNG, WEBP, OTHER = range(4)
MAGIC = ((JPEG, b"\xff\xd8\xff"), (PNG, b"\x89PNG\r\n\x1a\n"), (WEBP, b"RIFF"))
# Bytes 0-5 and 20-21 of a JPEG whose JFIF header is followed at once by its tables: it carries no metadata.
# As three little-endian int64 under a mask this is one comparison; each op less is 2 % of a photo's time.
PLAIN = struct.unpack("<3q", b"\xff\xd8\xff\xe0\x00\x10" + b"\0" * 14 + b"\xff\xdb" + b"\0" * 2)
PLAIN_MASK = struct.unpack("<3q", b"\xff" * 6 + b"\0" * 14 + b"\xff" * 2 + b"\0" * 2)
# Where a JPEG may say how it wants to be turned, outside its EXIF; found by chance it costs time, no pixel.
XMP_ORIENTATION = "tiff:Orientation"
PNG_WORDS = "eXIf|zTXt|iTXt|XML:com\\.adobe\\.xmp|Raw profile type"


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """What `decode` is asked for."""

    channels: int
    size: tuple[int, int] | None
    resize: str
    exif: bool
    max_pixels: int
    pillow: bool


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


def _within(sides: tf.Tensor, max_pixels: int) -> tf.Tensor:
    return tf.reduce_prod(tf.cast(sides, tf.int64)) <= max_pixels


def _by_pillow(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """A picture of any kind, or the error that says why it is none."""
    if not wanted.pillow:
        refusal = tf.constant(to_message(Fault("needs_pillow")))
        return _refused_unless(refusal, tf.zeros([1, 1, wanted.channels], tf.uint8))

    def read(encoded: bytes) -> tuple[NDArray[np.uint8], bytes]:
        # An exception would be one of TensorFlow's as well, and Python's traceback on stderr besides.
        try:
            pixels = read_by_pillow(encoded, wanted.channels, exif=wanted.exif, max_pixels=wanted.max_pixels)
        except ImageError as error:
            return np.zeros((1, 1, wanted.channels), np.uint8), to_message(error.fault).encode()
        return pixels, b""

    image, problem = tf.numpy_function(read, [data], [tf.uint8, tf.string], stateful=False)
    return tf.ensure_shape(_refused_unless(problem, image), [None, None, wanted.channels])


def _refused_unless(problem: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """`image`; an `InvalidArgumentError` with what the problem is unless that is empty."""
    check = tf.debugging.Assert(tf.equal(problem, ""), [problem])
    with tf.control_dependencies([check]):
        return tf.identity(image)


def _decode_jpeg(data: tf.Tensor, ratio: int) -> tf.Tensor:
    return tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")


def _thresholds(wanted: _Wanted, odd: bool) -> NDArray[np.int32]:
    """int32 `[n, 3]`: rows of (height, width, channels); how many of them a JPEG reaches says how it is decoded.

    Each of the first three stands for a ratio that leaves no less than the resize keeps. With `odd`, a side so long
    that the picture may have too many pixels, or four channels, reach more rows than those.
    """
    # Whether a row is reached by all of its numbers or by any: a padded picture keeps what its tighter side keeps.
    none = NEVER if wanted.resize == "pad" else 0
    rows = (
        [] if wanted.size is None else [(ratio * wanted.size[0], ratio * wanted.size[1], none) for ratio in RATIOS[1:]]
    )
    if odd:
        side = math.isqrt(wanted.max_pixels) + 1
        rows += [(side, none, none), (none, side, none), (none, none, CMYK)] * (len(rows) + 1)
    return np.array(rows, np.int32).reshape(-1, 3)


def _scaled_jpeg(
    data: tf.Tensor, shape: tf.Tensor, wanted: _Wanted, odd: Callable[[], tf.Tensor] | None = None
) -> tf.Tensor:
    """A JPEG at the smallest size libjpeg offers that is not below the target; without a target at full size.

    Args:
        data: the bytes.
        shape: int32 `[3]`: height, width and channels as it will be seen.
        wanted: the target.
        odd: gives the picture of those that may not be for TensorFlow; `None` where they are known to be.
    """
    ratios = RATIOS[:1] if wanted.size is None else RATIOS
    branches = [functools.partial(_decode_jpeg, data, ratio) for ratio in ratios]
    if odd is not None:
        branches.append(odd)  # type: ignore[arg-type]  # a function like the others
    if len(branches) == 1:
        return branches[0]()
    reached = shape >= _thresholds(wanted, odd is not None)
    whole = (tf.reduce_any if wanted.resize == "pad" else tf.reduce_all)(reached, axis=1)
    return tf.switch_case(tf.reduce_sum(tf.cast(whole, tf.int32)), branches)


def _plain_jpeg(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    return _scaled_jpeg(data, shape, wanted, lambda: _call(_odd_jpeg, wanted)(data))


def _is_for_tensorflow(shape: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    return tf.logical_and(shape[2] < CMYK, _within(shape[:2], wanted.max_pixels))


def _odd_jpeg(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """A JPEG with four channels, or a side so long that it may be too large; it is not turned."""
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    return tf.cond(
        _is_for_tensorflow(shape, wanted),
        lambda: _with_channels(_scaled_jpeg(data, shape, wanted), wanted.channels),
        lambda: _by_pillow(data, wanted),
    )


def _any_jpeg(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """Any JPEG, turned where that is wanted."""
    if not wanted.exif:
        return _odd_jpeg(data, wanted)
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    turn = orientation(data)
    # Pillow asks XMP where EXIF says nothing.
    told = tf.logical_or(turn > 1, tf.logical_not(_holds(tf.strings.substr(data, 0, HEADER_BYTES), XMP_ORIENTATION)))
    swapped = tf.gather(shape, tf.where(swaps_axes(turn), tf.constant([1, 0, 2]), tf.constant([0, 1, 2])))
    return tf.cond(
        tf.logical_and(told, _is_for_tensorflow(shape, wanted)),
        lambda: orient(_with_channels(_scaled_jpeg(data, swapped, wanted), wanted.channels), turn),
        lambda: _by_pillow(data, wanted),
    )


def _holds(data: tf.Tensor, pattern: str) -> tf.Tensor:
    r"""Whether bytes hold what a pattern says; \C is RE2's "any byte", "." would have to be valid UTF-8."""
    return tf.strings.regex_full_match(data, rf"\C*(?:{pattern})\C*")


def _asked(wanted: _Wanted) -> Callable[[bytes], np.bool_]:
    return lambda data: np.bool_(is_ordinary_png(data, wanted.channels, wanted.exif, wanted.max_pixels))


def _looks_ordinary(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """`is_ordinary_png` in the graph, but for the checksums: libpng refuses what has wrong ones."""
    sides = tf.io.decode_raw(_head(data, 16, 8), tf.int32, little_endian=False)
    kind = tf.io.decode_raw(_head(data, 24, 2), tf.uint8)
    usual = [
        tf.equal(_head(data, 12, 4), b"IHDR"),
        tf.equal(kind[0], 8),
        tf.reduce_any(tf.equal(kind[1], tf.constant(PNG_COLOURS[wanted.channels], tf.uint8))),
        tf.reduce_all(sides > 0),
        _within(sides, wanted.max_pixels),
        tf.logical_not(_holds(data, PNG_WORDS)),
    ]
    return tf.reduce_all(tf.stack(usual))


def _png(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """By libpng what it reads as Pillow does; Python is asked which, since it knows checksums, where it is there."""
    if wanted.pillow:
        ordinary = tf.ensure_shape(tf.numpy_function(_asked(wanted), [data], tf.bool, stateful=False), [])
    else:
        ordinary = _looks_ordinary(data, wanted)
    return tf.cond(
        ordinary,
        lambda: tf.io.decode_png(data, channels=wanted.channels),
        lambda: _by_pillow(data, wanted),
    )


def _webp(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """Read a lossy WebP without extensions by TensorFlow, others by Pillow.

    TensorFlow refuses alpha and crashes on animations. Before 2.21 it reads no WebP at all.
    """
    if not hasattr(tf.io, "decode_webp"):
        return _by_pillow(data, wanted)
    sides = tf.bitwise.bitwise_and(tf.cast(tf.io.decode_raw(_head(data, 26, 4), tf.uint16), tf.int32), 0x3FFF)
    return tf.cond(
        tf.logical_and(tf.equal(_head(data, 8, 8), b"WEBPVP8 "), _within(sides, wanted.max_pixels)),
        lambda: _with_channels(tf.io.decode_webp(data, channels=3)[0], wanted.channels),
        lambda: _by_pillow(data, wanted),
    )


def _with_channels(image: tf.Tensor, channels: int) -> tf.Tensor:
    """Three channels to those asked for: what has no alpha is opaque."""
    opaque = tf.constant(255, tf.uint8)
    return image if channels == 3 else tf.pad(image, [[0, 0], [0, 0], [0, 1]], constant_values=opaque)


def _decode_any(data: tf.Tensor, wanted: _Wanted) -> tf.Tensor:
    """Any picture, by its first bytes; the file's extension is not asked."""
    kinds = tf.stack([tf.where(_starts_with(data, magic), kind, OTHER) for kind, magic in MAGIC])
    branches = [
        lambda: _any_jpeg(data, wanted),
        lambda: _png(data, wanted),
        lambda: _webp(data, wanted),
        lambda: _by_pillow(data, wanted),
    ]
    return tf.switch_case(tf.reduce_min(kinds), branches)


@functools.cache
def _call(decoder: Callable[[tf.Tensor, _Wanted], tf.Tensor], wanted: _Wanted) -> Callable[[tf.Tensor], tf.Tensor]:
    """A decoder as one call node: inlined, its hundreds of dead nodes would cost each plain photo 5 %.

    Kept, since tracing takes a second and `load_image` decodes without a graph of its own.
    """
    call: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda data: decoder(data, wanted),
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
    max_pixels: int = MAX_PIXELS,
    pillow: bool = True,
) -> tf.Tensor:
    """Decode one picture.

    Args:
        data: scalar string, the encoded bytes of whatever Pillow reads, recognised by content.
        channels: 3 (RGB) or 4 (RGBA; opaque where the file has no alpha).
        size: `(height, width)` that the picture will be resized to. A JPEG of at least twice that size is
            decoded at 1/2, 1/4 or 1/8, never below the target. `None`: full size.
        resize: how it will be resized, `"stretch"`, `"pad"` or `"crop"`; it decides which side counts.
        exif: turn a picture as its EXIF or XMP orientation says.
        max_pixels: a picture that claims more is refused before memory is taken for it.
        pillow: read by Pillow what TensorFlow would read otherwise; else it is refused.

    Returns:
        uint8 `[H, W, channels]`.

    Raises:
        tf.errors.InvalidArgumentError: the bytes are not such a picture, it is damaged, or too large.
    """
    wanted = _Wanted(channels, size, resize, exif, max_pixels, pillow)
    otherwise = _call(_decode_any, wanted)
    if channels == 4:
        return otherwise(data)
    return tf.cond(
        _is_plain_jpeg(data) if exif else _starts_with(data, MAGIC[JPEG][1]),
        lambda: _plain_jpeg(data, wanted),
        lambda: otherwise(data),
    )
