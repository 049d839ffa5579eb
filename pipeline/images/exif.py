"""EXIF orientation of a JPEG, read and applied in the graph, without Python on the way.

Source: CIPA DC-008 (Exif 2.32), section 4.5.4 (APP1) and 4.6.4 tag 0x0112; TIFF 6.0, section 2 (IFD).
"""

from __future__ import annotations

import tensorflow as tf

__all__ = ["orient", "orientation", "swaps_axes"]

# Metadata segments stand in front of the picture; 64 KiB is the longest one may be, and EXIF comes first.
HEADER_BYTES = 1 << 18
ORIENTATION_TAG = 0x0112
START_OF_SCAN = 0xDA
APP1 = 0xE1
FILL = 0xFF  # any number of these may stand before a marker
# Bytes between a segment's marker and its TIFF header: marker 2, length 2, "Exif\0\0" 6.
TIFF_OFFSET = 10
EXIF_NAME = tuple(b"Exif\0\0")


class _Bytes:
    """Integers out of a byte vector; a read past its end gives 0, as a broken file should."""

    def __init__(self, data: tf.Tensor) -> None:
        head = tf.strings.substr(data, 0, HEADER_BYTES)
        self.size = tf.strings.length(head)
        self.values = tf.io.decode_raw(tf.strings.join([head, "\0"]), tf.uint8)  # the 0 that is read past its end

    def at(self, position: tf.Tensor) -> tf.Tensor:
        inside = tf.logical_and(position >= 0, position < self.size)
        return tf.cast(self.values[tf.where(inside, position, self.size)], tf.int32)

    def number(self, position: tf.Tensor, length: int, little: tf.Tensor | bool) -> tf.Tensor:
        parts = [self.at(position + k) for k in range(length)]
        big = sum(part * 256 ** (length - 1 - k) for k, part in enumerate(parts))
        return tf.where(little, sum(part * 256**k for k, part in enumerate(parts)), big)


def _find_tiff(read: _Bytes) -> tf.Tensor:
    """Position of the EXIF segment's TIFF header, or -1. Walks from segment to segment."""

    def is_exif(position: tf.Tensor) -> tf.Tensor:
        named = [tf.equal(read.at(position + 4 + k), byte) for k, byte in enumerate(EXIF_NAME)]
        return tf.reduce_all(tf.stack([tf.equal(read.at(position + 1), APP1), *named]))

    def searching(position: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        marker = read.at(position + 1)
        is_marker = tf.logical_and(tf.equal(read.at(position), 0xFF), tf.not_equal(marker, START_OF_SCAN))
        return tf.logical_and(found < 0, is_marker)

    def step(position: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        after = position + 2 + tf.maximum(read.number(position + 2, 2, False), 2)
        after = tf.where(tf.equal(read.at(position + 1), FILL), position + 1, after)
        return after, tf.where(is_exif(position), position + TIFF_OFFSET, found)

    return tf.while_loop(searching, step, (tf.constant(2), tf.constant(-1)), parallel_iterations=1)[1]


def orientation(data: tf.Tensor) -> tf.Tensor:
    """Orientation that a JPEG's EXIF asks for.

    Args:
        data: scalar string, a JPEG's bytes.

    Returns:
        int32 scalar from 1 (upright) to 8; 1 where there is no EXIF or it makes no sense.
    """
    read = _Bytes(data)
    tiff = _find_tiff(read)
    little = tf.equal(read.at(tiff), ord("I"))
    directory = tiff + read.number(tiff + 4, 4, little)
    entries = tf.minimum(read.number(directory, 2, little), 512)

    def searching(entry: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        return tf.logical_and(entry < entries, value < 1)

    def step(entry: tf.Tensor, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        at = directory + 2 + 12 * entry
        is_tag = tf.equal(read.number(at, 2, little), ORIENTATION_TAG)
        return entry + 1, tf.where(is_tag, read.number(at + 8, 2, little), value)

    value = tf.while_loop(searching, step, (tf.constant(0), tf.constant(0)), parallel_iterations=1)[1]
    valid = tf.reduce_all(tf.stack([tiff >= 0, value >= 1, value <= 8]))
    return tf.where(valid, value, 1)


def swaps_axes(value: tf.Tensor) -> tf.Tensor:
    """Whether orientation `value` exchanges height and width: bool scalar."""
    return value >= 5


def orient(image: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """Turn a stored picture upright, as `PIL.ImageOps.exif_transpose` does.

    Args:
        image: `[H, W, C]`, any dtype.
        value: int32 scalar, 1 to 8.

    Returns:
        `[H, W, C]`, or `[W, H, C]` for 5 to 8, same dtype.
    """
    image = tf.cond(swaps_axes(value), lambda: tf.transpose(image, [1, 0, 2]), lambda: image)
    left_right = tf.reduce_any(tf.equal(value, [2, 3, 6, 7]))
    up_down = tf.reduce_any(tf.equal(value, [3, 4, 7, 8]))
    image = tf.cond(left_right, lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(up_down, lambda: tf.reverse(image, [0]), lambda: image)
