"""Notes on lists in the batches of the user's own generators: Keras 3 refuses them."""

from __future__ import annotations

import ast

from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.text import Text

__all__ = ["find_lists"]

_READERS = ("fit", "evaluate", "predict", "fit_generator", "evaluate_generator", "predict_generator")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SEQUENCES = ("Sequence", "PyDataset")


def find_lists(text: Text, scopes: Scopes) -> Changes:
    """Tell of each `yield` and each `__getitem__` whose batch holds a list; nothing is edited."""
    changes = Changes()
    if not any(isinstance(node, ast.Attribute) and node.attr in _READERS for node in scopes.scope_of):
        return changes
    for node in scopes.scope_of:
        if isinstance(node, ast.Yield) and node.value is not None:
            _tell("yield", node, node.value, text, scopes, changes)
        elif isinstance(node, ast.Return) and node.value is not None and _is_a_batch_of_a_sequence(node, scopes):
            _tell("return", node, node.value, text, scopes, changes)
    return changes


def _tell(
    word: str, node: ast.Yield | ast.Return, batch: ast.expr, text: Text, scopes: Scopes, changes: Changes
) -> None:
    whole = isinstance(batch, ast.List)
    if isinstance(batch, ast.List) and word == "return":
        return  # Keras takes a list for the batch of a Sequence, and what it holds is told where it is a tuple
    items = batch.elts if isinstance(batch, (ast.Tuple, ast.List)) else []
    written = [_written(item, text, scopes) for item in items]
    if not items or (not whole and written == [text.segment(item) for item in items]):
        return
    taken = ", ".join(written) + ("," if len(written) == 1 else "")
    changes.tell(node, f"Keras 3 takes no lists in a batch: if fit reads this, write {word} {' '.join(taken.split())}")


def _written(item: ast.expr, text: Text, scopes: Scopes) -> str:
    """Write `item` as Keras 3 takes it: several arrays as a tuple, a list of numbers or images as one array."""
    value = scopes.value(item)
    if isinstance(value, ast.List) and not all(isinstance(element, ast.Constant) for element in value.elts):
        if value is not item:
            return f"tuple({text.segment(item)})"
        inner = ", ".join(text.segment(element) for element in value.elts)
        return f"({inner}{',' if len(value.elts) == 1 else ''})"
    is_list = isinstance(value, (ast.List, ast.ListComp))
    return f"np.array({text.segment(item)})" if is_list else text.segment(item)


def _is_a_batch_of_a_sequence(node: ast.Return, scopes: Scopes) -> bool:
    """Check whether `node` returns from `__getitem__` of a Keras sequence, known by the names of its bases."""
    outer: ast.AST = node
    while not isinstance(outer, (*_FUNCTIONS, ast.Module)):
        outer = scopes.parents[outer]
    held = scopes.parents.get(outer)
    if not isinstance(outer, ast.FunctionDef) or outer.name != "__getitem__" or not isinstance(held, ast.ClassDef):
        return False
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in held.bases]
    return any(name.endswith(_SEQUENCES) for name in bases)
