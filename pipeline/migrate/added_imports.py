"""`import pipeline` where whole names need it: under a name that is free, before any use, in the same scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pipeline.migrate.imports import add_after
from pipeline.migrate.scopes import Binding, Scopes
from pipeline.migrate.text import Edit, Text

__all__ = ["free_name", "import_line", "new_imports"]


def free_name(scopes: Scopes, home: str) -> str:
    """What the module `home` can be called in the file: by its name, unless the file means something else by it."""
    bindings = _bindings("pipeline", scopes)
    ours = all(binding.origin == "pipeline" and isinstance(binding.node, ast.Import) for binding in bindings)
    names = scopes.names()
    if ours and (bindings or "pipeline" not in names):
        return home
    name = wanted = "image_" + home.replace(".", "_")
    number = 2
    while name in names and not _is_import_of(home, name, scopes):
        name, number = f"{wanted}_{number}", number + 1
    return name


def _bindings(name: str, scopes: Scopes) -> list[Binding]:
    return [binding for scope in scopes.scopes for binding in scope.bindings.get(name, [])]


def _is_import_of(home: str, name: str, scopes: Scopes) -> bool:
    """Whether `name` is already this module everywhere: a part of the file was changed before."""
    bindings = _bindings(name, scopes)
    return bool(bindings) and all(binding.origin == home for binding in bindings)


def import_line(home: str, name: str) -> str:
    """The statement that makes the module `home` known as `name`."""
    return f"import {home}" + ("" if name == home else f" as {name}")


def new_imports(
    binding: Binding, needed: Iterable[str], calls: dict[str, str], text: Text, scopes: Scopes
) -> list[Edit]:
    """The imports of the modules `needed`, beside the import or assignment that `binding` is."""
    lines = [import_line(home, calls[home]) for home in sorted(needed)]
    if "import pipeline.legacy" in lines:
        lines = ["import pipeline.legacy"]  # which binds `pipeline` too
    bound_by = body = scopes.statement(binding.node)
    while scopes.parents[body] is not binding.scope.node:
        body = scopes.statement(scopes.parents[body])
    if body is bound_by:
        return [add_after(body, line, text) for line in lines]
    # Before the whole `try:` or `if`: the names may be used inside it.
    first = min([body, *getattr(body, "decorator_list", [])], key=lambda node: node.lineno)
    start = text.line_start(text.start(first))
    indent = text.content[start : start + body.col_offset]  # only spaces stand there: one byte each
    return [Edit(start, start, indent + line + text.newline(start)) for line in lines]
