"""Read the arguments of calls of Keras' functions by name, positional ones too."""

from __future__ import annotations

import ast

from pipeline.migrate.scopes import Scopes
from pipeline.migrate.text import Text

__all__ = ["UNKNOWN", "arguments", "constant", "positional", "renamed", "same_source", "source", "written_out"]

UNKNOWN = object()  # the value of an expression that is not a constant

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
    "flow": ("x y batch_size shuffle sample_weight seed save_to_dir save_prefix save_format ignore_class_split subset"),
    "flow_from_directory": (
        "directory target_size color_mode classes class_mode batch_size shuffle seed save_to_dir save_prefix "
        "save_format follow_links subset interpolation keep_aspect_ratio"
    ),
    "flow_from_dataframe": (
        "dataframe directory x_col y_col weight_col target_size color_mode classes class_mode batch_size shuffle seed "
        "save_to_dir save_prefix save_format subset interpolation validate_filenames keep_aspect_ratio"
    ),
    "fit": (
        "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight "
        "sample_weight initial_epoch steps_per_epoch validation_steps validation_batch_size validation_freq"
    ),
    "evaluate": "x y batch_size verbose sample_weight steps callbacks return_dict",
    "predict": "x batch_size verbose steps callbacks",
    "fit_generator": (
        "x steps_per_epoch epochs verbose callbacks validation_data validation_steps validation_freq class_weight "
        "max_queue_size workers use_multiprocessing shuffle initial_epoch"
    ),
    "evaluate_generator": "x steps callbacks max_queue_size workers use_multiprocessing verbose",
    "predict_generator": "x steps callbacks max_queue_size workers use_multiprocessing verbose",
}
_RENAMED = {  # arguments of `..._generator` whose name changed, in Keras 2 or since
    "generator": "x",
    "nb_epoch": "epochs",
    "nb_worker": "workers",
    "pickle_safe": "use_multiprocessing",
    "max_q_size": "max_queue_size",
}
_BEFORE_2_3 = {  # Keras 2.3 inserted an argument: its place, and the arguments from that place on in older versions
    "fit_generator": (7, "class_weight max_queue_size workers use_multiprocessing shuffle initial_epoch"),
    "evaluate_generator": (2, "max_queue_size workers use_multiprocessing verbose"),
    "predict_generator": (2, "max_queue_size workers use_multiprocessing verbose"),
}
_KERAS_1 = ("samples_per_epoch", "nb_epoch", "nb_val_samples", "val_samples", "nb_worker", "pickle_safe", "max_q_size")
_COUNTS_OF_IMAGES = {
    "steps_per_epoch": "samples_per_epoch",
    "validation_steps": "nb_val_samples",
    "steps": "val_samples",
}


def arguments(call: ast.Call, function: str, scopes: Scopes) -> dict[str, ast.expr] | None:
    """Return the arguments of a call of `function` by name, in the call's order; None if `*` or `**` hides some.

    A `**` of a dictionary whose items are written in the file hides nothing.
    """
    names = positional(call, function, scopes)
    if names is None:
        return None
    by_name = dict(zip(names, call.args, strict=True))
    for keyword in call.keywords:
        items = {keyword.arg: keyword.value} if keyword.arg else written_out(keyword.value, scopes)
        if items is None:
            return None
        for name, value in items.items():
            by_name[renamed(name, function)] = value
    return by_name


def positional(call: ast.Call, function: str, scopes: Scopes) -> list[str] | None:
    """Return the names of a call's positional arguments.

    The result is None if `*` hides some, or if the names depend on an unknown version of Keras.
    """
    names = _SIGNATURES[function].split()
    if any(isinstance(value, ast.Starred) for value in call.args) or len(call.args) > len(names):
        return None
    place, older_names = _BEFORE_2_3.get(function, (len(names), ""))
    if len(call.args) > place:
        older = _is_older(call.args[place:], function, scopes)
        if older is None:
            return None
        names = [*names[:place], *older_names.split()] if older else names
    if any(keyword.arg in _KERAS_1 for keyword in call.keywords):
        names = [_COUNTS_OF_IMAGES.get(name, name) for name in names]
    return names[: len(call.args)] if len(call.args) <= len(names) else None


def _is_older(values: list[ast.expr], function: str, scopes: Scopes) -> bool | None:
    """Return whether arguments have the order from before Keras 2.3; None if their values do not show it."""
    first = scopes.value(values[0])
    number = constant(first, scopes)
    if function == "fit_generator":  # class_weight before 2.3, validation_freq since
        older = isinstance(first, (ast.Dict, ast.DictComp)) or (number is None and len(values) == 1)
        return True if older else False if isinstance(number, int) else None
    if isinstance(number, int):  # max_queue_size before 2.3, callbacks since
        return True
    return False if number is None or isinstance(first, (ast.List, ast.Tuple)) else None


def renamed(name: str, function: str) -> str:
    """Return the present name of an argument of `function`."""
    return _RENAMED.get(name, name) if function.endswith("_generator") else name


def written_out(node: ast.expr, scopes: Scopes) -> dict[str, ast.expr] | None:
    """Return the items of the dictionary that `node` is or names; None if they are not certain."""
    value = scopes.value(node)
    if isinstance(node, ast.Name) and _may_change(node, scopes):
        return None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
        more = [(None, argument) for argument in value.args]
        return _merged([*more, *((keyword.arg, keyword.value) for keyword in value.keywords)], scopes)
    if isinstance(value, ast.Dict):
        keys = [key and (key.value if isinstance(key, ast.Constant) else 0) for key in value.keys]
        return _merged(list(zip(keys, value.values, strict=True)), scopes)
    return None


def _merged(pairs: list[tuple[object, ast.expr]], scopes: Scopes) -> dict[str, ast.expr] | None:
    """Join items in order; an item without a name is a dictionary of more items."""
    found: dict[str, ast.expr] = {}
    for key, value in pairs:
        more = {key: value} if isinstance(key, str) else written_out(value, scopes) if key is None else None
        if more is None:
            return None
        found |= more
    return found


def _may_change(name: ast.Name, scopes: Scopes) -> bool:
    """Return whether `name` may hold other items, because its dictionary depends on a branch or may be changed."""
    bindings = scopes.resolve(name.id, scopes.scope_of[name])
    if len(bindings) > 1 and any(scopes.parents[scopes.statement(b.node)] is not scopes.module.node for b in bindings):
        return True
    uses = [
        use for use in scopes.uses if use.id == name.id and scopes.resolve(use.id, scopes.scope_of[use]) == bindings
    ]
    return any(not _only_reads(use, scopes) for use in uses)


def _only_reads(use: ast.Name, scopes: Scopes) -> bool:
    """Return whether this use of a dictionary cannot change it."""
    parent = scopes.parents[use]
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("copy", "get", "items", "keys", "values")
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id in ("dict", "len", "list", "print", "sorted")
    return isinstance(parent, (ast.keyword, ast.Dict)) and getattr(parent, "arg", None) is None


def constant(node: ast.expr, scopes: Scopes) -> object:
    """Return the value of `node`, or of the only assignment to its name; `UNKNOWN` if it is not a constant."""
    if isinstance(node, ast.Name):
        # A node that was parsed from another text has no scope here; the module's is taken.
        bindings = scopes.resolve(node.id, scopes.scope_of.get(node, scopes.module))
        node = bindings[0].value or node if len(bindings) == 1 else node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _quotient(node.left, node.right)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return UNKNOWN


def _quotient(numerator: ast.expr, denominator: ast.expr) -> object:
    """Return the value of a quotient such as `1. / 255`; `UNKNOWN` if it is not one of two numbers."""
    if isinstance(numerator, ast.Constant) and isinstance(denominator, ast.Constant):
        numbers = [value for value in (numerator.value, denominator.value) if isinstance(value, (int, float))]
        if len(numbers) == 2 and numbers[1]:
            return numbers[0] / numbers[1]
    return UNKNOWN


def source(node: ast.expr, text: Text) -> str:
    """Return the source of `node`, character for character, with parentheses where an argument needs them."""
    segment = text.segment(node)
    return (
        f"({segment})"
        if isinstance(node, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.GeneratorExp)) and not segment.startswith("(")
        else segment
    )


def same_source(first: str, second: str) -> bool:
    """Return whether two expressions differ at most in spaces, quotes and comments."""
    trees = [ast.dump(ast.parse(f"({text}\n)", mode="eval")) for text in (first, second)]
    return trees[0] == trees[1]
