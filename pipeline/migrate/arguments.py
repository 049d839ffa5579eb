"""The arguments of Keras' calls by name, as their signatures order them."""

from __future__ import annotations

import ast

from pipeline.migrate.scopes import Scopes
from pipeline.migrate.text import Text

__all__ = ["UNKNOWN", "arguments", "constant", "same_source", "source"]

UNKNOWN = object()  # the value of an expression that is no constant

_AUGMENT = (
    "rotation_range width_shift_range height_shift_range brightness_range shear_range zoom_range "
    "channel_shift_range fill_mode cval horizontal_flip vertical_flip"
)
_SIGNATURES = {
    "ImageDataGenerator": (
        "featurewise_center samplewise_center featurewise_std_normalization samplewise_std_normalization "
        f"zca_whitening zca_epsilon {_AUGMENT} rescale preprocessing_function data_format validation_split "
        "interpolation_order dtype"
    ),
    "flow_from_directory": (
        "directory target_size color_mode classes class_mode batch_size shuffle seed save_to_dir save_prefix "
        "save_format follow_links subset interpolation keep_aspect_ratio"
    ),
    "fit": (
        "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight "
        "sample_weight initial_epoch steps_per_epoch validation_steps validation_batch_size validation_freq"
    ),
    "fit_generator": (
        "x steps_per_epoch epochs verbose callbacks validation_data validation_steps validation_freq class_weight "
        "max_queue_size workers use_multiprocessing shuffle initial_epoch"
    ),
}


def arguments(call: ast.Call, function: str) -> dict[str, ast.expr] | None:
    """The arguments of a call of `function` by name, in the call's order; None where `*` or `**` hides some."""
    names = _SIGNATURES[function].split()
    hidden = any(isinstance(value, ast.Starred) for value in call.args) or len(call.args) > len(names)
    if hidden or any(keyword.arg is None for keyword in call.keywords):
        return None
    found = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        name = "x" if keyword.arg == "generator" and function.startswith("fit") else keyword.arg
        found[name or ""] = keyword.value
    return found


def constant(node: ast.expr, scopes: Scopes) -> object:
    """The value of `node`, or of the only thing that its name is given; `UNKNOWN` where it is no constant."""
    if isinstance(node, ast.Name):
        bindings = scopes.resolve(
            node.id, scopes.scope_of.get(node, scopes.module)
        )  # of a text parsed anew: the module
        node = bindings[0].value or node if len(bindings) == 1 else node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _quotient(node.left, node.right)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return UNKNOWN


def _quotient(above: ast.expr, below: ast.expr) -> object:
    """`1. / 255` as a number."""
    if isinstance(above, ast.Constant) and isinstance(below, ast.Constant):
        numbers = [value for value in (above.value, below.value) if isinstance(value, (int, float))]
        if len(numbers) == 2 and numbers[1]:
            return numbers[0] / numbers[1]
    return UNKNOWN


def source(node: ast.expr, text: Text) -> str:
    """The source of `node`, character for character, fit to stand as an argument."""
    segment = text.segment(node)
    return (
        f"({segment})"
        if isinstance(node, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.GeneratorExp)) and not segment.startswith("(")
        else segment
    )


def same_source(one: str, other: str) -> bool:
    """Whether two expressions are the same but for spaces, quotes and comments."""
    trees = [ast.dump(ast.parse(f"({text}\n)", mode="eval")) for text in (one, other)]
    return trees[0] == trees[1]
