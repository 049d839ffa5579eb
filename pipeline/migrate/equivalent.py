"""The same data with `pipeline.from_directory`, as code to copy: the user's own expressions, and notes by line."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.migrate.added_imports import free_name, import_line
from pipeline.migrate.differences import tell_differences
from pipeline.migrate.feeds import read_feeds
from pipeline.migrate.fits import find_fits, write_fit
from pipeline.migrate.imports import Changes
from pipeline.migrate.pairs import Pair, pair_feeds
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import Note
from pipeline.migrate.uses import tell_uses

__all__ = ["write_equivalent"]

_WIDTH = 100
_ORDER = ("validation", "validation_split", "image_size", "batch_size", "label_mode", "rescale")


def write_equivalent(document: Document, scopes: Scopes) -> tuple[str, Changes]:
    """The code, empty where no folder is read, and what could not be carried into it."""
    feeds, changes = read_feeds(document, scopes)
    fits, hidden = find_fits(feeds, scopes)
    changes.notes += hidden.notes
    pairs = pair_feeds(feeds, fits)
    if not pairs:
        return "", changes
    module = free_name(scopes, "pipeline")
    blocks = [import_line("pipeline", module)]
    taken = scopes.names() | {module}
    for pair in pairs:
        name = _free("data" if pair.fits or pair.validation or len(pairs) == 1 else _alone(pair), taken)
        taken.add(name)
        blocks.append(_block(pair, name, module, document, scopes))
    return "\n\n".join(blocks) + "\n", changes


def _alone(pair: Pair) -> str:
    return "test_data" if "test" in pair.train.name.lower() else "data"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    wanted = name
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _block(pair: Pair, name: str, module: str, document: Document, scopes: Scopes) -> str:
    """The notes on a pair, its data, and the fits on it."""
    told = tell_differences(pair, scopes)
    fits = [write_fit(fit, name, document, scopes, told) for fit in pair.fits]
    told.notes += tell_uses(pair, name, document, scopes).notes
    code = [_call(f"{name} = {module}.from_directory", _arguments(pair, module))]
    code += [_call(function, parts) for function, parts in fits]
    return "\n".join([*_comments(told.notes, document), *code])


def _comments(notes: Sequence[Note], document: Document) -> list[str]:
    """The notes, sorted by line, each text once."""
    once = {note.text: note for note in sorted(notes, key=lambda note: -note.line)}
    ordered = sorted(once.values(), key=lambda note: note.line)
    return [f"# {document.place(note.line)}: {' '.join(note.text.split())}" for note in ordered]


def _arguments(pair: Pair, module: str) -> list[str]:
    train, validation = pair.train, pair.validation
    options = dict(train.options)
    if pair.is_split:
        options["validation_split"] = train.split or ""
    elif validation is not None:
        options["validation"] = validation.directory
    ordered = [name for name in (*_ORDER, *options) if name in options]
    parts = [train.directory, *(f"{name}={options[name]}" for name in dict.fromkeys(ordered))]
    if train.augment:
        augment = [f"{name}={value}" for name, value in train.augment.items()]
        parts.append("augment=" + _call(f"{module}.Augment", augment, "    "))
    return parts


def _call(function: str, parts: Sequence[str], indent: str = "") -> str:
    """The call on one line where it fits, else an argument a line."""
    line = f"{function}({', '.join(parts)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return f"{function}(\n" + "".join(f"{indent}    {part},\n" for part in parts) + f"{indent})"
