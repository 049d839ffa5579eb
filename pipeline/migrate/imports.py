"""Change the import statements that import names of Keras' image module."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from pipeline.migrate.keras_names import LEGACY_NAMES, Port, is_keras_2, is_separate, leads_to_images, port
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import Edit, Note, Text

__all__ = ["Changes", "add_after", "rewrite_imports"]

_LEGACY = Port("pipeline.legacy")
_MODULE = re.compile(r"from((?:\s|\\\r?\n)+)(.+?)((?:\s|\\\r?\n)+)import\b", re.DOTALL)


@dataclass
class Changes:
    """Edits of a document, and notes to its user."""

    edits: list[Edit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, node: ast.stmt | ast.expr | ast.alias, text: str, *, unread: bool = False) -> None:
        """Add a note on the line where `node` begins; `unread` says that the line could not be read or changed."""
        self.notes.append(Note(node.lineno, text, unread))


def rewrite_imports(document: Document, scopes: Scopes) -> Changes:
    """Return the edits of all `from ... import` and `import ... as` that lead to Keras' image module."""
    changes = Changes()
    statements = [node for node in scopes.scope_of if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in sorted(statements, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.Import):
            _import(node, document.text, scopes, changes)
        elif not node.level:
            _from_import(node, document.text, scopes, changes)
    return changes


def _import(node: ast.Import, text: Text, scopes: Scopes, changes: Changes) -> None:
    """Change `import keras.preprocessing.image as X`; without `as`, chains.py changes the names where they are used."""
    for alias in node.names:
        target = port(alias.name)
        if is_keras_2(alias.name):
            _note_keras_2(node, changes)
        elif target and alias.asname and not _uses_missing_name(alias.asname, node, scopes, changes):
            changes.edits.append(
                Edit(text.start(alias), text.start(alias) + _dotted_length(text, alias), target.module)
            )


def _dotted_length(text: Text, alias: ast.alias) -> int:
    """Return the length of the module's name in the source, which may have spaces around its dots."""
    match = re.match(r"(.+?)(?:\s|\\\r?\n)+as\b", text.segment(alias), re.DOTALL)
    return match.end(1) if match else len(alias.name)


def _from_import(node: ast.ImportFrom, text: Text, scopes: Scopes, changes: Changes) -> None:
    module = node.module or ""
    if node.names[0].name == "*":
        if leads_to_images(module):
            changes.note(node, f"from {module} import * does not say which names it brings: name them", unread=True)
        return
    if is_keras_2(f"{module}.{node.names[0].name}"):
        _note_keras_2(node, changes)
    ports: dict[ast.alias, Port] = {}
    for alias in node.names:
        target = port(f"{module}.{alias.name}")
        if target is None and is_separate(module):
            place = f"tensorflow.keras.preprocessing{module.removeprefix('keras_preprocessing')}"
            absent = "keras_preprocessing is not installed with Keras 3, and pipeline.legacy has no"
            changes.note(node, f"{absent} {alias.name}: if {place} has it, import it from there", unread=True)
        elif target is None and port(module) == _LEGACY:
            changes.note(node, f"{alias.name} stays with Keras: pipeline.legacy has nothing of that name")
        if target and not (
            target.name is None and _uses_missing_name(alias.asname or alias.name, node, scopes, changes)
        ):
            ports[alias] = target
    if ports:
        _move(node, ports, text, changes)


def _move(node: ast.ImportFrom, ports: dict[ast.alias, Port], text: Text, changes: Changes) -> None:
    """Change the statement's module if all its names move; otherwise import the names that move on their own line."""
    module, named = _destination(ports)
    begin = text.start(node)
    match = _MODULE.match(text.segment(node))
    if len(ports) == len(node.names) and match:
        changes.edits.append(Edit(begin + match.start(2), begin + match.end(2), module))
        for alias, name in named.items():
            if name != alias.name:
                as_name = "" if alias.asname else f" as {alias.name}"
                start = text.start(alias)
                changes.edits.append(Edit(start, start + len(alias.name), name + as_name))
        return
    changes.edits += _remove_names(node, ports, text)
    words = [_alias(name, alias.asname or alias.name) for alias, name in named.items()]
    changes.edits.append(add_after(node, f"from {module} import {', '.join(words)}", text))


def _destination(ports: dict[ast.alias, Port]) -> tuple[str, dict[ast.alias, str]]:
    """Return the module that has all of the names, and the name of each in it."""
    targets = set(ports.values())
    if any(
        target.name is None or (target.module == "pipeline" and target.name not in LEGACY_NAMES) for target in targets
    ):
        return "pipeline", {alias: _from_top(target) for alias, target in ports.items()}
    module = max(target.module for target in targets)  # pipeline.legacy if one name needs it; it has all of them
    return module, {alias: target.name or "" for alias, target in ports.items()}


def _from_top(target: Port) -> str:
    return target.name or "legacy"


def _alias(name: str, bound: str) -> str:
    return name if name == bound else f"{name} as {bound}"


def _remove_names(node: ast.ImportFrom, ports: dict[ast.alias, Port], text: Text) -> list[Edit]:
    """Return edits that remove the names in `homes` from the statement, and keep comments and other names."""
    content, first, last = text.content, text.start(node.names[0]), text.end(node.names[-1])
    if not text.segment(node).endswith(")"):
        kept = ", ".join(text.segment(alias) for alias in node.names if alias not in ports)
        return [Edit(first, last, kept)]
    edits: list[Edit] = []
    for alias in node.names:
        if alias in ports:
            start, end = text.start(alias), text.end(alias)
            comma = re.compile(r"[ \t]*,[ \t]*").match(content, end)
            end = comma.end() if comma else _drop_comma(end, edits, content)
            if edits and edits[-1].end == start:
                start = edits.pop().start
            edits.append(Edit(start, end, ""))
    return [_whole_line(edit, text) for edit in edits]


def _drop_comma(end: int, edits: list[Edit], content: str) -> int:
    """Remove a comma on a later line, after a comment that stays; return the end of the name's edit."""
    comma = re.compile(r"((?:\s|#[^\r\n]*|\\\r?\n)*),[ \t]*").match(content, end)
    if comma:
        edits.append(Edit(comma.end(1), comma.end(), ""))
    return end


def _whole_line(edit: Edit, text: Text) -> Edit:
    """Extend an edit to its whole line if the line has nothing else."""
    begin, end = text.line_start(edit.start), text.line_end(edit.end)
    if text.content[begin : edit.start].strip() or text.content[edit.end : end].strip():
        return edit
    return Edit(begin, end + len(text.newline(end)), "")


def add_after(node: ast.stmt, line: str, text: Text) -> Edit:
    """Return the edit that adds the statement `line` after `node`.

    It goes on the next line, or after a `;` if `node` shares its line with other statements.
    """
    start, end = text.start(node), text.end(node)
    indent = text.content[text.line_start(start) : start]
    line_end = text.line_end(end)
    rest = text.content[end:line_end].strip()
    if indent.strip() or (rest and not rest.startswith("#")):
        return Edit(end, end, f"; {line}")
    return Edit(line_end, line_end, text.newline(line_end) + indent + line)


def _uses_missing_name(name: str, node: ast.Import | ast.ImportFrom, scopes: Scopes, changes: Changes) -> bool:
    """Return whether `pipeline.legacy` lacks an attribute of the module imported as `name`; add notes on them."""
    found = False
    for use in scopes.uses:
        bindings = scopes.resolve(use.id, scopes.scope_of[use]) if use.id == name else []
        parent = scopes.parents[use]
        modules = [binding.origin is not None and port(binding.origin) == _LEGACY for binding in bindings]
        if not isinstance(parent, ast.Attribute) or node not in [b.node for b in bindings] or not all(modules):
            continue  # `name` may be another value, such as an image called `image`, with other attributes
        if parent.attr not in LEGACY_NAMES:
            stays = f"{name}.{parent.attr} is not in pipeline.legacy, so the import of {name} stays with Keras"
            changes.note(use, f"{stays}: change it by hand", unread=True)
            found = True
    return found


def _note_keras_2(node: ast.stmt, changes: Changes) -> None:
    changes.note(
        node, "tf_keras is Keras 2, whose models do not take these generators: left alone; import from keras first"
    )
