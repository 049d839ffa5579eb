"""The warp: every picture of a batch through its own matrix, bilinear, as `scipy.ndimage.affine_transform(order=1)`.

Written for XLA: gathers, floors and multiply-adds that compile to one loop. The layout is fixed by measurement:
one gather a corner on `[B, H*W, C]` uint8, interpolation as `u = a + (b - a) * f`, which is exact on flat areas, and
nothing behind it that is not pointwise.
"""

from __future__ import annotations

import tensorflow as tf

__all__ = ["FILL_MODES", "coordinates", "nearest_index", "warp"]

FILL_MODES = ("nearest", "constant", "reflect", "wrap")


def _corners(c: tf.Tensor, length: int, fill_mode: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Coordinate -> (index before, index after, fraction between), borders as SciPy's mode has them.

    | mode | beyond the border |
    |---|---|
    | nearest | the border's value |
    | constant | handled by the caller's mask; here as nearest |
    | reflect | mirrored about the pixel's edge: `k mod 2L`, and `2L-1-k` in the upper half |
    | wrap | period `L-1`; the last pixel is met only where the coordinate is exactly on it |
    """
    if fill_mode in ("nearest", "constant"):
        c = tf.clip_by_value(c, 0.0, length - 1.0)
    floor = tf.floor(c)
    fraction = c - floor
    first = tf.cast(floor, tf.int32)
    if fill_mode == "reflect":
        return _mirror(first, length), _mirror(first + 1, length), fraction
    if fill_mode == "wrap":
        return *_wrap(first, fraction, length), fraction
    return first, tf.minimum(first + 1, length - 1), fraction


def _mirror(index: tf.Tensor, length: int) -> tf.Tensor:
    folded = tf.math.floormod(index, 2 * length)
    return tf.minimum(folded, 2 * length - 1 - folded)


def _wrap(first: tf.Tensor, fraction: tf.Tensor, length: int) -> tuple[tf.Tensor, tf.Tensor]:
    period = max(length - 1, 1)
    folded = tf.math.floormod(first, period)
    beyond = tf.logical_or(first < 0, tf.equal(first, length - 1))
    on_last = tf.reduce_all(tf.stack([tf.equal(fraction, 0), tf.equal(folded, 0), beyond]), axis=0)
    folded = tf.where(on_last, length - 1, folded)
    return folded, tf.minimum(folded + 1, length - 1)


def _inside(c: tf.Tensor, length: int) -> tf.Tensor:
    return tf.logical_and(c >= 0.0, c <= length - 1.0)


def _product(factor: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Multiply; in float64 the product is rounded before anything is added to it, as in SciPy.

    LLVM may fuse a product and a sum into one instruction that rounds once, in one of XLA's loops and not in another.
    Index and fraction of a coordinate then disagree where it lies on a pixel exactly: TensorFlow 2.19 took the pixel
    before it. Nothing is fused across a maximum.
    """
    product = factor * position
    return product if product.dtype == tf.float32 else tf.maximum(product, product.dtype.min)


def coordinates(matrices: tf.Tensor, height: int, width: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the input row and column that each output pixel shows: `[B, 6]` to two of `[B, H*W]`, of the same type."""
    batch = tf.shape(matrices)[0]
    row = tf.range(height, dtype=matrices.dtype)[None, :, None]
    column = tf.range(width, dtype=matrices.dtype)[None, None, :]
    # Two slices: uncompiled, TensorFlow's optimizer loses the new axes of one slice behind the stack of `matrices`.
    a, b, c, d, e, f = (matrices[:, k][:, None, None] for k in range(6))
    y = tf.reshape((c + _product(a, row)) + _product(b, column), [batch, height * width])
    x = tf.reshape((f + _product(d, row)) + _product(e, column), [batch, height * width])
    return y, x


def nearest_index(c: tf.Tensor, length: int, fill_mode: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the index of the pixel nearest to each coordinate, and whether the coordinate lies inside the image."""
    return _corners(tf.floor(c + 0.5), length, fill_mode)[0], _inside(c, length)


def warp(images: tf.Tensor, matrices: tf.Tensor, *, fill_mode: str = "nearest", cval: float = 0.0) -> tf.Tensor:
    """Warp a batch.

    Args:
        images: `[B, H, W, C]` uint8 (fast), float32 or float64; H, W and C static.
        matrices: `[B, 6]` as `pipeline.augment.geometry.matrices` gives them. Their dtype is that of the
            coordinates: float32, or float64 to follow SciPy across a border to the last bit at a cost of a quarter.
        fill_mode: what lies beyond the border, one of `FILL_MODES`, as SciPy defines them.
        cval: the value beyond it for `"constant"`; no blending with it, as in SciPy.

    Returns:
        float32 `[B, H, W, C]`, or float64 where `images` are; on the scale of `images`.
    """
    dtype = tf.float64 if images.dtype == tf.float64 else tf.float32
    height, width, channels = images.shape[1:]
    batch = tf.shape(images)[0]
    y, x = coordinates(matrices, height, width)
    top, bottom, between_rows = _corners(y, height, fill_mode)
    left, right, between_columns = _corners(x, width, fill_mode)
    vertical = tf.cast(between_rows, dtype)[..., None]
    horizontal = tf.cast(between_columns, dtype)[..., None]
    pixels = tf.reshape(images, [batch, height * width, channels])

    def take(rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.gather(pixels, rows * width + columns, batch_dims=1), dtype)

    def lerp(first: tf.Tensor, second: tf.Tensor, fraction: tf.Tensor) -> tf.Tensor:
        return first + (second - first) * fraction

    upper = lerp(take(top, left), take(top, right), horizontal)
    lower = lerp(take(bottom, left), take(bottom, right), horizontal)
    values = lerp(upper, lower, vertical)
    if fill_mode == "constant":
        known = tf.logical_and(_inside(y, height), _inside(x, width))[..., None]
        values = tf.where(known, values, tf.constant(cval, dtype))
    return tf.reshape(values, [batch, height, width, channels])
