"""Keras layers tried on a few drawn images before one is read: what they do must suit images that validation gets."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.inside import Step, layers_inside, named, watched
from pipeline.augment.keras_layers import KerasLayers, Traced
from pipeline.augment.mixing import WAY_OUT, takes_labels
from pipeline.errors import InputError

__all__ = ["try_layers"]

Floats = NDArray[np.float32]
Shape = tuple[int, int, int]
PIXELS = 100_000  # that are tried, about: composite layers of Keras take microseconds a pixel
# So many times as wide a range, or as narrow a one, is another scale: no augmentation does that to all images.
OTHER_SCALE = 16.0
# Of the range's width; so far beyond it neither noise nor contrast reaches.
ODD = 0.45
ENDS = (1.0, 99.0)  # percentiles
DRAW = (
    "draw with keras.random and seed=self.generator, a keras.random.SeedGenerator that the layer makes in __init__, or "
    "leave the layer out"
)


@dataclasses.dataclass(frozen=True)
class _Trial:
    """Images to try, and what is told of them.

    Args:
        layers: what is tried.
        images: float32 `[B, H, W, C]`, drawn, on the scale of the data.
        span: of the data's values before `rescale`.
    """

    layers: KerasLayers
    images: Floats
    span: tuple[float, float]

    @property
    def shape(self) -> Shape:
        height, width, channels = self.images.shape[1:]
        return int(height), int(width), int(channels)

    @property
    def scale(self) -> str:
        """The data's values in words."""
        return f"values from {self.span[0]:g} to {self.span[1]:g}"

    def run(self, traced: Traced, images: Floats) -> Any:
        """Return the result of the layers for the images, with the same draws each time."""
        keys = np.stack([np.arange(len(images)), np.full(len(images), 7)], axis=1)
        with tf.device("CPU:0"):
            given = traced.function(tf.constant(images), tf.constant(keys, tf.int64))
        return given.numpy() if tf.is_tensor(given) else given


def _drawn(shape: Shape, span: tuple[float, float]) -> Floats:
    """Images with all values of the span in smooth slopes, each in another direction: no blur narrows their range."""
    height, width, channels = shape
    down, across = np.linspace(0, 1, height)[:, None, None], np.linspace(0, 1, width)[None, :, None]
    shift = np.linspace(0, 1, channels, endpoint=False)[None, None, :]
    count = int(np.clip(PIXELS // (height * width), 2, 4))
    ways = [across, 1 - down, (across + down) / 2, 1 - across]
    levels = [1 - np.abs(1 - 2 * ((way + shift) % 1.0)) for way in ways[:count]]
    images = np.stack([np.broadcast_to(level, shape) for level in levels])
    return (span[0] + images * (span[1] - span[0])).astype(np.float32)


def _spread(values: Floats) -> tuple[float, float]:
    """The range of the values, without the few at its ends that noise reaches."""
    low, high = np.percentile(values, ENDS)
    return float(low), float(high)


def _trace(trial: _Trial) -> Traced:
    """The layers traced; one that fails without labels and works with them must see them."""
    try:
        return trial.layers.traced(trial.shape)
    except Exception:
        for layer in trial.layers.layers:
            if takes_labels(layer, trial.images):
                raise InputError(
                    f"augment changes images alone, and {named(layer)} asks for labels, too. Leave it out of augment; "
                    f"{WAY_OUT}"
                ) from None
        raise


def _traced_again(trial: _Trial) -> Traced | None:
    """The layers traced anew; `None` for one that keeps a tensor of its first trace, as its `build` may."""
    try:
        return trial.layers.trace(trial.shape)
    except Exception:  # noqa: BLE001 (TensorFlow raises several kinds)
        return None


def _run_again(trial: _Trial, given: Floats) -> Any:
    """Trace the layers anew and return their result; return `given` if they cannot be traced."""
    second = _traced_again(trial)
    try:
        return given if second is None else trial.run(second, trial.images)
    except Exception:  # noqa: BLE001 (the same, seen only when it runs)
        return given


def _refuse_draws(trial: _Trial, traced: Traced) -> None:
    """Refuse what draws in Python while TensorFlow traces: one draw would hold for every batch, another in each run."""
    drew = [step for step in traced.steps if step.drew]
    if drew and threading.active_count() > 1:  # another one may have drawn meanwhile
        again = _traced_again(trial)
        drew = drew if again is None else [step for step in again.steps if step.drew]
    if drew:
        raise InputError(
            f"{named(drew[0].layer)} in augment draws from {drew[0].drew[0]} while TensorFlow traces it: one draw "
            f"would hold for every batch of a run, and no run would repeat. {_instead(drew[0].layer)}"
        )


def _instead(layer: keras.layers.Layer) -> str:
    if type(layer).__module__.startswith("keras."):
        return "Leave it out; keras.layers.RandAugment changes images likewise, and repeats"
    return DRAW[0].upper() + DRAW[1:]


def _shape_of(value: Any) -> tuple[int | None, ...] | None:
    shape = getattr(value, "shape", None)
    return None if shape is None or getattr(shape, "rank", len(shape)) is None else tuple(shape)


def _culprit(steps: Sequence[Step], fits: Any) -> keras.layers.Layer | None:
    """The innermost layer that was called with what fits and returned what does not."""
    for step in steps:
        if fits(step.taken) and not fits(step.given):
            return step.layer
    return None


def _blamed(layer: keras.layers.Layer | None, layers: Sequence[keras.layers.Layer]) -> str:
    return ", ".join(named(one) for one in ([layer] if layer is not None else layers))


def _size(shape: Sequence[int | None]) -> str:
    return "x".join("?" if side is None else str(side) for side in shape)


def _refuse_shape(trial: _Trial, traced: Traced, given: Any) -> None:
    """Refuse images of another size or number of channels than validation's, and what are no images."""
    wanted = trial.images.shape

    def fits(value: Any) -> bool:
        shape = _shape_of(value)
        return shape is not None and (
            len(shape) == 4 and all(side in (None, other) for side, other in zip(shape[1:], wanted[1:], strict=True))
        )

    is_array = isinstance(given, np.ndarray)
    if is_array and given.dtype.kind in "fiu" and given.shape == wanted:
        return
    blamed = _blamed(_culprit(traced.steps, fits), trial.layers.layers)
    received = f"{tuple(given.shape)}, {given.dtype}" if is_array else type(given).__name__
    raise InputError(
        f"augment must give numbers in the shape of validation's images, {_size(wanted[1:])} (height x width x "
        f"channels), and {blamed} gives something else: {_fitting(given, wanted)}. Received: {received}, of images "
        f"{tuple(wanted)}"
    )


def _fitting(given: Any, wanted: tuple[int, ...]) -> str:
    """Return advice on how to get images of the shape that the layers give."""
    shape: tuple[int, ...] = tuple(getattr(given, "shape", ()))
    if len(shape) != 4 or shape[0] != wanted[0] or shape == wanted:
        return "give images back as they came"
    if shape[1:3] == wanted[1:3]:
        return "choose the channels with color_mode, or change them in the model"
    return (
        f"build the data with image_size={shape[1:3]}, put the layer into the model, or map over data.train "
        "what validation is to do without"
    )


def _refuse_repeat(trial: _Trial, traced: Traced, given: Floats) -> tuple[str, ...]:
    """Refuse draws that do not follow from the seed; say where one image's result depends on another."""
    tolerance = 1e-3 * (trial.span[1] - trial.span[0])

    def differ(one: Floats, other: Floats) -> bool:
        return one.shape != other.shape or not np.allclose(one, other, rtol=1e-4, atol=tolerance, equal_nan=True)

    changed = trial.images.copy()
    changed[0] = changed[0].max() + changed[0].min() - changed[0]
    other = trial.run(traced, changed)
    again = trial.run(traced, trial.images) if differ(given[1:], other[1:]) else given
    layers = layers_inside(trial.layers.layers)
    own = [layer for layer in layers if not type(layer).__module__.startswith("keras.")]
    if not differ(given, again) and own:  # a layer may draw elsewhere while it is traced
        again = _run_again(trial, given)
    blamed = _blamed(None, own or trial.layers.layers)
    if differ(given, again):
        raise InputError(
            f"{blamed} in augment draws what does not follow from the seed: the same images come out differently, and "
            f"no run would repeat. {DRAW[0].upper() + DRAW[1:]}"
        )
    if own and differ(given[1:], other[1:]):  # Keras' own that blend images are refused, as they say so
        return (
            f"an image that {blamed} in augment gives depends on the other images of its batch, and labels are not "
            "changed with it: where it blends images, their labels are wrong",
        )
    return ()


def _graph(value: Any) -> Any:
    """The graph that a tensor is part of: within a loop of the layer's own it is another one."""
    return value.graph if tf.is_tensor(value) else None


def _ranges(trial: _Trial) -> list[tuple[keras.layers.Layer, tuple[float, float], tuple[float, float]]]:
    """(layer, range of what it was called with, range of what it gave) for each call, inner ones first."""
    found: list[keras.layers.Layer] = []

    def whole(images: tf.Tensor) -> list[tf.Tensor]:
        with watched(trial.layers.layers) as steps:
            trial.layers.run(images, tf.constant([0, 7], tf.int64))
        pairs = [step for step in steps if images.graph is _graph(step.taken) is _graph(step.given)]
        found[:] = [step.layer for step in pairs]
        return [tf.cast(value, tf.float32) for step in pairs for value in (step.taken, step.given)]

    try:
        with tf.device("CPU:0"):
            values = tf.function(whole, autograph=False)(tf.constant(trial.images))
    except Exception:  # noqa: BLE001 (a layer that cannot be traced twice: only its name stays unknown)
        return []
    ranges = [_spread(value.numpy()) for value in values]
    return list(zip(found, ranges[::2], ranges[1::2], strict=True))


def _factor(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the factor by which the values reach further from 0."""
    return max(map(abs, after)) / max(*map(abs, before), 1e-12)


def _other_scale(before: Sequence[float], after: Sequence[float]) -> bool:
    return not 1 / OTHER_SCALE < _factor(before, after) < OTHER_SCALE


def _contradicting(trial: _Trial) -> Iterator[keras.layers.Layer]:
    """Layers whose `value_range` is another scale than the data's."""
    for layer in layers_inside(trial.layers.layers):
        stated = getattr(layer, "value_range", None)
        if (
            isinstance(stated, (list, tuple))
            and len(stated) == 2
            and _other_scale(trial.span, tuple(map(float, stated)))
        ):
            yield layer


def _refuse_scale(trial: _Trial, given: Floats) -> tuple[str, ...]:
    """Refuse values on another scale than validation's; say where they are odd."""
    if not np.isfinite(given).all():
        blamed = _blamed(None, trial.layers.layers)
        raise InputError(f"{blamed} in augment gives values that are not finite (NaN or infinite), of {trial.scale}")
    before, after = _spread(trial.images), _spread(given.astype(np.float32))
    suspects = list(_contradicting(trial))
    ranges = _ranges(trial) if suspects or _other_scale(before, after) else []
    for layer, taken, _ in ranges:
        stated = getattr(layer, "value_range", None)
        if layer in suspects and stated is not None and _other_scale(tuple(map(float, stated)), taken):
            raise InputError(
                f"{named(layer)} in augment has value_range={tuple(stated)}, and gets {_told(taken)}: layers of "
                f"augment get {trial.scale}, before rescale. Give it value_range={_range_text(trial.span)}"
            )
    if _other_scale(before, after):
        layer = next((one for one, taken, made in ranges if _other_scale(taken, made)), None)
        raise InputError(
            f"{_blamed(layer, trial.layers.layers)} in augment changes the scale: it makes {_told(after)} of "
            f"{trial.scale}, and validation, which is not augmented, keeps them. Layers of augment get the values "
            "before rescale and must keep their scale: leave out what rescales or normalises here (rescale=... is for "
            "training and validation alike), or put it into the model"
        )
    return tuple(_odd(trial, before, after))


def _told(values: tuple[float, float]) -> str:
    return f"values from about {values[0]:.3g} to {values[1]:.3g}"


def _range_text(span: tuple[float, float]) -> str:
    return f"({span[0]:g}, {span[1]:g})"


def _odd(trial: _Trial, before: tuple[float, float], after: tuple[float, float]) -> Iterator[str]:
    """Yield notes on results that may be meant, but usually are not."""
    width = before[1] - before[0]
    reach = max(before[0] - after[0], after[1] - before[1])
    narrow = (after[1] - after[0]) * 4 < width
    if reach > ODD * width or narrow:
        yield (
            f"{_blamed(None, trial.layers.layers)} in augment makes {_told(after)} of {trial.scale}, and validation, "
            "which is not augmented, keeps them: is one of the layers meant for another scale, or for validation too?"
        )


def try_layers(layers: KerasLayers, shape: Shape, span: tuple[float, float] = (0.0, 255.0)) -> tuple[str, ...]:
    """Run layers on a few drawn images, and compare the results with what validation gets.

    Args:
        layers: the layers.
        shape: (height, width, channels) of the data's images.
        span: the data's least and greatest value before `rescale`.

    Returns:
        What is suspicious, one line each.

    Raises:
        InputError: images come out in another size or on another scale than validation's, a layer is made for
            another scale, or draws what does not follow from the seed.
    """
    trial = _Trial(layers, _drawn(shape, span), span)
    traced = _trace(trial)
    _refuse_draws(trial, traced)
    given = trial.run(traced, trial.images)
    _refuse_shape(trial, traced, given)
    return (*_refuse_repeat(trial, traced, given), *_refuse_scale(trial, given))
