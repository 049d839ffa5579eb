"""Change dotted names such as `tf.keras.preprocessing.image.ImageDataGenerator` where they are used."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from pipeline.migrate.added_imports import free_name, new_imports
from pipeline.migrate.imports import Changes
from pipeline.migrate.keras_names import LEGACY_NAMES, Port, is_keras_2, is_separate, port
from pipeline.migrate.scopes import Binding, Scope, Scopes
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import Edit, Text

__all__ = ["rewrite_chains"]

_MODULE = Port("pipeline.legacy")


def rewrite_chains(document: Document, scopes: Scopes) -> Changes:
    """Return the edits of all dotted names that lead to Keras' image module, and of the imports that they need."""
    chains = _Chains(document.text, scopes)
    for use in scopes.uses:
        chains.rewrite(use)
    chains.replace_whole_imports()
    chains.add_imports()
    return chains.changes


@dataclass
class _Chains:
    """The changes of dotted names ("chains") in a document.

    Args:
        text: the source.
        scopes: its scopes.
        changes: the edits and notes found so far.
        needed: the modules that must be imported, by scope.
        rewritten: the first name of each rewritten chain, with its binding.
    """

    text: Text
    scopes: Scopes
    changes: Changes = field(default_factory=Changes)
    needed: dict[Scope, set[str]] = field(default_factory=dict)
    rewritten: dict[ast.Name, Binding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.module_names = {module: free_name(self.scopes, module) for module in ("pipeline", "pipeline.legacy")}

    def rewrite(self, use: ast.Name) -> None:
        """Change the chain that begins with `use`, if `pipeline` has this name."""
        node, targets = self._target(use)
        if not targets or not self._is_safe(use, node, len(targets) == 1):
            return
        (target,) = targets
        new = self.module_names[target.module] + (f".{target.name}" if target.name else "")
        self.changes.edits.append(Edit(self.text.start(node), self.text.end(node), new))
        self.rewritten[use] = min(self.scopes.resolve(use.id, self.scopes.scope_of[use]), key=_position)
        self.needed.setdefault(self.rewritten[use].scope, set()).add(target.module)

    def _target(self, use: ast.Name) -> tuple[ast.expr, set[Port]]:
        """Return the part of a chain that `pipeline` replaces, and its replacements.

        There is no replacement if the chain stays, and there are several if its meaning is ambiguous.
        """
        known = {origin for origin in self.scopes.origins(use) if origin is not None}
        if any(map(port, known)):  # the first name means it already; its import (imports.py) or its value changes
            self._note_missing(use)
            return use, set()
        node: ast.expr = use
        dotted = known or {"tensorflow" if use.id == "tf" else use.id}
        while isinstance(parent := self.scopes.parents[node], ast.Attribute):
            node, dotted = parent, {f"{name}.{parent.attr}" for name in dotted}
            targets = {target for target in map(port, dotted) if target is not None}
            if any(map(is_keras_2, dotted)):
                self.changes.note(use, "tf_keras is Keras 2, whose models take no such generators: left alone")
                return use, set()
            continues = _MODULE in targets and isinstance(self.scopes.parents[node], ast.Attribute)
            if targets and not continues:
                return node, targets
            if not targets and any(port(name.rpartition(".")[0]) == _MODULE for name in dotted):
                name = ast.unparse(node)
                self.changes.note(use, f"{name} stays with Keras: pipeline.legacy has nothing of that name")
                return use, set()
        return use, set()

    def _note_missing(self, use: ast.Name) -> None:
        """Add a note if a variable holds the image module and `pipeline.legacy` lacks the attribute used."""
        parent = self.scopes.parents[use]
        bindings = self.scopes.resolve(use.id, self.scopes.scope_of[use])
        modules = {port(origin) if origin else None for origin in self.scopes.origins(use)}
        if not isinstance(parent, ast.Attribute) or parent.attr in LEGACY_NAMES or modules != {_MODULE}:
            return
        if all(binding.value is not None for binding in bindings):
            text = f"{use.id}.{parent.attr} is not in pipeline.legacy, which {use.id} now is: change it by hand"
            self.changes.note(use, text, unread=True)

    def _is_safe(self, use: ast.Name, node: ast.expr, is_unambiguous: bool) -> bool:
        """Return whether the chain `node` can be changed; if not, add a note.

        Its meaning and its position must be certain, and it must not be assigned to.
        """
        name, origins = ast.unparse(node), self.scopes.origins(use)
        problem = ""
        if not origins:
            problem = f"because {use.id} is imported nowhere that could be read"
        elif None in origins or not is_unambiguous:
            problem = f"because {use.id} may mean something else here"
        elif re.sub(r"[\s\\]", "", self.text.segment(node)) != name:
            problem = "because of where it stands, such as in an f-string"  # Python 3.11 gives wrong columns there
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            problem = "because it is assigned to"
        if problem:
            self.changes.note(use, f"{name} was not changed, {problem}: change it by hand", unread=True)
        return not problem

    def replace_whole_imports(self) -> None:
        """Replace `import keras.preprocessing.image` by `import pipeline.legacy` if nothing else needs it."""
        for scope in self.scopes.scopes:
            for name, (binding, *others) in scope.bindings.items():
                separate = all(_imports_keras_preprocessing(statement) for statement in (binding, *others))
                if (
                    isinstance(binding.node, ast.Import)
                    and (separate or not others)
                    and not self._is_still_used(name, scope)
                ):
                    for statement in (binding, *others):
                        self._replace_whole_import(name, statement.node, scope)
                elif separate:
                    self._note_still_used(name, binding)

    def _is_still_used(self, name: str, scope: Scope) -> bool:
        """Return whether something still uses `name`, which `scope` binds."""
        uses = [use for use in self.scopes.uses if use.id == name and use not in self.rewritten]
        return any(self.scopes.resolve(name, self.scopes.scope_of[use]) is scope.bindings[name] for use in uses)

    def _note_still_used(self, name: str, binding: Binding) -> None:
        """Add a note on an import of keras_preprocessing that is still used."""
        if isinstance(binding.node, ast.Import) and not (binding.origin and port(binding.origin)):
            text = f"keras_preprocessing is not installed with Keras 3, and {name} is still used"
            self.changes.note(binding.node, f"{text}: write tensorflow.keras.preprocessing instead", unread=True)

    def _replace_whole_import(self, name: str, node: ast.AST, scope: Scope) -> None:
        """Replace the modules in the import `node` that nothing but rewritten chains uses."""
        uses = [binding for binding in self.rewritten.values() if binding.scope is scope]
        for alias in node.names if isinstance(node, ast.Import) else ():
            is_whole = alias.asname is None and alias.name.startswith(f"{name}.") and port(alias.name)
            separate = is_separate(alias.name) and (alias.asname or alias.name.partition(".")[0]) == name
            is_moved = separate and alias.asname is not None and port(alias.name)  # imports.py changes it
            if (is_whole or separate) and not is_moved and self.module_names["pipeline"] == "pipeline":
                module = "pipeline.legacy" if is_whole or uses else "pipeline"
                self.changes.edits.append(Edit(self.text.start(alias), self.text.end(alias), module))
                if uses and min(uses, key=_position).node is node:  # before every use
                    self.needed.pop(scope, None)
            elif separate and not is_moved:
                text = f"keras_preprocessing is not installed with Keras 3: take {alias.name} out of this import"
                self.changes.note(alias, text, unread=True)

    def add_imports(self) -> None:
        """Add the imports of `pipeline` that the changed names need."""
        for scope in [*self.needed]:
            outer = scope.parent
            while outer is not None and outer not in self.needed:
                outer = outer.parent
            if outer is not None:  # an import outside suffices; a second one inside would make the name local
                self.needed[outer] |= self.needed.pop(scope)
        for scope, needed in self.needed.items():
            bindings = [binding for binding in self.rewritten.values() if binding.scope is scope]
            first = min(bindings, key=_position)
            self.changes.edits += new_imports(first, needed, self.module_names, self.text, self.scopes)


def _imports_keras_preprocessing(binding: Binding) -> bool:
    return isinstance(binding.node, ast.Import) and binding.origin is not None and is_separate(binding.origin)


def _position(binding: Binding) -> tuple[int, int]:
    return getattr(binding.node, "lineno", 0), getattr(binding.node, "col_offset", 0)
