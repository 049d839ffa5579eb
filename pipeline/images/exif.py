"""Read and apply the EXIF orientation of a JPEG, entirely in the graph.

Source: CIPA DC-008 (Exif 2.32), section 4.5.4 (APP1) and 4.6.4 tag 0x0112; TIFF 6.0, section 2 (IFD).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

__all__ = ["HEADER_BYTES", "orient", "orientation", "swaps_axes"]

# Bytes that are searched for metadata. Segments come before the pixels, have at most 64 KiB, and EXIF is first.
HEADER_BYTES = 1 << 18
ORIENTATION_TAG = 0x0112
START_OF_SCAN = 0xDA
FILL = 0xFF  # a padding byte; any number of them may precede a marker
# Bytes between a segment's marker and its TIFF header: marker 2, length 2, "Exif\0\0" 6.
TIFF_OFFSET = 10
# The bytes of an EXIF segment up to its TIFF header, and a mask of those that identify it: the marker's second byte and
# the name.
EXIF_SEGMENT = np.frombuffer(b"\0\xe1\0\0Exif\0\0", np.uint8).astype(np.int32)
EXIF_MASK = np.array([0, 1, 0, 0, 1, 1, 1, 1, 1, 1], np.int32)


class _Bytes:
    """A byte vector from which integers are read; bytes past its end are 0, so that a cut file causes no error.

    Several bytes are read by one op. Each new iteration over a data set waits until TensorFlow has optimised the
    graph, and this takes longer with every op.
    """

    def __init__(self, data: tf.Tensor) -> None:
        head = tf.strings.substr(data, 0, HEADER_BYTES)
        self.size = tf.strings.length(head)
        # The 0 that is appended is read for all positions past the end.
        self.values = tf.io.decode_raw(tf.strings.join([head, "\0"]), tf.uint8)

    def read(self, position: tf.Tensor, length: int) -> tf.Tensor:
        """Return `length` bytes from `position` (int32 scalar) on, as int32 `[length]`."""
        positions = position + tf.range(length)
        is_inside = tf.logical_and(positions >= 0, positions < self.size)
        return tf.cast(tf.gather(self.values, tf.where(is_inside, positions, self.size)), tf.int32)

    def number(self, position: tf.Tensor, length: int, little: tf.Tensor) -> tf.Tensor:
        """Return the unsigned integer in `length` bytes, int32 scalar; `little` says if it is little-endian."""
        powers = np.array([256**k for k in range(length)], np.int32)
        return tf.reduce_sum(self.read(position, length) * tf.where(little, powers, powers[::-1]))


def _find_tiff(data_bytes: _Bytes) -> tf.Tensor:
    """Return the position of the EXIF segment's TIFF header, or -1, by walking from segment to segment."""

    def searching(position: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        marker = data_bytes.read(position, 2)
        is_marker = tf.logical_and(tf.equal(marker[0], 0xFF), tf.not_equal(marker[1], START_OF_SCAN))
        return tf.logical_and(found < 0, is_marker)

    def step(position: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        segment = data_bytes.read(position, TIFF_OFFSET)
        is_exif = tf.reduce_all(tf.equal(segment * EXIF_MASK, EXIF_SEGMENT))
        length = tf.maximum(256 * segment[2] + segment[3], 2)
        after = position + tf.where(tf.equal(segment[1], FILL), 1, 2 + length)
        return after, tf.where(is_exif, position + TIFF_OFFSET, found)

    return tf.while_loop(searching, step, (tf.constant(2), tf.constant(-1)), parallel_iterations=1)[1]


def orientation(data: tf.Tensor) -> tf.Tensor:
    """Read the orientation in a JPEG's EXIF.

    Args:
        data: scalar string, a JPEG's bytes.

    Returns:
        int32 scalar from 1 (upright) to 8; 1 where there is no EXIF or its value is invalid.
    """
    data_bytes = _Bytes(data)
    tiff = _find_tiff(data_bytes)
    little = tf.equal(data_bytes.read(tiff, 1)[0], ord("I"))
    directory = tiff + data_bytes.number(tiff + 4, 4, little)
    entries = tf.minimum(data_bytes.number(directory, 2, little), 512)

    def searching(entry: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        return tf.logical_and(entry < entries, value < 1)

    def step(entry: tf.Tensor, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        position = directory + 2 + 12 * entry
        is_tag = tf.equal(data_bytes.number(position, 2, little), ORIENTATION_TAG)
        return entry + 1, tf.where(is_tag, data_bytes.number(position + 8, 2, little), value)

    value = tf.while_loop(searching, step, (tf.constant(0), tf.constant(0)), parallel_iterations=1)[1]
    valid = tf.reduce_all(tf.stack([tiff >= 0, value >= 1, value <= 8]))
    return tf.where(valid, value, 1)


def swaps_axes(value: tf.Tensor) -> tf.Tensor:
    """Return whether orientation `value` (int32 scalar) exchanges height and width: bool scalar."""
    return value >= 5


def orient(image: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """Turn a stored image upright, like `PIL.ImageOps.exif_transpose`.

    Args:
        image: `[H, W, C]`, any dtype.
        value: the orientation, int32 scalar from 1 to 8.

    Returns:
        `[H, W, C]`, or `[W, H, C]` for orientations 5 to 8, of the same dtype.
    """
    image = tf.cond(swaps_axes(value), lambda: tf.transpose(image, [1, 0, 2]), lambda: image)
    left_right = tf.reduce_any(tf.equal(value, [2, 3, 6, 7]))
    up_down = tf.reduce_any(tf.equal(value, [3, 4, 7, 8]))
    image = tf.cond(left_right, lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(up_down, lambda: tf.reverse(image, [0]), lambda: image)
