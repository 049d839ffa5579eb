"""Run the model of a trained run: it takes uint8 images and returns one number for each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.compiled import rescaling
from pipeline.models.saved import load_model
from pipeline.runs.trained_model import check_fits
from pipeline.runs.trained_run import TrainedRun
from pipeline.sources.labels import class_probabilities

__all__ = ["Network", "load_network"]


class Network:
    """A model for inference, preceded by the rescaling of its run.

    Args:
        run: the trained run, which says how images are rescaled and what the outputs mean.
        model: the run's model, or one with the same inputs and outputs.

    Raises:
        InputError: the model does not take the run's images, or its outputs are not the run's classes.
    """

    def __init__(self, run: TrainedRun, model: keras.Model) -> None:
        self.run, self.model = run, model
        check_fits(model, run)
        self._call = self._forward()

    def _forward(self) -> Callable[[Any], tf.Tensor]:
        image = self.run.image
        rescaled = rescaling(image.rescale, compiled=False)  # XLA would compile again for the last, smaller batch

        @tf.function(  # type: ignore[untyped-decorator]
            autograph=False, input_signature=[tf.TensorSpec([None, *image.image_size, image.channels], tf.uint8)]
        )
        def forward(pixels: tf.Tensor) -> tf.Tensor:
            return self.model(rescaled(pixels), training=False)

        return cast(Callable[[Any], tf.Tensor], forward)

    def __call__(self, pixels: tf.Tensor | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probability of each class, or the values for `"regression"`.

        Args:
            pixels: uint8 `[B, H, W, C]`, as `pipeline.images.load` makes them.

        Returns:
            float32 `[B, classes]`. The numbers of an image do not depend on the other images in the batch. Their last
            bits may depend on the number of images, because the CPU's kernels may sum fewer rows in another order.
        """
        count = pixels.shape[0]
        # A matrix product with a single row sums in another order and gives other last bits.
        outputs = self._call(pixels if count > 1 else tf.concat([pixels, pixels], 0))[:count]
        return class_probabilities(outputs.numpy(), self.run.label_mode)


def load_network(run: TrainedRun) -> Network:
    """Load the run's best model.

    Raises:
        InputError: the model cannot be read, or does not fit the run.
    """
    return Network(run, load_model(run.model_file))
