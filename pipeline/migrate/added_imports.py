"""Add `import pipeline` for dotted names that were rewritten, under an unused name and before every use."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pipeline.migrate.imports import add_after
from pipeline.migrate.scopes import Binding, Scopes
from pipeline.migrate.text import Edit, Text

__all__ = ["free_name", "import_line", "new_imports"]


def free_name(scopes: Scopes, module: str) -> str:
    """Return a name for `module` in the file: its own, unless the file uses that for something else."""
    bindings = _bindings("pipeline", scopes)
    is_ours = all(binding.origin == "pipeline" and isinstance(binding.node, ast.Import) for binding in bindings)
    names = scopes.names()
    if is_ours and (bindings or "pipeline" not in names):
        return module
    name = base = "image_" + module.replace(".", "_")
    number = 2
    while name in names and not _is_import_of(module, name, scopes):
        name, number = f"{base}_{number}", number + 1
    return name


def _bindings(name: str, scopes: Scopes) -> list[Binding]:
    return [binding for scope in scopes.scopes for binding in scope.bindings.get(name, [])]


def _is_import_of(module: str, name: str, scopes: Scopes) -> bool:
    """Return whether `name` always is `module`, since a part of the file was changed before."""
    bindings = _bindings(name, scopes)
    return bool(bindings) and all(binding.origin == module for binding in bindings)


def import_line(module: str, name: str) -> str:
    """Return the statement that imports `module` as `name`."""
    return f"import {module}" + ("" if name == module else f" as {name}")


def new_imports(
    binding: Binding, needed: Iterable[str], module_names: dict[str, str], text: Text, scopes: Scopes
) -> list[Edit]:
    """Return the edits that import modules next to an existing import or assignment.

    Args:
        binding: the import or assignment.
        needed: the modules to import.
        module_names: the name of each module in the file.
        text: the source.
        scopes: its scopes.
    """
    lines = [import_line(module, module_names[module]) for module in sorted(needed)]
    if "import pipeline.legacy" in lines:
        lines = ["import pipeline.legacy"]  # this binds `pipeline` too
    bound_in = body = scopes.statement(binding.node)
    while scopes.parents[body] is not binding.scope.node:
        body = scopes.statement(scopes.parents[body])
    if body is bound_in:
        return [add_after(body, line, text) for line in lines]
    # The imports go before the whole `try:` or `if`, because the names may be used inside it.
    first = min([body, *getattr(body, "decorator_list", [])], key=lambda node: node.lineno)
    start = text.line_start(text.start(first))
    indent = text.content[start : start + body.col_offset]  # the indent has only spaces, so bytes equal characters
    return [Edit(start, start, indent + line + text.newline(start)) for line in lines]
