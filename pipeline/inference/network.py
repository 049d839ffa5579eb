"""A run's model as predict and export use it: uint8 pictures in, one number a class out."""

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
    """A model, uncompiled, with the rescaling of its run before it.

    Args:
        run: how pictures are rescaled, what the outputs mean.
        model: its model, or one like it.

    Raises:
        InputError: the model does not take the run's pictures, or its outputs are not the run's classes.
    """

    def __init__(self, run: TrainedRun, model: keras.Model) -> None:
        self.run, self.model = run, model
        check_fits(model, run)
        self._call = self._forward()

    def _forward(self) -> Callable[[Any], tf.Tensor]:
        image = self.run.image
        rescaled = rescaling(image.rescale, compiled=False)  # the last batch has another size, and XLA would begin anew

        @tf.function(  # type: ignore[untyped-decorator]
            autograph=False, input_signature=[tf.TensorSpec([None, *image.image_size, image.channels], tf.uint8)]
        )
        def forward(pixels: tf.Tensor) -> tf.Tensor:
            return self.model(rescaled(pixels), training=False)

        return cast(Callable[[Any], tf.Tensor], forward)

    def __call__(self, pixels: tf.Tensor | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities, or values for `"regression"`.

        Args:
            pixels: uint8 `[B, H, W, C]`, as `pipeline.images.load` makes them.

        Returns:
            float32 `[B, classes]`. An image's numbers do not depend on what else is in the batch. Their last
            bits may depend on how many images it holds, where the CPU's kernels sum differently for fewer rows.
        """
        count = pixels.shape[0]
        # Of one row a product of matrices is another one, with other last bits.
        outputs = self._call(pixels if count > 1 else tf.concat([pixels, pixels], 0))[:count]
        return class_probabilities(outputs.numpy(), self.run.label_mode)


def load_network(run: TrainedRun) -> Network:
    """The run's best model.

    Raises:
        InputError: it cannot be read, or does not fit the run.
    """
    return Network(run, load_model(run.model_file))
