"""A user's `augment` as a recipe: a `pipeline.Augment`, ops or Keras layers. No other module asks which it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

from pipeline.augment.compiled import apply_parameters
from pipeline.augment.draw import uniform
from pipeline.augment.geometry import matrices
from pipeline.augment.keras_layers import KerasLayers
from pipeline.augment.op import BatchOp, Op
from pipeline.augment.parameters import parameters
from pipeline.augment.recipe import Recipe
from pipeline.augment.targets import move_targets
from pipeline.augment.trial import try_layers
from pipeline.config import Augment
from pipeline.config.brief import brief
from pipeline.errors import InputError

__all__ = ["recipe_of"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _AugmentOp(BatchOp):
    """All of `pipeline.Augment` as one op, with the twelve draws that it always had."""

    augment: Augment

    def apply(self, features: dict[str, tf.Tensor], keys: tf.Tensor) -> dict[str, tf.Tensor]:
        """Apply geometry, then channel shift, then brightness."""
        images, augment = features["image"], self.augment
        height, width = images.shape[1:3]
        found = parameters(uniform(keys), augment, height, width)
        moved = features if len(features) == 1 else self._moved(features, matrices(found, height, width))
        return {**moved, "image": apply_parameters(images, found, augment)}

    def _moved(self, features: dict[str, tf.Tensor], rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return move_targets(features, rows, fill_mode=self.augment.fill_mode)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _LayersOp(BatchOp):
    """Keras layers as one op."""

    compiled = False

    layers: KerasLayers

    def apply(self, features: dict[str, tf.Tensor], keys: tf.Tensor) -> dict[str, tf.Tensor]:
        """Call the layers on the images.

        Raises:
            InputError: there is a target that the layers would have to move with the image.
        """
        left = sorted({"mask", "boxes", "keypoints"} & set(features))
        if left:
            raise InputError(
                f"Keras layers in augment change images alone, and would leave {left} behind: use ops of pipeline.ops, "
                f"which move them. Received: augment={self.layers.given!r}"
            )
        return {**features, "image": self.layers(features["image"], keys)}


@dataclasses.dataclass(frozen=True)
class _AugmentRecipe(Recipe):
    """The recipe of a `pipeline.Augment`."""

    ranges: Augment = dataclasses.field(kw_only=True)

    @property
    def is_identity(self) -> bool:
        """True where every range is zero."""
        return self.ranges.is_identity

    @property
    def counted_levels(self) -> tuple[str, ...]:
        """The fields of `pipeline.Augment` that are set and count levels 0-255."""
        augment = self.ranges
        counted = {
            "brightness_range": augment.brightness_range,
            "channel_shift_range": augment.channel_shift_range,
            "cval": augment.cval and augment.fill_mode == "constant",
        }
        return tuple(name for name, value in counted.items() if value)

    def identity(self) -> Any:
        """Return the ranges."""
        return self.ranges

    def describe(self) -> str:
        """Return the ranges that are set."""
        return "none" if self.is_identity else brief(self.ranges)

    def try_on(self, shape: tuple[int, int, int], span: tuple[float, float]) -> tuple[str, ...]:
        """Return nothing: ranges were checked when they were given."""
        del shape, span
        return ()


@dataclasses.dataclass(frozen=True)
class _LayersRecipe(Recipe):
    """The recipe of Keras layers."""

    layers: KerasLayers = dataclasses.field(kw_only=True)

    @property
    def service_refusal(self) -> str | None:
        """Layers have variables of this process."""
        return (
            "a worker of the tf.data service cannot run Keras layers, whose variables are this process's: use "
            f"pipeline.Augment, or augment in the model. Received: augment={self.layers.given!r}"
        )

    @property
    def counted_levels(self) -> tuple[str, ...]:
        """Nothing is known: layers are tried on images of the data's scale."""
        return ()

    def identity(self) -> Any:
        """Return each layer's class and configuration."""
        return [(type(layer).__name__, _settings(layer)) for layer in self.layers.layers]

    def describe(self) -> str:
        """Return the names of the layers' classes."""
        return ", ".join(type(layer).__name__ for layer in self.layers.layers)

    def try_on(self, shape: tuple[int, int, int], span: tuple[float, float]) -> tuple[str, ...]:
        """Try the layers on drawn images, see `pipeline.augment.trial`."""
        return try_layers(self.layers, shape, span)


def _settings(layer: Any) -> dict[str, Any]:
    """Return a Keras layer's configuration without its name, which counts the layers made before it."""
    return {key: value for key, value in layer.get_config().items() if key != "name"}


def recipe_of(augment: Any) -> Recipe:
    """Return the recipe of what a user gave for `augment`.

    Args:
        augment: a `pipeline.Augment`, a `pipeline.Recipe`, an op or a list of them, a Keras layer or a list of them, or
            `None` for no augmentation. A recipe is returned as it is.

    Raises:
        InputError: it is something else, or a Keras layer among them must see the labels.
    """
    if isinstance(augment, Recipe):
        return augment
    if augment is None or isinstance(augment, Augment):
        ranges = Augment() if augment is None else augment
        return _AugmentRecipe((_AugmentOp(augment=ranges),), ranges=ranges)
    some = list(augment) if isinstance(augment, (list, tuple)) else [augment]
    if some and all(isinstance(one, Op) for one in some):
        return Recipe(some)
    layers = KerasLayers(augment)
    return _LayersRecipe((_LayersOp(layers=layers),), layers=layers)
