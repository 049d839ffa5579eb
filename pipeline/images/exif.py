"""EXIF orientation of a JPEG, read and applied in the graph, without Python on the way.

Source: CIPA DC-008 (Exif 2.32), section 4.5.4 (APP1) and 4.6.4 tag 0x0112; TIFF 6.0, section 2 (IFD).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

__all__ = ["HEADER_BYTES", "orient", "orientation", "swaps_axes"]

# Metadata segments stand in front of the picture; 64 KiB is the longest one may be, and EXIF comes first.
HEADER_BYTES = 1 << 18
ORIENTATION_TAG = 0x0112
START_OF_SCAN = 0xDA
FILL = 0xFF  # any number of these may stand before a marker
# Bytes between a segment's marker and its TIFF header: marker 2, length 2, "Exif\0\0" 6.
TIFF_OFFSET = 10
# A segment's bytes up to there, and which of them make it one of EXIF: the marker's second, and the name.
EXIF_SEGMENT = np.frombuffer(b"\0\xe1\0\0Exif\0\0", np.uint8).astype(np.int32)
EXIF_MASK = np.array([0, 1, 0, 0, 1, 1, 1, 1, 1, 1], np.int32)


class _Bytes:
    """Integers out of a byte vector; a read past its end gives 0, as a broken file should.

    Several bytes at a time: whoever iterates a data set anew waits until its graph is optimised, op by op.
    """

    def __init__(self, data: tf.Tensor) -> None:
        head = tf.strings.substr(data, 0, HEADER_BYTES)
        self.size = tf.strings.length(head)
        self.values = tf.io.decode_raw(tf.strings.join([head, "\0"]), tf.uint8)  # the 0 that is read past its end

    def at(self, position: tf.Tensor, length: int) -> tf.Tensor:
        """int32 `[length]` from `position` on."""
        places = position + tf.range(length)
        inside = tf.logical_and(places >= 0, places < self.size)
        return tf.cast(tf.gather(self.values, tf.where(inside, places, self.size)), tf.int32)

    def number(self, position: tf.Tensor, length: int, little: tf.Tensor) -> tf.Tensor:
        """The unsigned integer of `length` bytes, int32 scalar."""
        powers = np.array([256**k for k in range(length)], np.int32)
        return tf.reduce_sum(self.at(position, length) * tf.where(little, powers, powers[::-1]))


def _find_tiff(read: _Bytes) -> tf.Tensor:
    """Position of the EXIF segment's TIFF header, or -1. Walks from segment to segment."""

    def searching(position: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        marker = read.at(position, 2)
        is_marker = tf.logical_and(tf.equal(marker[0], 0xFF), tf.not_equal(marker[1], START_OF_SCAN))
        return tf.logical_and(found < 0, is_marker)

    def step(position: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        segment = read.at(position, TIFF_OFFSET)
        is_exif = tf.reduce_all(tf.equal(segment * EXIF_MASK, EXIF_SEGMENT))
        length = tf.maximum(256 * segment[2] + segment[3], 2)
        after = position + tf.where(tf.equal(segment[1], FILL), 1, 2 + length)
        return after, tf.where(is_exif, position + TIFF_OFFSET, found)

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
    little = tf.equal(read.at(tiff, 1)[0], ord("I"))
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
