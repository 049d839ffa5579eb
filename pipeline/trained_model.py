"""A run's model held against the run: what it takes and gives must be the run's pictures and classes."""

from __future__ import annotations

import keras

from pipeline.errors import InputError
from pipeline.trained_run import TrainedRun

__all__ = ["check_fits"]


def check_fits(model: keras.Model, run: TrainedRun) -> None:
    """Refuse a model that is not such a run's, as where a file was copied over another.

    Raises:
        InputError: it does not take the run's pictures, or its outputs are not the run's classes.
    """
    image, mode = run.image, run.label_mode
    pictures = (*image.image_size, image.channels)
    units = 1 if mode == "binary" else len(run.class_names)
    taken, given = model.input_shape, model.output_shape
    fits = (
        isinstance(taken, tuple)
        and len(taken) == 4
        and all(side in (None, wanted) for side, wanted in zip(taken[1:], pictures, strict=True))
    )
    if not fits:
        raise InputError(
            f"{str(run.model_file)!r} must take pictures of {pictures}, as config.yaml beside it says. It takes {taken}"
        )
    if given != (None, units):
        raise InputError(
            f"{str(run.model_file)!r} has {given[-1]} outputs, and the run's classes take {units}: it must have "
            f"{units} outputs for the {len(run.class_names)} names and the label_mode {mode!r} in classes.json beside "
            f"it. Its outputs have the shape {given}"
        )
