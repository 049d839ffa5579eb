"""Decode bytes to a uint8 image, at full size or at one of libjpeg's reduced sizes where the target allows it.

The hot path is a plain JPEG (JFIF without EXIF): the graph reads its shape and decodes it. All other images go through
`_decode_any`. JPEG is always decoded with `INTEGER_ACCURATE`, which equals Pillow bit for bit and is not slower.

Some images TensorFlow does not read, or reads differently than Pillow. The graph recognises them by their header and
calls Pillow; `pipeline.images.pillow` has the rules for alpha, 16 bits, CMYK and animations. Such a call needs this
Python process: it works neither on a tf.data service worker nor in a SavedModel. A graph that is built without Pillow
refuses these images with an error that names the reason.
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

# The factors by which libjpeg can reduce an image's sides while it decodes.
RATIOS = (1, 2, 4, 8)
CMYK = 4  # the number of channels of a JPEG that is left to Pillow
NEVER = 1 << 30  # a threshold that no side and no number of channels reaches
JPEG, PNG, WEBP, OTHER = range(4)
MAGIC = ((JPEG, b"\xff\xd8\xff"), (PNG, b"\x89PNG\r\n\x1a\n"), (WEBP, b"RIFF"))
# Bytes 0-5 and 20-21 of a JPEG without metadata: its tables follow directly on the JFIF header. As three little-endian
# int64 under a mask, they need one comparison; each op that is saved is 2 % of a plain JPEG's time.
PLAIN = struct.unpack("<3q", b"\xff\xd8\xff\xe0\x00\x10" + b"\0" * 14 + b"\xff\xdb" + b"\0" * 2)
PLAIN_MASK = struct.unpack("<3q", b"\xff" * 6 + b"\0" * 14 + b"\xff" * 2 + b"\0" * 2)
# The name of an orientation in a JPEG's XMP. Pixels that contain these bytes by chance only make the image slower.
XMP_ORIENTATION = "tiff:Orientation"
PNG_WORDS = "eXIf|zTXt|iTXt|XML:com\\.adobe\\.xmp|Raw profile type"


@dataclasses.dataclass(frozen=True)
class _Options:
    """The arguments of `decode` that configure a graph."""

    channels: int
    size: tuple[int, int] | None
    resize: str
    exif: bool
    max_pixels: int
    pillow: bool


def _head(data: tf.Tensor, position: int, length: int) -> tf.Tensor:
    """Return `length` bytes from `position` on; bytes past the end, which `substr` refuses to read, are 0."""
    head = tf.strings.substr(data, 0, position + length)
    return tf.strings.substr(tf.strings.join([head, "\0" * (position + length)]), position, length)


def _starts_with(data: tf.Tensor, prefix: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(data, 0, len(prefix)), prefix)


def _is_plain_jpeg(data: tf.Tensor) -> tf.Tensor:
    """Return whether `data` is a JPEG without metadata, so that it cannot have EXIF: bool scalar."""
    head = tf.io.decode_raw(tf.strings.substr(data, 0, 24), tf.int64, fixed_length=24)
    return tf.reduce_all(tf.equal(tf.bitwise.bitwise_and(head, PLAIN_MASK), PLAIN))


def _within(sides: tf.Tensor, max_pixels: int) -> tf.Tensor:
    return tf.reduce_prod(tf.cast(sides, tf.int64)) <= max_pixels


def _by_pillow(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode an image of any format by Pillow, or raise an error with the reason."""
    if not options.pillow:
        refusal = tf.constant(to_message(Fault("needs_pillow")))
        return _raise_unless_empty(refusal, tf.zeros([1, 1, options.channels], tf.uint8))

    def read(encoded: bytes) -> tuple[NDArray[np.uint8], bytes]:
        # TensorFlow would also raise an error for an exception, but it would print Python's traceback to stderr.
        try:
            pixels = read_by_pillow(encoded, options.channels, exif=options.exif, max_pixels=options.max_pixels)
        except ImageError as error:
            return np.zeros((1, 1, options.channels), np.uint8), to_message(error.fault).encode()
        return pixels, b""

    image, problem = tf.numpy_function(read, [data], [tf.uint8, tf.string], stateful=False)
    return tf.ensure_shape(_raise_unless_empty(problem, image), [None, None, options.channels])


def _raise_unless_empty(problem: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Return `image`, or raise an `InvalidArgumentError` with the message `problem` if that is not empty."""
    check = tf.debugging.Assert(tf.equal(problem, ""), [problem])
    with tf.control_dependencies([check]):
        return tf.identity(image)


def _decode_jpeg(data: tf.Tensor, ratio: int) -> tf.Tensor:
    return tf.raw_ops.DecodeJpeg(contents=data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")


def _thresholds(options: _Options, odd: bool) -> NDArray[np.int32]:
    """Return the thresholds that determine how a JPEG is decoded: int32 `[n, 3]`, rows of (height, width, channels).

    The number of rows that a JPEG reaches is the index of its branch. Each of the first three rows stands for a ratio
    at which the decoded image is still not smaller than the resized one. With `odd`, further rows are reached by an
    image with four channels, or with a side so long that the image may have too many pixels.
    """
    # In padded images the tighter side determines the size, so one number suffices to reach a row; otherwise all must.
    # A column that should not count therefore gets a number that is never reached, or one that is always reached.
    none = NEVER if options.resize == "pad" else 0
    rows: list[tuple[int, int, int]] = []
    if options.size is not None:
        height, width = options.size
        rows = [(ratio * height, ratio * width, none) for ratio in RATIOS[1:]]
    if odd:
        side = math.isqrt(options.max_pixels) + 1
        rows += [(side, none, none), (none, side, none), (none, none, CMYK)] * (len(rows) + 1)
    return np.array(rows, np.int32).reshape(-1, 3)


def _scaled_jpeg(
    data: tf.Tensor, shape: tf.Tensor, options: _Options, odd: Callable[[], tf.Tensor] | None = None
) -> tf.Tensor:
    """Decode a JPEG at the smallest size of libjpeg that is not below the target; without a target, at full size.

    Args:
        data: scalar string, the encoded bytes.
        shape: int32 `[3]`: height, width and channels after the image is turned upright.
        options: the arguments of `decode`.
        odd: a function that decodes images which TensorFlow perhaps cannot read; `None` if there are none.
    """
    ratios = RATIOS[:1] if options.size is None else RATIOS
    branches = [functools.partial(_decode_jpeg, data, ratio) for ratio in ratios]
    if odd is not None:
        branches.append(odd)  # type: ignore[arg-type]  # a function like the others
    if len(branches) == 1:
        return branches[0]()
    reached = shape >= _thresholds(options, odd is not None)
    rows_reached = (tf.reduce_any if options.resize == "pad" else tf.reduce_all)(reached, axis=1)
    return tf.switch_case(tf.reduce_sum(tf.cast(rows_reached, tf.int32)), branches)


def _plain_jpeg(data: tf.Tensor, options: _Options) -> tf.Tensor:
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    return _scaled_jpeg(data, shape, options, lambda: _call(_odd_jpeg, options)(data))


def _is_for_tensorflow(shape: tf.Tensor, options: _Options) -> tf.Tensor:
    """Return whether TensorFlow may decode a JPEG of this shape (int32 `[3]`): bool scalar."""
    return tf.logical_and(shape[2] < CMYK, _within(shape[:2], options.max_pixels))


def _odd_jpeg(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode a JPEG with four channels, or with a side so long that it may be too large; ignore its orientation."""
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    return tf.cond(
        _is_for_tensorflow(shape, options),
        lambda: _with_channels(_scaled_jpeg(data, shape, options), options.channels),
        lambda: _by_pillow(data, options),
    )


def _any_jpeg(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode any JPEG, and turn it upright if `options.exif` is set."""
    if not options.exif:
        return _odd_jpeg(data, options)
    shape = tf.raw_ops.ExtractJpegShape(contents=data)
    turn = orientation(data)
    # Pillow applies an orientation in XMP where EXIF has none, so files with one are left to Pillow.
    has_xmp = _contains(tf.strings.substr(data, 0, HEADER_BYTES), XMP_ORIENTATION)
    is_known = tf.logical_or(turn > 1, tf.logical_not(has_xmp))
    swapped = tf.gather(shape, tf.where(swaps_axes(turn), tf.constant([1, 0, 2]), tf.constant([0, 1, 2])))
    return tf.cond(
        tf.logical_and(is_known, _is_for_tensorflow(shape, options)),
        lambda: orient(_with_channels(_scaled_jpeg(data, swapped, options), options.channels), turn),
        lambda: _by_pillow(data, options),
    )


def _contains(data: tf.Tensor, pattern: str) -> tf.Tensor:
    r"""Return whether bytes contain a pattern. RE2's `\C` is any byte; `.` matches only valid UTF-8."""
    return tf.strings.regex_full_match(data, rf"\C*(?:{pattern})\C*")


def _png_test(options: _Options) -> Callable[[bytes], np.bool_]:
    return lambda data: np.bool_(is_ordinary_png(data, options.channels, options.exif, options.max_pixels))


def _looks_ordinary(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Test like `is_ordinary_png`, in the graph and without checksums; libpng refuses files with wrong checksums."""
    sides = tf.io.decode_raw(_head(data, 16, 8), tf.int32, little_endian=False)
    kind = tf.io.decode_raw(_head(data, 24, 2), tf.uint8)
    usual = [
        tf.equal(_head(data, 12, 4), b"IHDR"),
        tf.equal(kind[0], 8),
        tf.reduce_any(tf.equal(kind[1], tf.constant(PNG_COLOURS[options.channels], tf.uint8))),
        tf.reduce_all(sides > 0),
        _within(sides, options.max_pixels),
        tf.logical_not(_contains(data, PNG_WORDS)),
    ]
    return tf.reduce_all(tf.stack(usual))


def _png(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode a PNG by libpng if it gives the same pixels as Pillow, otherwise by Pillow.

    Python can verify checksums, and the graph cannot. So Python decides which of the two decodes, where it may be used.
    """
    if options.pillow:
        ordinary = tf.ensure_shape(tf.numpy_function(_png_test(options), [data], tf.bool, stateful=False), [])
    else:
        ordinary = _looks_ordinary(data, options)
    return tf.cond(
        ordinary,
        lambda: tf.io.decode_png(data, channels=options.channels),
        lambda: _by_pillow(data, options),
    )


def _webp(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode a lossy WebP without extensions by TensorFlow, and all others by Pillow.

    TensorFlow refuses alpha and crashes on animations. Versions before 2.21 cannot read WebP.
    """
    if not hasattr(tf.io, "decode_webp"):
        return _by_pillow(data, options)
    sides = tf.bitwise.bitwise_and(tf.cast(tf.io.decode_raw(_head(data, 26, 4), tf.uint16), tf.int32), 0x3FFF)
    return tf.cond(
        tf.logical_and(tf.equal(_head(data, 8, 8), b"WEBPVP8 "), _within(sides, options.max_pixels)),
        lambda: _with_channels(tf.io.decode_webp(data, channels=3)[0], options.channels),
        lambda: _by_pillow(data, options),
    )


def _with_channels(image: tf.Tensor, channels: int) -> tf.Tensor:
    """Add an opaque alpha channel to an RGB image if `channels` is 4."""
    opaque = tf.constant(255, tf.uint8)
    return image if channels == 3 else tf.pad(image, [[0, 0], [0, 0], [0, 1]], constant_values=opaque)


def _decode_any(data: tf.Tensor, options: _Options) -> tf.Tensor:
    """Decode any image; its first bytes determine the format, not the file's extension."""
    kinds = tf.stack([tf.where(_starts_with(data, magic), kind, OTHER) for kind, magic in MAGIC])
    branches = [
        lambda: _any_jpeg(data, options),
        lambda: _png(data, options),
        lambda: _webp(data, options),
        lambda: _by_pillow(data, options),
    ]
    return tf.switch_case(tf.reduce_min(kinds), branches)


@functools.cache
def _call(decoder: Callable[[tf.Tensor, _Options], tf.Tensor], options: _Options) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a decoder as a function that is called as one node of the graph.

    Inlined, its hundreds of unused nodes would cost each plain JPEG 5 % of its time. The function is cached because
    tracing takes a second, and `load_image` decodes eagerly.
    """
    call: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda data: decoder(data, options),
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
    """Decode one image.

    Args:
        data: scalar string, the encoded bytes of an image in any format that Pillow reads.
        channels: 3 (RGB) or 4 (RGBA; opaque where the file has no alpha).
        size: `(height, width)` of the later resize, in pixels. A JPEG of at least twice that size is decoded at 1/2,
            1/4 or 1/8 of its size, never below `size`. `None` decodes at full size.
        resize: mode of the later resize, `"stretch"`, `"pad"` or `"crop"`; it determines which side must not be
            smaller than `size`.
        exif: whether to turn the image upright as its EXIF or XMP orientation says.
        max_pixels: the most pixels (height times width) of an image; larger ones are refused before memory is
            allocated for them.
        pillow: whether Pillow decodes the images that TensorFlow cannot read like Pillow; otherwise they are refused.

    Returns:
        uint8 `[H, W, channels]`.

    Raises:
        tf.errors.InvalidArgumentError: the bytes are not a readable image, are damaged, or have too many pixels.
    """
    options = _Options(channels, size, resize, exif, max_pixels, pillow)
    decode_any = _call(_decode_any, options)
    if channels == 4:
        return decode_any(data)
    return tf.cond(
        _is_plain_jpeg(data) if exif else _starts_with(data, MAGIC[JPEG][1]),
        lambda: _plain_jpeg(data, options),
        lambda: decode_any(data),
    )
