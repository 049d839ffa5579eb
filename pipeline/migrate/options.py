"""Convert Keras' arguments to those of `from_directory`, `from_arrays` and `Augment`, and note what is lost."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline.config import Augment, DataConfig, ImageConfig, LoaderConfig, resolve_seed
from pipeline.errors import InputError
from pipeline.migrate.arguments import UNKNOWN, constant, source
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.text import Text

__all__ = ["as_array_options", "as_augment", "as_options"]

_SAME = {  # Keras' name -> our name, for arguments whose value means the same
    "target_size": "image_size",
    "batch_size": "batch_size",
    "color_mode": "color_mode",
    "classes": "class_names",
    "shuffle": "shuffle",
    "seed": "seed",
    "follow_links": "follow_links",
}
_SAME_OF_ARRAYS = ("batch_size", "shuffle", "seed")
_LABEL_MODES = {"categorical": '"categorical"', "binary": '"binary"', "sparse": '"int"', None: "None", "input": "None"}
_STATISTICS = (
    "featurewise_center",
    "samplewise_center",
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
)
_CHECKS: dict[str, Any] = {
    "image_size": lambda value: ImageConfig(size=value),
    "color_mode": lambda value: ImageConfig(color_mode=value),
    "rescale": lambda value: ImageConfig(rescale=value),
    "class_names": lambda value: DataConfig(class_names=value),
    "follow_links": lambda value: DataConfig(follow_links=value),
    "batch_size": lambda value: LoaderConfig(batch_size=value),
    "shuffle": lambda value: LoaderConfig(shuffle=value),
    "seed": resolve_seed,
}
_AUGMENT = {field.name: field.default for field in dataclasses.fields(Augment)}
_FILLS = ("fill_mode", "cval")  # by themselves, they do not change an image


def as_options(
    flow: Mapping[str, ast.expr],
    settings: Mapping[str, ast.expr],
    text: Text,
    scopes: Scopes,
    remarks: Changes,
) -> dict[str, str]:
    """Return the options of `from_directory` for a flow.

    Args:
        flow: the arguments of `flow_from_directory`.
        settings: the arguments of `ImageDataGenerator`.
        text: the source.
        scopes: its scopes.
        remarks: receives notes on arguments without an equivalent.

    Returns:
        Options as source text, by name, in a fixed order.
    """
    options = {"image_size": "(256, 256)"}  # Keras' default differs from ours
    for name, own_name in _SAME.items():
        if name in flow and _is_allowed(own_name, flow[name], scopes, remarks):
            options[own_name] = source(flow[name], text)
    options["label_mode"] = _label_mode(flow.get("class_mode"), scopes, remarks)
    options["rescale"] = _rescale(settings.get("rescale"), text, scopes, remarks)
    if "keep_aspect_ratio" in flow and constant(flow["keep_aspect_ratio"], scopes) is not False:
        options["resize"] = '"crop"'
    _note_resizing(flow, scopes, remarks)
    _note_flow(flow, scopes, remarks)
    _note_settings(settings, scopes, remarks)
    order = ("image_size", "batch_size", "label_mode", "rescale")
    return {name: options[name] for name in (*order, *options) if options.get(name)}


def as_array_options(
    flow: Mapping[str, ast.expr],
    settings: Mapping[str, ast.expr],
    text: Text,
    scopes: Scopes,
    remarks: Changes,
) -> dict[str, str]:
    """Return the options of `from_arrays` for a flow of arrays, as source text; `as_options` explains the arguments."""
    options = {}
    for name in _SAME_OF_ARRAYS:
        if name in flow and _is_allowed(name, flow[name], scopes, remarks):
            options[name] = source(flow[name], text)
    options["rescale"] = _rescale(settings.get("rescale"), text, scopes, remarks)
    if "y" in flow and constant(flow["y"], scopes) is not None:
        as_ours = (
            "of two classes float32 [B, 1] (one sigmoid output), of more int32 [B], of one-hot rows float32 [B, K]"
        )
        remarks.note(flow["y"], f"flow gave y as it is; from_arrays makes {as_ours}: see label_mode")
    _note_flow(flow, scopes, remarks)
    _note_settings(settings, scopes, remarks)
    return options


def _is_allowed(name: str, node: ast.expr, scopes: Scopes, remarks: Changes) -> bool:
    """Return whether `from_directory` should be passed this value; add a note if it would refuse it.

    Values that are not constants are passed on. None means the default, and is left out.
    """
    value = constant(node, scopes)
    if value is UNKNOWN or name not in _CHECKS:
        return True
    if value is None:
        return False
    try:
        _CHECKS[name](value)
    except InputError as error:
        remarks.note(node, f"{name} is left out, because {error}")
        return False
    return True


def _label_mode(node: ast.expr | None, scopes: Scopes, remarks: Changes) -> str:
    if node is None:
        return '"categorical"'
    mode = constant(node, scopes)
    if mode is None or (isinstance(mode, str) and mode in _LABEL_MODES):
        return _LABEL_MODES[mode]
    what = "is not written out here" if mode is UNKNOWN else f"is {mode!r}, which a folder of photos cannot have"
    remarks.note(node, f'class_mode {what}: set label_mode to "binary", "int" (Keras: "sparse"), "categorical" or None')
    return ""


def _rescale(node: ast.expr | None, text: Text, scopes: Scopes, remarks: Changes) -> str:
    if node is None or constant(node, scopes) in (None, 0):
        return "None"
    return source(node, text) if _is_allowed("rescale", node, scopes, remarks) else "None"


def _note_resizing(flow: Mapping[str, ast.expr], scopes: Scopes, remarks: Changes) -> None:
    """Add notes on how `flow_from_directory` resizes differently."""
    where = flow.get("interpolation", flow["directory"])
    used = constant(where, scopes) if "interpolation" in flow else "nearest"
    if used != "bilinear":
        given = f'interpolation="{used}"' if isinstance(used, str) else "the interpolation given"
        default = "" if "interpolation" in flow else ", Keras' default"
        remarks.note(where, f"photos were resized with {given}{default}; here they are resized bilinear")
    if "keep_aspect_ratio" in flow and constant(flow["keep_aspect_ratio"], scopes) is UNKNOWN:
        remarks.note(flow["keep_aspect_ratio"], 'keep_aspect_ratio is taken to be True here: resize="crop"')


def _note_flow(flow: Mapping[str, ast.expr], scopes: Scopes, remarks: Changes) -> None:
    """Add notes on arguments of flows that have no equivalent or mean something else."""
    if "save_to_dir" in flow and constant(flow["save_to_dir"], scopes) is not None:
        remarks.note(flow["save_to_dir"], "save_to_dir has no equivalent: data.show_batch() shows a batch instead")
    if "seed" in flow and constant(flow["seed"], scopes) is not None:
        remarks.note(flow["seed"], "the same seed gives another order and other random changes than Keras' generator")


def _note_settings(settings: Mapping[str, ast.expr], scopes: Scopes, remarks: Changes) -> None:
    """Add notes on arguments of `ImageDataGenerator` that have no equivalent."""
    for name, node in settings.items():
        value = constant(node, scopes)
        if name in _STATISTICS and value is not False:
            remarks.note(node, f"{name} has no equivalent: stay with the drop-in, or normalise in the model")
        elif (name == "data_format" and value not in (None, "channels_last")) or (
            name == "dtype" and value is not None
        ):
            remarks.note(node, f"{name} has no equivalent: pictures are float32, channels last")
        elif name == "interpolation_order" and value != 1:
            remarks.note(node, "interpolation_order has no equivalent: random changes interpolate linearly, as with 1")


def as_augment(
    settings: Mapping[str, ast.expr], text: Text, scopes: Scopes, remarks: Changes
) -> tuple[dict[str, str], ast.expr | None]:
    """Return the arguments of `Augment` as source text, and the first one that changes images.

    Without an argument that changes images, the dictionary is empty.
    """
    augment: dict[str, str] = {}
    augmenting: ast.expr | None = None
    for name, node in settings.items():
        if name in _AUGMENT and _is_accepted(name, node, scopes, remarks):
            augment[name] = source(node, text)
            changes = name not in _FILLS and constant(node, scopes) not in (_AUGMENT[name], None)
            augmenting = augmenting or (node if changes else None)
    return augment if augmenting else {}, augmenting


def _is_accepted(name: str, node: ast.expr, scopes: Scopes, remarks: Changes) -> bool:
    """Return whether `Augment` accepts the value, if it is a constant; add a note if not."""
    value = constant(node, scopes)
    try:
        Augment(**({} if value is UNKNOWN else {name: value}))  # type: ignore[arg-type]  # `Augment` checks it
    except InputError as error:
        remarks.note(node, f"{name} is left out, because {error}")
        return False
    return True
