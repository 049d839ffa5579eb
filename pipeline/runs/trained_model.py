"""Check that a trained model fits its options: its input their images, its outputs their classes."""

from __future__ import annotations

import keras
import numpy as np

from pipeline.errors import InputError
from pipeline.models.check import last_activation
from pipeline.runs.trained_run import TrainedRun

__all__ = ["check_fits"]

NO_PROBABILITIES = ("linear", "relu", "tanh")
SLACK = 1e-3  # the largest rounding error of a probability that is computed in 16 bits


def check_fits(model: keras.Model, run: TrainedRun) -> None:
    """Refuse a model that does not fit its options, for example because one file was copied over another.

    Raises:
        InputError: the model does not take the run's images, or its outputs are not the run's classes.
    """
    image, mode = run.image, run.label_mode
    (taking, giving) = run.describing
    image_shape = (*image.image_size, image.channels)
    units = 1 if mode == "binary" else len(run.class_names)
    taken, given = model.input_shape, model.output_shape
    fits = (
        isinstance(taken, tuple)
        and len(taken) == 4
        and all(side in (None, wanted) for side, wanted in zip(taken[1:], image_shape, strict=True))
    )
    if not fits:
        raise InputError(
            f"{str(run.model_file)!r} must take pictures of {image_shape}, as {taking} beside it says. It takes {taken}"
        )
    if given != (None, units):
        raise InputError(
            f"{str(run.model_file)!r} has {given[-1]} outputs, and the run's classes take {units}: it must have "
            f"{units} outputs for the {len(run.class_names)} names and the label_mode {mode!r} in {giving} beside "
            f"it. Its outputs have the shape {given}"
        )
    if run.own is not None:
        _check_probabilities(model, run, image_shape)


def _check_probabilities(model: keras.Model, run: TrainedRun, image_shape: tuple[int, ...]) -> None:
    """Refuse a user's own model whose outputs are not probabilities, by its last layer and by a trial."""
    if run.label_mode == "regression":
        return
    function = "sigmoid" if run.label_mode in ("binary", "multi_label") else "softmax"
    drawn = np.random.default_rng(0).integers(0, 256, (4, *image_shape)).astype(np.float32) * (run.image.rescale or 1)
    outputs = np.asarray(model.predict_on_batch(drawn), np.float64)
    outside = outputs[(outputs < -SLACK) | (outputs > 1 + SLACK)]
    if last_activation(model) in NO_PROBABILITIES or outside.size:
        raise InputError(
            f"the outputs of {str(run.model_file)!r} are no probabilities, as where the loss was given "
            f"from_logits=True: save it with them, keras.Sequential([model, keras.layers.Activation({function!r})])."
            + (f" Received: {outside[0]:.3g} for a drawn image" if outside.size else "")
        )
