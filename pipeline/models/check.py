"""Check a model against the data before the first training step: its input, its outputs and its loss."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from pipeline.augment.inside import named
from pipeline.augment.mixing import WAY_OUT, mixing_layers
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.models.head import Head, head_for
from pipeline.sources.labels import Mode

__all__ = ["check_model", "head_of", "last_activation"]

SPARSE = frozenset({"sparse_categorical_crossentropy"})
ONE_CLASS = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"})
EACH_CLASS = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
HINGE = frozenset({"hinge", "squared_hinge"})
# Keras' losses that do not fit the labels of each mode. A loss that is not from Keras is not checked.
UNFIT: dict[Mode, frozenset[str]] = {
    "binary": SPARSE | ONE_CLASS,
    "int": frozenset(),  # every loss except sparse cross-entropy, see `_check_loss`
    "categorical": SPARSE,
    "multi_label": SPARSE | ONE_CLASS,
    "regression": SPARSE | ONE_CLASS | EACH_CLASS | HINGE,
}
CROSSENTROPIES = SPARSE | ONE_CLASS - {"categorical_hinge"} | EACH_CLASS


def _fitting(mode: Mode) -> Head:
    """Return a head for the labels of a mode, for its activation and loss only."""
    return head_for(mode, 2)


def head_of(data: ImageData) -> Head:
    """Return the last layer and the loss that fit the labels of `data`.

    Raises:
        InputError: the data have no labels, or only one class.
    """
    return head_for(data.label_mode, len(data.class_names))


def _outputs(data: ImageData) -> int:
    return 1 if data.label_mode == "binary" else len(data.class_names)


def _way_out(mode: Mode, units: int) -> str:
    head = _fitting(mode)
    return f"end it with Dense({units}, activation={head.activation!r}) and compile it with loss={head.loss!r}"


def _size(shape: Any) -> str:
    return "x".join("any" if one is None else str(one) for one in shape[1:])


def _check_input(model: keras.Model, image_shape: tuple[int, ...]) -> None:
    shape = getattr(model, "input_shape", None) if model.built else None
    if isinstance(shape, (list, dict)):
        raise InputError(
            f"the model must have one input, as the data have one picture an example. Received: {len(shape)} inputs"
        )
    if not isinstance(shape, tuple):  # unknown before the model is built
        return
    # Keras drops a last axis of one channel.
    sides = image_shape[:2] if len(shape) == 3 and image_shape[2] == 1 else image_shape
    fits = len(shape) == len(sides) + 1 and all(
        one in (None, other) for one, other in zip(shape[1:], sides, strict=True)
    )
    if not fits:
        raise InputError(
            f"the model takes pictures of {_size(shape)} (height x width x channels), and the data's are "
            f"{_size((None, *image_shape))}: give the model keras.Input({image_shape}), or build the data with "
            "image_size and color_mode to fit"
        )


def _output_shape(model: keras.Model, image_shape: tuple[int, ...]) -> tuple[int | None, ...] | None:
    """Return the shape of the model's output for a batch; `None` if it is unknown before the first step."""
    try:
        shape = model.output_shape if model.built else model.compute_output_shape((None, *image_shape))
        if isinstance(shape, (list, dict)):
            raise InputError(
                f"the model must have one output, as the data have one label a picture. Received: {len(shape)} outputs"
            )
        return shape if isinstance(shape, tuple) else None
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return _traced_shape(model, image_shape)


def _traced_shape(model: keras.Model, image_shape: tuple[int, ...]) -> tuple[int | None, ...] | None:
    """Return the shape of the model's output by tracing its `call` without data; `None` if that fails."""
    try:
        output = model.compute_output_spec(keras.KerasTensor((None, *image_shape)))
    except Exception:  # noqa: BLE001 (the user's `call` may raise any error without data; the first step will show it)
        return None
    return tuple(output.shape) if isinstance(output, keras.KerasTensor) else None


def _last_layer(model: Any) -> Any:
    """Return the layer that makes the output, also inside nested models; `None` if it is unknown."""
    layer = model
    while isinstance(layer, keras.Model):
        if isinstance(layer, keras.Sequential):
            layer = layer.layers[-1] if layer.layers else None
        else:
            history = getattr((getattr(layer, "outputs", None) or [None])[0], "_keras_history", None)
            layer = None if history is None else history.operation
    return layer


def last_activation(model: keras.Model) -> str | None:
    """Return Keras' name of the last layer's activation, such as "softmax"; `None` if it is unknown."""
    layer = _last_layer(model)
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", None) if callable(function) else None


def _check_activation(data: ImageData, mode: Mode, units: int, activation: str | None) -> None:
    way_out = _way_out(mode, _outputs(data))
    if activation == "softmax" and units == 1:
        raise InputError(f"the model ends in softmax over one output, which is 1 whatever the picture: {way_out}")
    if activation == "softmax" and mode in ("multi_label", "regression"):
        why = "classes that go together" if mode == "multi_label" else "numbers"
        raise InputError(
            f"the model ends in softmax, whose outputs sum to 1, and the labels are {why} ({mode}): {way_out}"
        )
    if activation == "sigmoid" and mode in ("int", "categorical"):
        raise InputError(
            "the model ends in sigmoid, which judges each class alone, and each picture has one of the classes "
            f"({mode}): {way_out}"
        )
    if mode != "regression":
        return
    low, high = float(data.train_examples.labels.min()), float(data.train_examples.labels.max())
    reach = {"sigmoid": (0.0, 1.0), "relu": (0.0, float("inf")), "tanh": (-1.0, 1.0)}.get(activation or "")
    if reach is not None and (low < reach[0] or high > reach[1]):
        raise InputError(
            f"the model ends in {activation}, which reaches from {reach[0]:g} to {reach[1]:g}, and the values to learn "
            f"lie from {low:g} to {high:g}: {way_out}"
        )


def _loss(model: keras.Model) -> tuple[str | None, bool]:
    """Return Keras' name of the loss, and whether it takes logits.

    The name is `None` if the model is not compiled, has several losses, or has a loss that is not from Keras.
    """
    loss = model.loss if getattr(model, "compiled", False) else None
    while isinstance(loss, (list, tuple, dict)) and len(loss) == 1:
        loss = next(iter(loss.values() if isinstance(loss, dict) else loss))
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    if loss is None or isinstance(loss, (list, tuple, dict)):
        return None, False
    function = getattr(loss, "fn", loss)
    name = getattr(function, "__name__", None)
    known = name is not None and getattr(keras.losses, name, None) is function
    if not known:
        return None, False
    return name, isinstance(loss, keras.losses.Loss) and bool(loss.get_config().get("from_logits", False))


def _check_loss(mode: Mode, outputs: int, activation: str | None, loss: str | None, logits: bool) -> None:
    if loss is None:
        return
    way_out = _way_out(mode, outputs)
    if loss in UNFIT[mode] or (mode == "int" and loss not in SPARSE):
        also = ", or build the data with label_mode='categorical'" if mode == "int" and loss in ONE_CLASS else ""
        raise InputError(f"loss {loss} does not fit labels of label_mode={mode!r}: {way_out}{also}")
    if loss not in CROSSENTROPIES:
        return
    if logits and activation in ("sigmoid", "softmax"):
        raise InputError(
            f"loss {loss} with from_logits=True applies {_fitting(mode).activation} itself, and the model ends in "
            f"{activation} already: leave from_logits out, or the activation"
        )
    if not logits and activation in ("linear", "relu", "tanh"):
        raise InputError(
            f"loss {loss} needs probabilities, and the model ends in {activation}: {way_out}, or give the loss "
            "from_logits=True behind a linear layer"
        )


def check_model(model: keras.Model, data: ImageData) -> None:
    """Refuse a model that would fail on the data or could not learn from them, before a training step is taken.

    The check covers the shape of the input, the number of outputs, the activation of the last layer, and the loss if
    the model is compiled with one of Keras' losses. Properties that are unknown before the first step are not checked:
    those of a model that computes in Python, and of a loss that is not from Keras.

    Args:
        model: a model, compiled or not, built or not.
        data: the data that the model will be trained on.

    Raises:
        InputError: the model does not fit; the message says why, and what would fit.
    """
    if not isinstance(model, keras.Model):
        received = model.__name__ if inspect.isclass(model) else type(model).__name__
        raise InputError(f"model must be a Keras model. Received: {received}")
    if not isinstance(data, ImageData):
        raise InputError(
            f"data must be what pipeline.from_directory or pipeline.from_arrays gave. Received: {type(data).__name__}"
        )
    for layer in mixing_layers([model]):
        raise InputError(
            f"a layer in a model is called with images alone, and {named(layer)} changes their labels too: images "
            f"would be blended and every label left as it was. Take it out of the model; {WAY_OUT}"
        )
    mode = data.label_mode
    if mode is None:
        raise InputError("the data have no labels to train a model on: build them with a label_mode other than None")
    image_shape = (*data.image.image_size, data.image.channels)
    outputs = _outputs(data)
    _check_input(model, image_shape)
    shape, activation = _output_shape(model, image_shape), last_activation(model)
    if shape is not None:
        units = shape[-1]
        if len(shape) == 2 and units is not None:
            _check_activation(data, mode, units, activation)
        if len(shape) != 2 or units not in (None, outputs):
            needed = "one output" if outputs == 1 else f"{outputs} outputs"
            raise InputError(
                f"the model's output is {list(shape)}, and labels of label_mode={mode!r} need {needed} a picture: "
                f"{_way_out(mode, outputs)}"
            )
    _check_loss(mode, outputs, activation, *_loss(model))
