"""Read each flow of a folder or of arrays, with its `ImageDataGenerator`, as options of this package's builders."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.migrate.arguments import UNKNOWN, arguments, constant, source
from pipeline.migrate.imports import Changes
from pipeline.migrate.keras_names import DATASET, GENERATOR, ported
from pipeline.migrate.options import as_array_options, as_augment, as_options
from pipeline.migrate.scopes import Scopes, dotted_text
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import Note, Text

__all__ = ["Flow", "find_generator", "read_flows"]

_METHODS = {
    "flow_from_directory": "reads a folder",
    "flow": "reads arrays",
    "flow_from_dataframe": "reads a table",
    "fit": "measures photos in order to normalise them",
}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, eq=False)
class Flow:
    """A flow: a stream of batches that a generator makes from a folder or from arrays.

    Args:
        call: the call of `flow_from_directory` or `flow`.
        directory: source of the folder, or of the array x.
        options: the builder's options, as source by name.
        augment: the arguments of `Augment`, as source by name.
        augmenting: an argument of the generator that changes images at random, if there is one.
        names: the names that the user gave the flow.
        split: source of `validation_split`.
        subset: value of `subset`.
        labels: source of the array y.
        function: the generator's `preprocessing_function`.
        images_are_labels: whether `class_mode` is `"input"`.
        notes: notes on options without an equivalent.
    """

    call: ast.Call
    directory: str
    options: dict[str, str]
    augment: dict[str, str]
    augmenting: ast.expr | None
    names: tuple[str, ...]
    split: str | None = None
    subset: object = None
    labels: str | None = None
    function: ast.expr | None = None
    images_are_labels: bool = False
    notes: list[Note] = field(default_factory=list)

    @property
    def method(self) -> str:
        """Return `"flow_from_directory"`, or `"flow"` for arrays."""
        return self.call.func.attr if isinstance(self.call.func, ast.Attribute) else ""

    @property
    def name(self) -> str:
        """Return the user's name for the flow, or `flow_from_directory(...)` if it has none."""
        return self.names[0] if self.names else f"{self.method}(...)"


def read_flows(document: Document, scopes: Scopes) -> tuple[list[Flow], Changes]:
    """Return the flows of a document in the order of its text, and notes on flows without an equivalent."""
    flows, changes = [], Changes()
    calls = [node for node in scopes.scope_of if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0)):
        if _refers_to(call.func, DATASET, scopes) and not any(DATASET in note.text for note in changes.notes):
            changes.note(call, f"{DATASET} keeps its arguments: nothing but its import changes")
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not isinstance(call.func, ast.Attribute) or method not in _METHODS:
            continue
        generator = find_generator(call.func.value, scopes)
        if generator is None and method not in ("flow", "fit"):  # other objects have methods of these names too
            owner = dotted_text(call.func.value) or "this"
            text = f"which {GENERATOR} {owner} is here could not be read: no equivalent is shown"
            changes.note(call, text, unread=True)
        elif generator is not None and method in ("flow_from_directory", "flow"):
            if not _makes_several(call, method, scopes, changes):
                flow = _read(call, generator, document, scopes, changes)
                flows += [flow] if flow else []
        elif generator is not None:
            text = f"{method} {_METHODS[method]}, which from_directory does not"
            changes.note(call, f"{text}: stay with the drop-in, pipeline.{GENERATOR}")
    return flows, changes


def _makes_several(call: ast.Call, method: str, scopes: Scopes, changes: Changes) -> bool:
    """Return whether one call makes several flows, in a comprehension or as items of a dictionary; then add a note."""
    node: ast.AST = call
    inside = False
    while not isinstance(node, (ast.stmt, ast.Lambda)):
        inside = inside or isinstance(node, _COMPREHENSIONS)
        node = scopes.parents[node]
    statement = scopes.statement(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    items = [target for target in targets if isinstance(target, ast.Subscript)]
    varying = any(not isinstance(target.slice, ast.Constant) for target in items)
    if not inside and not varying:
        return False
    builder = "from_arrays" if method == "flow" else "from_directory"
    second = "validation=(x, y)" if method == "flow" else "validation=its folder"
    text = f"this {method} makes several flows, and no equivalent is shown: write pipeline.{builder} once"
    changes.note(
        call, f"{text}, with the training data first and {second}, or once for each flow; the drop-in keeps it"
    )
    return True


def find_generator(node: ast.expr, scopes: Scopes) -> ast.Call | None:
    """Return the call of `ImageDataGenerator` whose result `node` is; None if it is something else."""
    value = scopes.value(node)
    if not isinstance(value, ast.Call):
        return None
    # A name without a binding may come from a star import.
    by_star = isinstance(value.func, ast.Name) and value.func.id == GENERATOR and not scopes.origins(value.func)
    return value if by_star or _refers_to(value.func, GENERATOR, scopes) else None


def _refers_to(node: ast.expr, name: str, scopes: Scopes) -> bool:
    """Return whether `node` refers to Keras' or the drop-in's `name`, by any import."""
    origins = scopes.origins(node)
    return bool(origins) and all(origin is not None and ported(origin, name) for origin in origins)


def _read(call: ast.Call, generator: ast.Call, document: Document, scopes: Scopes, changes: Changes) -> Flow | None:
    """Read a call of `flow` or `flow_from_directory`; return None and add a note if it has no equivalent."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given, settings = arguments(call, method, scopes), arguments(generator, GENERATOR, scopes)
    what = "x" if method == "flow" else "directory"
    if given is None or settings is None or what not in given:
        hidden = generator if settings is None else call
        changes.note(hidden, "arguments in * or ** could not be read: no equivalent is shown", unread=True)
        return None
    if method == "flow" and _needs_the_drop_in(call, given, scopes, changes):
        return None
    remarks, text = Changes(), document.text
    options = (as_array_options if method == "flow" else as_options)(given, settings, text, scopes, remarks)
    augment, augmenting = as_augment(settings, text, scopes, remarks)
    _note_place(call, generator, document, scopes, remarks)
    subset = constant(given["subset"], scopes) if "subset" in given else None
    if subset is UNKNOWN:
        remarks.note(given["subset"], "subset is not written out here: check which part of the photos is meant")
    return Flow(
        call=call,
        directory=source(given[what], text),
        options=options,
        augment=augment,
        augmenting=augmenting,
        names=_names(call, scopes),
        split=_argument_source("validation_split", settings, text, scopes, 0),
        subset=subset,
        labels=_argument_source("y", given, text, scopes),
        function=_function(settings, scopes),
        images_are_labels=_has_images_as_labels(method, given, scopes),
        notes=remarks.notes,
    )


def _has_images_as_labels(method: str, given: Mapping[str, ast.expr], scopes: Scopes) -> bool:
    return method != "flow" and "class_mode" in given and constant(given["class_mode"], scopes) == "input"


def _argument_source(
    name: str, given: Mapping[str, ast.expr], text: Text, scopes: Scopes, none: object = None
) -> str | None:
    """Return the source of an argument; None if it is absent, or if its value is None or `none`."""
    node = given.get(name)
    return None if node is None or constant(node, scopes) in (none, None) else source(node, text)


def _function(settings: Mapping[str, ast.expr], scopes: Scopes) -> ast.expr | None:
    node = settings.get("preprocessing_function")
    return None if node is None or constant(node, scopes) is None else node


def _needs_the_drop_in(call: ast.Call, given: Mapping[str, ast.expr], scopes: Scopes, changes: Changes) -> bool:
    """Return whether a flow of arrays does more than `from_arrays` can; then add a note."""
    several = isinstance(scopes.value(given["x"]), (ast.Tuple, ast.List))
    weighted = "sample_weight" in given and constant(given["sample_weight"], scopes) is not None
    if several or weighted:
        what = "several arrays" if several else "sample_weight"
        changes.note(
            call, f"flow takes {what}, which from_arrays does not: stay with the drop-in, pipeline.{GENERATOR}"
        )
    return several or weighted


def _note_place(call: ast.Call, generator: ast.Call, document: Document, scopes: Scopes, remarks: Changes) -> None:
    """Add notes if a flow is made in a branch, a function or a loop."""
    if not _is_certain(call, generator, scopes):
        remarks.note(
            call, f"which {GENERATOR} is meant depends on a branch: that of {document.place(generator.lineno)} is shown"
        )
    node: ast.AST = call
    while node is not scopes.module.node:
        inside, node = node, scopes.parents[node]
        if isinstance(node, ast.For) and inside is node.iter:
            continue  # the flow is made once, before the loop begins
        if isinstance(node, (*_FUNCTIONS, ast.For, ast.While)):
            kind = "the loop" if isinstance(node, (ast.For, ast.While)) else getattr(node, "name", "a lambda") + "()"
            remarks.note(call, f"this code belongs inside {kind} of {document.place(node.lineno)}")
            return


def _is_certain(call: ast.Call, generator: ast.Call, scopes: Scopes) -> bool:
    """Return whether the flow's generator is the only one, or is set before `call` in every branch."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name) or len(scopes.resolve(owner.id, scopes.scope_of[owner])) < 2:
        return True
    block, node = scopes.parents[scopes.statement(generator)], scopes.parents[call]
    while node is not block and node in scopes.parents:
        node = scopes.parents[node]
    return node is block


def _names(call: ast.Call, scopes: Scopes) -> tuple[str, ...]:
    """Return the names to which the call's result is assigned, and its keys in dictionaries."""
    targets = [target for target, value in scopes.assigned.items() if value is call and isinstance(target, ast.expr)]
    named = tuple(name for name in map(dotted_text, targets) if name)
    parent = scopes.parents[call]
    items = zip(parent.keys, parent.values, strict=True) if isinstance(parent, ast.Dict) else ()
    keys = [key.value for key, value in items if value is call and isinstance(key, ast.Constant)]
    subscripts = [target.slice for target in targets if isinstance(target, ast.Subscript)]
    keys += [node.value for node in subscripts if isinstance(node, ast.Constant)]
    return (*named, *(key for key in keys if isinstance(key, str)))
