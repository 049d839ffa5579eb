"""Each `flow_from_directory` with its `ImageDataGenerator`, as arguments of `pipeline.from_directory`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from pipeline.migrate.arguments import UNKNOWN, arguments, constant, source
from pipeline.migrate.imports import Changes
from pipeline.migrate.keras_names import DATASET, GENERATOR, ported
from pipeline.migrate.options import as_augment, as_options
from pipeline.migrate.scopes import Scopes, dotted_text
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import Note

__all__ = ["Feed", "read_feeds"]

_METHODS = {
    "flow_from_directory": "reads a folder",
    "flow": "reads arrays",
    "flow_from_dataframe": "reads a table",
    "fit": "measures photos in order to normalise them",
}


@dataclass(frozen=True, eq=False)
class Feed:
    """A stream of batches: where it reads, `from_directory`'s options and `Augment`'s, each as source text."""

    call: ast.Call
    directory: str
    options: dict[str, str]
    augment: dict[str, str]
    augmenting: ast.expr | None  # an argument that changes pictures at random
    names: tuple[str, ...]
    split: str | None = None
    subset: object = None
    notes: list[Note] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the user calls it, or `flow_from_directory(...)` where it has no name."""
        return self.names[0] if self.names else "flow_from_directory(...)"


def read_feeds(document: Document, scopes: Scopes) -> tuple[list[Feed], Changes]:
    """The feeds of a document in the order of its text, and what to tell of flows that have no equivalent."""
    feeds, changes = [], Changes()
    calls = [node for node in scopes.scope_of if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0)):
        if _is(call.func, DATASET, scopes) and not any(DATASET in note.text for note in changes.notes):
            changes.tell(call, f"{DATASET} keeps its arguments: nothing but its import changes")
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not isinstance(call.func, ast.Attribute) or method not in _METHODS:
            continue
        generator = _generator(call.func.value, scopes)
        if generator is None and method not in ("flow", "fit"):  # which other things have too
            held = dotted_text(call.func.value) or "this"
            text = f"which {GENERATOR} {held} is here could not be read: no equivalent is shown"
            changes.tell(call, text, unread=True)
        elif generator is not None and method == "flow_from_directory":
            feed = _read(call, generator, document, scopes, changes)
            feeds += [feed] if feed else []
        elif generator is not None:
            text = f"{method} {_METHODS[method]}, which from_directory does not"
            changes.tell(call, f"{text}: stay with the drop-in, pipeline.{GENERATOR}")
    return feeds, changes


def _generator(node: ast.expr, scopes: Scopes) -> ast.Call | None:
    """The call of `ImageDataGenerator` that `node` holds."""
    value = scopes.value(node)
    if not isinstance(value, ast.Call):
        return None
    star = isinstance(value.func, ast.Name) and value.func.id == GENERATOR and not scopes.origins(value.func)
    return value if star or _is(value.func, GENERATOR, scopes) else None


def _is(node: ast.expr, name: str, scopes: Scopes) -> bool:
    """Whether `node` means Keras' or the drop-in's `name`, whichever import gives it."""
    origins = scopes.origins(node)
    return bool(origins) and all(origin is not None and ported(origin, name) for origin in origins)


def _read(call: ast.Call, generator: ast.Call, document: Document, scopes: Scopes, changes: Changes) -> Feed | None:
    flow, settings = arguments(call, "flow_from_directory"), arguments(generator, GENERATOR)
    if flow is None or settings is None or "directory" not in flow:
        hidden = generator if settings is None else call
        changes.tell(hidden, "arguments in * or ** could not be read: no equivalent is shown", unread=True)
        return None
    told = Changes()
    options = as_options(flow, settings, document.text, scopes, told)
    augment, augmenting = as_augment(settings, document.text, scopes, told)
    if not _is_settled(call, generator, scopes):
        told.tell(
            call, f"which {GENERATOR} is meant depends on a branch: that of {document.place(generator.lineno)} is shown"
        )
    subset = constant(flow["subset"], scopes) if "subset" in flow else None
    if subset is UNKNOWN:
        told.tell(flow["subset"], "subset is not written out here: check which part of the photos is meant")
    split = settings.get("validation_split")
    return Feed(
        call,
        source(flow["directory"], document.text),
        options,
        augment,
        augmenting,
        _names(call, scopes),
        None if split is None or constant(split, scopes) in (0, None) else source(split, document.text),
        subset,
        told.notes,
    )


def _is_settled(call: ast.Call, generator: ast.Call, scopes: Scopes) -> bool:
    """Whether the flow's generator is the only one, or is set on the way to `call` whichever branch is taken."""
    held = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(held, ast.Name) or len(scopes.resolve(held.id, scopes.scope_of[held])) < 2:
        return True
    block, node = scopes.parents[scopes.statement(generator)], scopes.parents[call]
    while node is not block and node in scopes.parents:
        node = scopes.parents[node]
    return node is block


def _names(call: ast.Call, scopes: Scopes) -> tuple[str, ...]:
    """What the call's result is assigned to."""
    held = [target for target, value in scopes.assigned.items() if value is call and isinstance(target, ast.expr)]
    return tuple(name for name in map(dotted_text, held) if name)
