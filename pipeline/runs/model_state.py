"""The variables of a model in training: read them, write them back, and make them before the first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.errors import InputError

__all__ = ["assign_variables", "build_variables", "values_of", "variables_of"]


def values_of(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """Return the values of variables."""
    return [variable.numpy() for variable in variables]


def variables_of(model: keras.Model, metrics: bool) -> dict[str, list[Any]]:
    """Return the variables by group: "model", "optimizer" and, if `metrics` is true, "metrics"."""
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {**groups, "metrics": model.metrics_variables} if metrics else groups


def build_variables(model: keras.Model, batch: Any, metrics: bool) -> None:
    """Make the variables that Keras makes in the first step, so that values can be assigned to them.

    Args:
        model: a compiled model.
        batch: the specification of a batch, as `tf.data.Dataset.element_spec` has it.
        metrics: whether the variables of the metrics are made too; this runs the model on a batch of one zero image.
    """
    model.optimizer.build(model.trainable_variables)
    if metrics:
        one = tf.nest.map_structure(lambda spec: tf.zeros([1, *spec.shape[1:]], spec.dtype), batch)
        model.test_on_batch(*one)


def assign_variables(model: keras.Model, arrays: Mapping[str, NDArray[Any]], metrics: bool, folder: str) -> None:
    """Assign the values of a checkpoint to the variables of a model.

    Args:
        model: a model whose variables are built.
        arrays: the values by group and number, such as "model/0"; other names are ignored.
        metrics: whether the metrics' values are among them.
        folder: the checkpoint's folder, for the message.

    Raises:
        InputError: the names or shapes are those of another model, optimizer or set of metrics.
    """
    groups = variables_of(model, metrics)
    wanted = {f"{group}/{k}": variable for group, some in groups.items() for k, variable in enumerate(some)}
    there = {name for name in arrays if name.split("/")[0] in groups}
    if there != set(wanted) or any(arrays[name].shape != tuple(wanted[name].shape) for name in wanted):
        raise InputError(
            f"the checkpoint in {folder!r} is of another model, optimizer or set of metrics; build and "
            "compile the model as it was, or name another folder"
        )
    for name, variable in wanted.items():
        variable.assign(arrays[name])
