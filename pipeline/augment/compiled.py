"""Draw, warp, pointwise work and rescale as one XLA-compiled call on a batch."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from typing import cast

import tensorflow as tf

from pipeline.augment.draw import uniform
from pipeline.augment.geometry import matrices
from pipeline.augment.parameters import Parameters, parameters
from pipeline.augment.warp import warp
from pipeline.config import Augment
from pipeline.runtime.progress import say
from pipeline.runtime.startup import without_noise

__all__ = ["apply_parameters", "augment_batch", "augmentation", "can_compile", "rescaling"]

WIDTH_FLAG = "--xla_cpu_prefer_vector_width"
KNOW_WIDTH_FLAG = ("2.21.",)


@contextlib.contextmanager
def _wide_vectors() -> Iterator[None]:
    """Let XLA's first compilation in this process choose 512-bit vectors where the CPU has them.

    LLVM prefers 256 bits even there; at 512 the warp is a quarter faster, to the same bits but for pictures 16 or 17
    pixels wide, whose last bit differs. XLA reads its flags once, so the environment is put back at once: no child
    process and no other XLA (JAX's) meets them. An unknown flag ends the process, hence only the releases that it was
    tried with; a width that the user chose stays.
    """
    before = os.environ.get("XLA_FLAGS")
    if WIDTH_FLAG in (before or "") or not tf.__version__.startswith(KNOW_WIDTH_FLAG):
        yield
        return
    os.environ["XLA_FLAGS"] = f"{before or ''} {WIDTH_FLAG}=512".strip()
    try:
        yield
    finally:
        if before is None:
            del os.environ["XLA_FLAGS"]
        else:
            os.environ["XLA_FLAGS"] = before


@functools.cache
def can_compile() -> bool:
    """Return whether XLA compiles for this platform's CPU; warn once on stderr if it does not."""

    @tf.function(jit_compile=True, autograph=False)
    def probe(x: tf.Tensor) -> tf.Tensor:
        return x + 1.0

    try:
        with without_noise(), _wide_vectors(), tf.device("CPU:0"), tf.init_scope():
            probe(tf.constant(0.0))
    except (tf.errors.OpError, NotImplementedError, ValueError) as error:
        text = str(error).splitlines()[0][:160]
        say(f"warning: XLA cannot compile here ({text}); augmentation runs uncompiled, slower")
        return False
    return True


def _shift_channels(images: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Add `shift` levels, clipped to what each picture already spans, as Keras' generator clips."""
    low = tf.reduce_min(images, axis=[1, 2, 3], keepdims=True)
    high = tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)
    return tf.clip_by_value(images + shift[:, None, None, None], low, high)


def _brighten(images: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(images * factor[:, None, None, None], 0.0, 255.0)


def apply_parameters(images: tf.Tensor, p: Parameters, augment: Augment) -> tf.Tensor:
    """Geometry, then channel shift, then brightness: the order of `ImageDataGenerator.apply_transform`."""
    height, width = images.shape[1:3]
    if not dataclasses.replace(augment, channel_shift_range=0, brightness_range=None).is_identity:
        images = warp(images, matrices(p, height, width), fill_mode=augment.fill_mode, cval=augment.cval)
    else:
        images = tf.cast(images, tf.float32)
    if augment.channel_shift_range:
        images = _shift_channels(images, p.channel_shift)
    if augment.brightness_range:
        images = _brighten(images, p.brightness)
    return images


def augment_batch(images: tf.Tensor, keys: tf.Tensor, augment: Augment, rescale: float | None) -> tf.Tensor:
    """Augment a batch; the function that `augmentation` compiles.

    Args:
        images: `[B, H, W, C]` uint8 or float32 on the scale 0-255; H, W, C static.
        keys: int64 `[B, 2]`; a picture's draws depend on its own key alone.
        augment: the ranges.
        rescale: factor on the result; `None` for none.

    Returns:
        float32 `[B, H, W, C]`.
    """
    height, width = images.shape[1:3]
    images = apply_parameters(images, parameters(uniform(keys), augment, height, width), augment)
    return images if rescale is None else images * tf.constant(rescale, tf.float32)


def augmentation(augment: Augment, rescale: float | None) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """`(images, keys) -> images` for `Dataset.map`, compiled where the platform can. See `augment_batch`."""

    @tf.function(jit_compile=can_compile(), autograph=False)
    def compiled(images: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        return augment_batch(images, keys, augment, rescale)

    return cast(Callable[[tf.Tensor, tf.Tensor], tf.Tensor], compiled)


def rescaling(rescale: float | None, compiled: bool = True) -> Callable[[tf.Tensor], tf.Tensor]:
    """`images -> float32 images * rescale` for `Dataset.map`; compiled, a pass over memory instead of two.

    XLA compiles once a batch size. Where that varies, or the graph is to run elsewhere, the same not `compiled` gives
    the same bits.
    """

    @tf.function(jit_compile=compiled and can_compile(), autograph=False)
    def rescaled(images: tf.Tensor) -> tf.Tensor:
        floats = tf.cast(images, tf.float32)
        return floats if rescale is None else floats * tf.constant(rescale, tf.float32)

    return cast(Callable[[tf.Tensor], tf.Tensor], rescaled)
