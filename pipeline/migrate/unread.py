"""Note code that a reader of the text cannot understand: names in strings, code in strings, star imports."""

from __future__ import annotations

import ast

from pipeline.migrate.imports import Changes
from pipeline.migrate.keras_names import DATASET, GENERATOR, LEGACY_NAMES, leads_to_images, port
from pipeline.migrate.scopes import Scopes, dotted_text

__all__ = ["find_unread"]

_BY_NAME = ("importlib.import_module", "import_module", "__import__")
_CODE = ("exec", "eval")
_TELLING = frozenset(name for name in LEGACY_NAMES | {DATASET} if name not in ("Iterator",))


def find_unread(scopes: Scopes) -> Changes:
    """Add a note for each line that could not be read; edit nothing."""
    changes = Changes()
    for node in scopes.scope_of:
        if isinstance(node, ast.Call):
            _call(node, scopes, changes)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and port(node.value):
            changes.note(node, f"{node.value!r} stands in a string and was not changed: change it by hand", unread=True)
    for use in scopes.uses:
        if use.id in _TELLING and not scopes.resolve(use.id, scopes.scope_of[use]):
            module = "pipeline" if use.id in (DATASET, GENERATOR) else "pipeline.legacy"
            text = f"{use.id} is imported nowhere that could be read: add from {module} import {use.id}"
            changes.note(use, text, unread=True)
    return changes


def _call(node: ast.Call, scopes: Scopes, changes: Changes) -> None:
    name = dotted_text(node.func)
    if name in _BY_NAME and node.args:
        _by_name(node, changes)
    elif name in _CODE and not scopes.resolve(name, scopes.scope_of[node]) and node.args:
        _code(node, name, changes)
    elif name == "getattr" and len(node.args) > 1:
        _getattr(node, scopes, changes)


def _by_name(node: ast.Call, changes: Changes) -> None:
    module = node.args[0]
    if not (isinstance(module, ast.Constant) and isinstance(module.value, str)):
        changes.note(
            node,
            "this import's module is known only when the code runs: if it is Keras', change it by hand",
            unread=True,
        )
    elif leads_to_images(module.value) and not port(module.value):
        changes.note(
            node,
            f"{module.value} is imported by a string, so its uses were not read: write import {module.value}",
            unread=True,
        )


def _code(node: ast.Call, name: str, changes: Changes) -> None:
    code = node.args[0]
    text = code.value if isinstance(code, ast.Constant) and isinstance(code.value, str) else None
    if text is None or "preprocessing" in text or GENERATOR in text or DATASET in text:
        changes.note(
            node, f"{name}() runs code that is known only then and was not read: check it by hand", unread=True
        )


def _getattr(node: ast.Call, scopes: Scopes, changes: Changes) -> None:
    """Add a note for `getattr(tf.keras, name)`, if it can lead to the image module."""
    origins = [origin for origin in scopes.origins(node.args[0]) if origin is not None and leads_to_images(origin)]
    argument = node.args[1]
    wanted = argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None
    for origin in origins:
        dotted = f"{origin}.{wanted}"
        if wanted is None or leads_to_images(dotted) or port(dotted):
            changes.note(
                node, f"getattr on {origin} hides which name is used: write the name out, {origin}.NAME", unread=True
            )
            return
