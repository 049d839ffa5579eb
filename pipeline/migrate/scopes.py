"""Find the bindings of each name, scope by scope, and the dotted names that an expression can mean."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

__all__ = ["Binding", "Scope", "Scopes", "dotted_text", "split_chain"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEPTH = 20  # the longest chain of assignments such as `a = b.c`, `b = d.e`; it ends a name that is assigned to itself


@dataclass(eq=False)
class Scope:
    """A module, function, class or comprehension, with the names that it binds."""

    node: ast.AST
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)  # declared `global` or `nonlocal`


@dataclass(frozen=True, eq=False)
class Binding:
    """A statement that binds a name: an import has an `origin` (a dotted name), an assignment a `value`."""

    name: str
    node: ast.AST
    scope: Scope
    origin: str | None = None
    value: ast.expr | None = None


class Scopes:
    """The scopes of a module.

    Attributes:
        module: the module's own scope.
        scopes: all scopes, the module's first.
        parents: the parent of each node.
        scope_of: the scope of each node.
        assigned: the assigned value by target; targets can be attributes and items.
        uses: the names that the module reads, in the order of the text.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree)
        self.scopes = [self.module]
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scope_of: dict[ast.AST, Scope] = {tree: self.module}
        self.assigned: dict[ast.AST, ast.expr] = {}
        self._build(tree)
        self._move_outer()
        names = [node for node in self.scope_of if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        self.uses = sorted(names, key=lambda node: (node.lineno, node.col_offset))

    def _build(self, tree: ast.Module) -> None:
        # No recursion: a sum of a thousand strings is a tree with a depth of a thousand.
        stack: list[tuple[ast.AST, Scope]] = [(tree, self.module)]
        while stack:
            node, scope = stack.pop()
            self._bind(node, scope)
            inner = self._inner(node, scope)
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                self.scope_of[child] = inner if _belongs_inside(node, child) else scope
                stack.append((child, self.scope_of[child]))

    def _inner(self, node: ast.AST, scope: Scope) -> Scope:
        """Return the scope that `node` opens, or `scope` if it opens none."""
        if not isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)):
            return scope
        self.scopes.append(Scope(node, scope))
        return self.scopes[-1]

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            scope.outer |= set(node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, origin in _imported_names(node):
                self._add(Binding(name, node, scope, origin=origin))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._assign(target, node.value)
        else:
            for name in _bound_names(node):
                self._add(Binding(name, node, scope, value=self.assigned.get(node)))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        self.assigned[target] = value
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
            if not starred and len(target.elts) == len(value.elts):
                self.assigned.update(zip(target.elts, value.elts, strict=True))

    def _add(self, binding: Binding) -> None:
        binding.scope.bindings.setdefault(binding.name, []).append(binding)

    def _move_outer(self) -> None:
        """Move names that a function declares `global` or `nonlocal` to the module's scope."""
        for scope in self.scopes:
            for name in scope.outer & set(scope.bindings):
                for binding in scope.bindings.pop(name):
                    self._add(replace(binding, scope=self.module))

    def resolve(self, name: str, scope: Scope) -> list[Binding]:
        """Return the bindings of `name`, read in `scope`; empty if nothing in the module binds it."""
        current: Scope | None = scope
        while current is not None:
            # Methods do not see the names of their class.
            is_visible = current is scope or not isinstance(current.node, ast.ClassDef)
            if is_visible and name in current.bindings:
                return current.bindings[name]
            current = current.parent
        return []

    def origins(self, node: ast.expr, depth: int = 0) -> frozenset[str | None]:
        """Return the dotted names that `node` may mean; None is one of them if it may be anything else."""
        root, attributes = split_chain(node)
        if root is None or depth > _DEPTH:
            return frozenset([None])
        found: set[str | None] = set()
        for binding in self.resolve(root.id, self.scope_of[root]):
            if isinstance(binding.value, ast.Constant) and binding.value.value is None:
                continue  # `tf = None` besides an import has no attributes of interest
            if binding.value is not None and split_chain(binding.value)[0] is not None:
                found |= self.origins(binding.value, depth + 1)
            else:
                found.add(binding.origin)
        return frozenset(name and ".".join([name, *attributes]) for name in found)

    def value(self, node: ast.expr) -> ast.expr:
        """Return the expression that was assigned to the name or attribute `node`; `node` itself if there is none.

        Of several assignments, the last one before `node` counts, because notebooks reuse names.
        """
        for _ in range(_DEPTH):
            values = self._values_of(node)
            before = [value for value in values if value is None or value.lineno < node.lineno]
            found = (before or values or [None])[-1 if before else 0]
            if found is None:
                break
            node = found
        return node

    def _values_of(self, node: ast.expr) -> list[ast.expr | None]:
        """Return all values that the module assigns to `node`, with None for other bindings."""
        if isinstance(node, ast.Name):
            bindings = self.resolve(node.id, self.scope_of[node])
            return [binding.value for binding in sorted(bindings, key=lambda b: getattr(b.node, "lineno", 0))]
        return [*self._items(node), *self._attributes.get(_target_text(node), [])]

    def _items(self, node: ast.expr) -> list[ast.expr]:
        """Return the values of the item `node` in the dictionaries that are assigned to its name."""
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            return []
        values = [binding.value for binding in self.resolve(node.value.id, self.scope_of[node.value])]
        written = [value for value in values if isinstance(value, ast.Dict)]
        pairs = [pair for value in written for pair in zip(value.keys, value.values, strict=True)]
        return [value for key, value in pairs if _same_item(key, node.slice)]

    @functools.cached_property
    def _attributes(self) -> dict[str, list[ast.expr | None]]:
        """Collect the values that are assigned to each attribute or item, such as `self.train`, in the text's order."""
        found: dict[str, list[ast.expr | None]] = {}
        targets = [target for target in self.assigned if isinstance(target, (ast.Attribute, ast.Subscript))]
        for target in sorted(targets, key=lambda target: (target.lineno, target.col_offset)):
            found.setdefault(_target_text(target), []).append(self.assigned[target])
        found.pop("", None)
        return found

    def names(self) -> set[str]:
        """Return all names that the module binds or reads."""
        return {name for scope in self.scopes for name in scope.bindings} | {use.id for use in self.uses}

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the statement that `node` is, or is a part of."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node


def split_chain(node: ast.expr) -> tuple[ast.Name | None, list[str]]:
    """Split a chain such as `tf.keras.utils` into its first name and its attributes; (None, []) if it is not one."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node, attributes[::-1]) if isinstance(node, ast.Name) else (None, [])


def dotted_text(node: ast.expr) -> str | None:
    """Return a chain such as `self.train` as text; None if `node` is not a chain of names."""
    root, attributes = split_chain(node)
    return None if root is None else ".".join([root.id, *attributes])


def _target_text(node: ast.expr) -> str:
    """Return an attribute `self.train` or an item `flows["train"]` as text; empty if `node` is neither."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"{dotted_text(node.value)}[{node.slice.value!r}]" if dotted_text(node.value) else ""
    return dotted_text(node) or ""


def _same_item(key: ast.expr | None, index: ast.expr) -> bool:
    """Return whether a dictionary's key and an index are equal constants."""
    return isinstance(key, ast.Constant) and isinstance(index, ast.Constant) and key.value == index.value


def _belongs_inside(node: ast.AST, child: ast.AST) -> bool:
    """Return whether `child` is in the scope that `node` opens; defaults, decorators and bases are not."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        body = node.body if isinstance(node.body, list) else [node.body]
        return child in body or isinstance(child, ast.arguments)
    return True


def _imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str | None]]:
    """Yield each name that an import binds, with the dotted name that it means."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield alias.asname or alias.name, f"{module}.{alias.name}"
        elif alias.asname is not None:
            yield alias.asname, alias.name
        else:
            root = alias.name.partition(".")[0]
            yield root, root


def _bound_names(node: ast.AST) -> list[str]:
    """Return the names that `node` itself binds, except by an import."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    return [node.rest] if isinstance(node, ast.MatchMapping) and node.rest else []
