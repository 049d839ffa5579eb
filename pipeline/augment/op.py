"""The types of an augmentation step (an op). A new op inherits from one of them and says what it does to a batch.

Every op has draws of its own: uniform numbers that follow from (seed, epoch, index) and the name of its stream, so that
another op before it, another batch size or an interruption changes none of them.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from pipeline.errors import InputError

__all__ = ["BatchOp", "GeometricOp", "Op", "PointOp", "TableOp"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Op:
    """One step of a recipe. An op is a frozen dataclass; its fields are its arguments.

    Args:
        p: the probability with which an example is changed.
        stream: the name of its draws; `None`: the name of the class, numbered where a recipe has several.
    """

    draws: ClassVar[int] = 0  # uniform draws for each example

    p: float = 1.0
    stream: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.p, (int, float)) or not 0 <= self.p <= 1:
            raise InputError(f"p must be a number from 0 to 1. Received: {self.p!r}")


class GeometricOp(Op):
    """An op that moves pixels. Masks, boxes and keypoints move with the image.

    A recipe composes the matrices of geometric ops that follow each other, and warps once.
    """

    def matrix(self, u: tf.Tensor, height: int, width: int) -> tf.Tensor:
        """Return the affine map from an output pixel to the input pixel that it shows.

        Args:
            u: float32 `[B, draws]` in `[0, 1)`.
            height: of the images, in pixels.
            width: of the images, in pixels.

        Returns:
            float32 `[B, 3, 3]`, for columns (x, y, 1): pixels from the centre of the image to the right and down. The
            last row is (0, 0, 1).
        """
        raise NotImplementedError


class PointOp(Op):
    """An op that computes each pixel from the same pixel alone, and from one statistic of its image where it asks."""

    def statistic(self, images: tf.Tensor) -> Any:
        """Return what the op needs to know about each whole image, such as its mean; `None` by default.

        Args:
            images: float32 `[B, H, W, C]` on the scale 0-255.
        """
        del images

    def apply(self, images: tf.Tensor, u: tf.Tensor, statistic: Any) -> tf.Tensor:
        """Return the changed images.

        Args:
            images: float32 `[B, H, W, C]` on the scale 0-255.
            u: float32 `[B, draws]` in `[0, 1)`.
            statistic: the result of `statistic`.
        """
        raise NotImplementedError


class TableOp(Op):
    """An op that replaces each level 0-255 by another: one table for each channel of each image.

    Levels are rounded to integers before they are looked up.
    """

    needs_histogram: ClassVar[bool] = False

    def table(self, u: tf.Tensor, histogram: tf.Tensor | None) -> tf.Tensor:
        """Return the new levels.

        Args:
            u: float32 `[B, draws]` in `[0, 1)`.
            histogram: int32 `[B, C, 256]`, the number of pixels at each level, where `needs_histogram`.

        Returns:
            float32 `[B, C, 256]`, or `[B, 1, 256]` for all channels alike.
        """
        raise NotImplementedError


class BatchOp(Op):
    """An op that takes whole batches, in TensorFlow's ops: whatever is none of the other kinds."""

    compiled: ClassVar[bool] = True  # False where XLA cannot compile it

    def apply(self, features: dict[str, tf.Tensor], keys: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the changed features.

        Args:
            features: by name; `"image"` is `[B, H, W, C]`, uint8 or float32, on the scale 0-255.
            keys: int64 `[B, 2]`, from which draws follow, see `pipeline.augment.draw`.

        Returns:
            the features, images as float32.
        """
        raise NotImplementedError
