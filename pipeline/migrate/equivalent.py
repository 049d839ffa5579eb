"""Write the same data with `from_directory` or `from_arrays`, as code to copy with notes in comments."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from pipeline.migrate.added_imports import free_name, import_line
from pipeline.migrate.differences import note_differences
from pipeline.migrate.fits import Fit, find_fits, write_fit
from pipeline.migrate.flows import Flow, read_flows
from pipeline.migrate.imports import Changes
from pipeline.migrate.pairs import Pair, pair_flows
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document
from pipeline.migrate.stages import Stages, unused_name, write_stages
from pipeline.migrate.text import Note
from pipeline.migrate.uses import note_uses

__all__ = ["write_equivalent"]

_WIDTH = 100
_ORDER = ("validation", "validation_split", "image_size", "batch_size", "label_mode", "rescale")


def write_equivalent(document: Document, scopes: Scopes) -> tuple[str, Changes]:
    """Return the code, empty if no flow is read, and notes on what has no equivalent."""
    flows, changes = read_flows(document, scopes)
    fits, hidden = find_fits(flows, scopes)
    changes.notes += hidden.notes
    pairs = pair_flows(flows, fits)
    if not pairs:
        return "", changes
    module = free_name(scopes, "pipeline")
    used_names = scopes.names() | {module}
    blocks: list[str] = []
    modules: dict[str, str] = {}
    batches: dict[ast.Call, str] = {}
    for pair in pairs:
        name = unused_name("data" if pair.fits or pair.validation or len(pairs) == 1 else _data_name(pair), used_names)
        stages = write_stages(pair, name, document, scopes, used_names)
        modules |= stages.modules
        batches |= {pair.train.call: stages.train}
        batches |= {pair.validation.call: stages.validation} if pair.validation is not None else {}
        blocks.append(_block(pair, name, stages, module, document, scopes))
    zips = _note_zips(batches, scopes)
    blocks += ["\n".join(_comments(zips.notes, document))] if zips.notes else []
    imports = [import_line(imported, called) for imported, called in sorted(modules.items())]
    head = "\n".join([*imports, import_line("pipeline", module)])
    return "\n\n".join([head, *blocks]) + "\n", changes


def _note_zips(batches: Mapping[ast.Call, str], scopes: Scopes) -> Changes:
    """Return a note for each `zip` of flows, such as one of images and one of masks."""
    remarks = Changes()
    for node in scopes.scope_of:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip" and node.args:
            values = [scopes.value(argument) for argument in node.args]
            sets = [batches[value] for value in values if isinstance(value, ast.Call) and value in batches]
            if len(sets) == len(values):
                form = f"tf.data.Dataset.zip(({', '.join(sets)}))"
                in_step = "in step where seed, augment, batch_size and the number of images are the same"
                remarks.note(node, f"{ast.unparse(node)} becomes {form}, {in_step}; it ends after one epoch")
    return remarks


def _data_name(pair: Pair) -> str:
    return "test_data" if "test" in pair.train.name.lower() else "data"


def _block(pair: Pair, name: str, stages: Stages, module: str, document: Document, scopes: Scopes) -> str:
    """Write the code of a pair: its notes, its data, the changes of its batches, and the fits on it."""
    remarks = note_differences(pair, scopes)
    fits = [
        write_fit(fit, stages.train, _validation(fit, pair, stages), document, scopes, remarks) for fit in pair.fits
    ]
    remarks.notes += note_uses(pair, name, stages.train, stages.validation, document, scopes).notes
    builder = "from_arrays" if pair.train.method == "flow" else "from_directory"
    code = [_call(f"{name} = {module}.{builder}", _arguments(pair, module)), *stages.code]
    code += [_call(function, parts) for function, parts in fits]
    return "\n".join([*_comments(remarks.notes, document), *code])


def _comments(notes: Sequence[Note], document: Document) -> list[str]:
    """Return the notes as comments, sorted by line; each text occurs once."""
    once = {note.text: note for note in sorted(notes, key=lambda note: -note.line)}
    ordered = sorted(once.values(), key=lambda note: note.line)
    return [f"# {document.place(note.line)}: {' '.join(note.text.split())}" for note in ordered]


def _validation(fit: Fit, pair: Pair, stages: Stages) -> str:
    """Return the expression of the batches that `fit` validates on; empty if it keeps its own validation_data."""
    return stages.validation if fit.validation is not None or (pair.validation_arrays and fit.arrays) else ""


def _arguments(pair: Pair, module: str) -> list[str]:
    train, validation = pair.train, pair.validation
    options = dict(train.options)
    if pair.needs_levels:
        options["rescale"] = "None"
    if pair.is_split:
        options["validation_split"] = train.split or ""
    elif validation is not None:
        options["validation"] = _read_by(validation)
    elif pair.validation_arrays:
        options["validation"] = pair.validation_arrays
    ordered = [name for name in (*_ORDER, *options) if name in options]
    parts = [train.directory, *([train.labels] if train.labels else [])]
    parts += [f"{name}={options[name]}" for name in dict.fromkeys(ordered)]
    if train.augment:
        augment = [f"{name}={value}" for name, value in train.augment.items()]
        parts.append("augment=" + _call(f"{module}.Augment", augment, "    "))
    return parts


def _read_by(flow: Flow) -> str:
    """Return the value of `validation=`: a folder, `x`, or `(x, y)`."""
    return f"({flow.directory}, {flow.labels})" if flow.labels else flow.directory


def _call(function: str, parts: Sequence[str], indent: str = "") -> str:
    """Return a call on one line if it fits, otherwise with one argument on each line."""
    line = f"{function}({', '.join(parts)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return f"{function}(\n" + "".join(f"{indent}    {part},\n" for part in parts) + f"{indent})"
