"""Recipe: an ordered list of ops, and the compiler that makes one call for a batch of it.

Geometric ops that follow each other become one matrix and one warp; whatever XLA can compile in a row is one call.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.batch import Batch, Features
from pipeline.augment.compiled import can_compile, rescaling
from pipeline.augment.draw import example_keys, uniform_of_stream
from pipeline.augment.op import BatchOp, GeometricOp, Op, PointOp, TableOp
from pipeline.augment.targets import move_targets
from pipeline.augment.warp import FILL_MODES, warp
from pipeline.errors import InputError

__all__ = ["Recipe"]

Step = Callable[[Features, tf.Tensor], Features]
LEVELS = 256


@dataclasses.dataclass(frozen=True)
class Recipe:
    """An augmentation of training images.

        augment = pipeline.Recipe([MyRotation(), MyContrast(p=0.5)])
        data = pipeline.from_directory("photos", augment=augment)

    Args:
        ops: applied in this order; each is a `pipeline.ops.Op`.
        fill_mode: the pixels beyond an image's border, one of `"nearest"`, `"constant"`, `"reflect"`, `"wrap"`.
        cval: their level for `"constant"`.

    Raises:
        InputError: something in the list is not an op, two ops have one stream, or `fill_mode` is unknown.
    """

    ops: Sequence[Op]
    fill_mode: str = "nearest"
    cval: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "ops", tuple(self.ops))
        for op in self.ops:
            if not isinstance(op, (GeometricOp, PointOp, TableOp, BatchOp)):
                raise InputError(
                    f"a recipe takes ops, which inherit from one of those in pipeline.ops. Received: {op!r}"
                )
        if self.fill_mode not in FILL_MODES:
            raise InputError(f"fill_mode must be one of {list(FILL_MODES)}. Received: {self.fill_mode!r}")
        names = self.streams
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"each op of a recipe needs a stream of its own. Received: {twice} more than once")

    @property
    def streams(self) -> tuple[str, ...]:
        """The name of each op's draws."""
        count: dict[str, int] = {}
        names = []
        for op in self.ops:
            name = type(op).__name__
            count[name] = count.get(name, -1) + 1
            names.append(op.stream or (f"{name} {count[name]}" if count[name] else name))
        return tuple(names)

    # ---- what the data set asks

    @property
    def is_identity(self) -> bool:
        """True where no example is changed."""
        return not self.ops

    @property
    def takes_all_cores(self) -> bool:
        """True where a batch takes all cores, so that one batch at a time is best."""
        return all(not isinstance(op, BatchOp) or op.compiled for op in self.ops)

    @property
    def service_refusal(self) -> str | None:
        """The reason why a worker of the tf.data service cannot run the recipe; `None` if it can."""
        return None

    @property
    def counted_levels(self) -> tuple[str, ...]:
        """The arguments that count levels 0-255, and so need images on that scale."""
        return ("augment",) if any(isinstance(op, (PointOp, TableOp)) for op in self.ops) else ()

    def identity(self) -> Any:
        """Return what tells this recipe from others, for the state of a run."""
        return self

    def describe(self) -> str:
        """Return the ops in one line."""
        return ", ".join(map(repr, self.ops)) or "none"

    def try_on(self, shape: tuple[int, int, int], span: tuple[float, float]) -> tuple[str, ...]:
        """Try the recipe before an image is read; return what looks wrong.

        Args:
            shape: (height, width, channels) of the images.
            span: the least and greatest value of the images before `rescale`.

        Raises:
            InputError: the recipe cannot be used on such images.
        """
        del span
        function = self.compile(None)
        spec = {"image": tf.TensorSpec([None, *shape], tf.float32)}
        traced = tf.function(function, autograph=False).get_concrete_function(spec, tf.TensorSpec([None, 2], tf.int64))
        found = traced.structured_outputs["image"].shape[1:]
        if tuple(found) != tuple(shape):
            raise InputError(f"augment must keep the shape of images, {list(shape)}. Received: {list(found)}")
        return ()

    # ---- the compiler

    def compile(self, rescale: float | None) -> Step:
        """Make one function for a batch.

        Args:
            rescale: factor on the augmented images; `None` for none.

        Returns:
            (features, keys int64 `[B, 2]`) to features; images come as uint8 or float32 `[B, H, W, C]` on the scale
            0-255, and leave as float32.
        """
        if self.is_identity:
            rescaled = rescaling(rescale)
            return lambda features, _keys: {**features, "image": rescaled(features["image"])}
        runs = [(compiled, list(steps)) for compiled, steps in itertools.groupby(self._steps(), lambda step: step[0])]
        calls = [_call([step for _, step in steps], compiled, None) for compiled, steps in runs[:-1]]
        compiled, steps = runs[-1]
        calls.append(_call([step for _, step in steps], compiled, rescale))
        return calls[0] if len(calls) == 1 else lambda features, keys: _in_turn(calls, features, keys)

    def augment(self, batch: Batch, seed: int, rescale: float | None = None) -> Batch:
        """Augment one batch."""
        features = self.compile(rescale)(batch.features, example_keys(batch.index, batch.epoch, seed))
        return dataclasses.replace(batch, features=features)

    def draws(self, seed: int, epoch: int, index: Sequence[int]) -> dict[str, NDArray[np.float32]]:
        """Return the draws of each op for some examples of an epoch, by stream: float32 `[N, 1 + draws]`.

        The first column decides by `p` whether the op acts.
        """
        keys = example_keys(tf.constant(index, tf.int64), tf.constant(epoch, tf.int64), seed)
        return {
            name: np.asarray(uniform_of_stream(keys, name, op.draws + 1))
            for op, name in zip(self.ops, self.streams, strict=True)
        }

    def _steps(self) -> Iterator[tuple[bool, Step]]:
        """Yield each step with whether XLA compiles it; geometric ops in a row are one."""
        named = list(zip(self.ops, self.streams, strict=True))
        for geometric, group in itertools.groupby(named, lambda one: isinstance(one[0], GeometricOp)):
            some = list(group)
            if geometric:
                yield True, self._warp(some)
            else:
                yield from (_step(op, name) for op, name in some)

    def _warp(self, named: Sequence[tuple[Any, str]]) -> Step:
        def step(features: Features, keys: tf.Tensor) -> Features:
            images = features["image"]
            height, width = images.shape[1:3]
            whole = None
            for op, name in named:
                u = uniform_of_stream(keys, name, op.draws + 1)
                matrix = tf.where((u[:, 0] < op.p)[:, None, None], op.matrix(u[:, 1:], height, width), tf.eye(3))
                whole = matrix if whole is None else whole @ matrix
            rows = about_centre(whole, height, width)
            moved = move_targets(features, rows, fill_mode=self.fill_mode)
            return {**moved, "image": warp(images, rows, fill_mode=self.fill_mode, cval=self.cval)}

        return step


def _in_turn(calls: Sequence[Step], features: Features, keys: tf.Tensor) -> Features:
    for call in calls:
        features = call(features, keys)
    return features


def _call(steps: Sequence[Step], compiled: bool, rescale: float | None) -> Step:
    """Make one call of steps in a row."""

    def run(features: Features, keys: tf.Tensor) -> Features:
        features = _in_turn(steps, features, keys)
        image = tf.cast(features["image"], tf.float32)
        return {**features, "image": image if rescale is None else image * tf.constant(rescale, tf.float32)}

    return tf.function(run, jit_compile=True, autograph=False) if compiled and can_compile() else run


def _step(op: Op, name: str) -> tuple[bool, Step]:
    """Return whether XLA compiles an op, and its step."""
    if isinstance(op, BatchOp):
        return op.compiled, _of_batch(op, name)
    return True, _of_pixels(op, name)


def _of_batch(op: BatchOp, name: str) -> Step:
    def step(features: Features, keys: tf.Tensor) -> Features:
        changed = op.apply(features, keys)
        if op.p == 1:
            return changed
        acts = uniform_of_stream(keys, name, 1)[:, 0] < op.p

        def chosen(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
            return tf.where(tf.reshape(acts, [-1] + [1] * (new.shape.rank - 1)), new, tf.cast(old, new.dtype))

        return {key: chosen(value, features[key]) for key, value in changed.items()}

    return step


def _of_pixels(op: Any, name: str) -> Step:
    def step(features: Features, keys: tf.Tensor) -> Features:
        images = tf.cast(features["image"], tf.float32)
        u = uniform_of_stream(keys, name, op.draws + 1)
        if isinstance(op, TableOp):
            changed = _looked_up(op, images, u[:, 1:])
        else:
            changed = op.apply(images, u[:, 1:], op.statistic(images))
        return {**features, "image": tf.where((u[:, 0] < op.p)[:, None, None, None], changed, images)}

    return step


def _looked_up(op: TableOp, images: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
    """Replace levels by the tables of an op."""
    height, width, channels = images.shape[1:]
    levels = tf.cast(tf.clip_by_value(tf.round(images), 0, LEVELS - 1), tf.int32)
    planes = tf.reshape(tf.transpose(levels, [0, 3, 1, 2]), [-1, channels, height * width])
    histogram = None
    if op.needs_histogram:
        histogram = _histograms(planes)
    table = tf.broadcast_to(op.table(u, histogram), [tf.shape(images)[0], channels, LEVELS])
    found = tf.gather(table, planes, batch_dims=2)
    return tf.transpose(tf.reshape(found, [-1, channels, height, width]), [0, 2, 3, 1])


def _histograms(planes: tf.Tensor) -> tf.Tensor:
    """Count the pixels at each level: int32 `[B, C, N]` to int32 `[B, C, 256]`."""
    count, channels = tf.shape(planes)[0], planes.shape[1]
    plane = tf.reshape(tf.range(count * channels), [-1, channels, 1])
    places = tf.reshape(plane * LEVELS + planes, [-1])
    found = tf.math.unsorted_segment_sum(tf.ones_like(places), places, count * channels * LEVELS)
    return tf.reshape(found, [-1, channels, LEVELS])


def about_centre(matrices: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Convert affine maps about the centre to the rows that `warp` takes: float32 `[B, 3, 3]` to `[B, 6]`."""
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    e, d, along_x = (matrices[:, 0, k] for k in range(3))
    b, a, along_y = (matrices[:, 1, k] for k in range(3))
    c = along_y + centre_y - a * centre_y - b * centre_x
    f = along_x + centre_x - d * centre_y - e * centre_x
    return tf.stack([a, b, c, d, e, f], axis=1)
