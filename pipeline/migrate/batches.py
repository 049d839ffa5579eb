"""Note lists in the batches of the user's own generators, which Keras 3 refuses."""

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
    """Add a note for each `yield` and each `__getitem__` whose batch contains a list; edit nothing."""
    changes = Changes()
    if not any(isinstance(node, ast.Attribute) and node.attr in _READERS for node in scopes.scope_of):
        return changes
    for node in scopes.scope_of:
        if isinstance(node, ast.Yield) and node.value is not None:
            _note_lists("yield", node, node.value, text, scopes, changes)
        elif isinstance(node, ast.Return) and node.value is not None and _is_a_batch_of_a_sequence(node, scopes):
            _note_lists("return", node, node.value, text, scopes, changes)
    return changes


def _note_lists(
    word: str, node: ast.Yield | ast.Return, batch: ast.expr, text: Text, scopes: Scopes, changes: Changes
) -> None:
    is_list = isinstance(batch, ast.List)
    if is_list and word == "return":
        return  # Keras 3 accepts a list as the batch of a Sequence; only lists inside a tuple need a note
    items = batch.elts if isinstance(batch, (ast.Tuple, ast.List)) else []
    accepted = [_accepted(item, text, scopes) for item in items]
    if not items or (not is_list and accepted == [text.segment(item) for item in items]):
        return
    form = ", ".join(accepted) + ("," if len(accepted) == 1 else "")
    changes.note(node, f"Keras 3 takes no lists in a batch: if fit reads this, write {word} {' '.join(form.split())}")


def _accepted(item: ast.expr, text: Text, scopes: Scopes) -> str:
    """Write `item` in the form that Keras 3 accepts: several arrays as a tuple, numbers or images as one array."""
    value = scopes.value(item)
    if isinstance(value, ast.List) and not all(isinstance(element, ast.Constant) for element in value.elts):
        if value is not item:
            return f"tuple({text.segment(item)})"
        inner = ", ".join(text.segment(element) for element in value.elts)
        return f"({inner}{',' if len(value.elts) == 1 else ''})"
    is_list = isinstance(value, (ast.List, ast.ListComp))
    return f"np.array({text.segment(item)})" if is_list else text.segment(item)


def _is_a_batch_of_a_sequence(node: ast.Return, scopes: Scopes) -> bool:
    """Return whether `node` is in `__getitem__` of a class whose base has the name of a Keras sequence."""
    outer: ast.AST = node
    while not isinstance(outer, (*_FUNCTIONS, ast.Module)):
        outer = scopes.parents[outer]
    owner = scopes.parents.get(outer)
    if not isinstance(outer, ast.FunctionDef) or outer.name != "__getitem__" or not isinstance(owner, ast.ClassDef):
        return False
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in owner.bases]
    return any(name.endswith(_SEQUENCES) for name in bases)
