"""Find the kind of data that is passed to fit, evaluate and predict."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from pipeline.migrate.arguments import arguments, constant
from pipeline.migrate.flows import find_generator
from pipeline.migrate.scopes import Scopes, dotted_text

__all__ = ["Stream", "read_stream"]

_FLOWS = ("flow", "flow_from_directory", "flow_from_dataframe")
_PIECES = ("zip", "map", "filter", "izip")


@dataclass(frozen=True)
class Stream:
    """The kind of an expression that yields batches.

    Args:
        kind: `"flow"`: an iterator of `ImageDataGenerator`. `"lists"`: such an iterator whose batches contain lists,
            which Keras 3 refuses. `"pieces"`: an iterator such as `zip`, which Keras 3 refuses. `"generator"`: a
            generator, which Keras 3 accepts. `"other"`: anything else.
        parts: the names of the flows that a `zip` joins; empty if it joins anything else.
    """

    kind: Literal["flow", "lists", "pieces", "generator", "other"]
    parts: tuple[str, ...] = ()


def read_stream(node: ast.expr, scopes: Scopes) -> Stream:
    """Return the kind of data that `node` is or names."""
    value = scopes.value(node)
    if isinstance(value, ast.GeneratorExp):
        return Stream("generator")
    if not isinstance(value, ast.Call):
        return Stream("other")
    if _is_flow(value, scopes):
        return Stream("lists" if _gives_lists(value, scopes) else "flow")
    if not _is_iterator(value.func, scopes):
        return Stream("generator" if _yields(value.func, scopes) else "other")
    names = [dotted_text(argument) for argument in value.args]
    flows = all(_is_flow(scopes.value(argument), scopes) for argument in value.args)
    return Stream("pieces", tuple(name for name in names if name) if flows and all(names) else ())


def _is_flow(node: ast.expr, scopes: Scopes) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _FLOWS:
        return False
    return find_generator(node.func.value, scopes) is not None


def _gives_lists(call: ast.Call, scopes: Scopes) -> bool:
    """Return whether a flow's batches contain a list, because it has several arrays or several outputs."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = arguments(call, method, scopes) or {keyword.arg or "": keyword.value for keyword in call.keywords}
    several = isinstance(scopes.value(given["x"]), (ast.Tuple, ast.List)) if "x" in given else False
    return several or ("class_mode" in given and constant(given["class_mode"], scopes) == "multi_output")


def _yields(function: ast.expr, scopes: Scopes) -> bool:
    """Return whether the file defines `function` with a `yield`; methods are recognised by name only."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    functions = [node for node in scopes.scope_of if isinstance(node, ast.FunctionDef) and node.name == name]
    return any(_holds_yield(node, scopes) for node in functions)


def _holds_yield(function: ast.FunctionDef, scopes: Scopes) -> bool:
    inside = [scope for scope in scopes.scopes if scope.node is function]
    yields = [node for node in scopes.scope_of if isinstance(node, (ast.Yield, ast.YieldFrom))]
    return any(scopes.scope_of[node] in inside for node in yields)


def _is_iterator(function: ast.expr, scopes: Scopes) -> bool:
    """Return whether `function` is Python's `zip` or another function that returns an iterator."""
    if isinstance(function, ast.Name) and not scopes.resolve(function.id, scopes.scope_of[function]):
        return function.id in _PIECES
    origins = scopes.origins(function)
    return bool(origins) and all(name is not None and name.partition(".")[0] == "itertools" for name in origins)
