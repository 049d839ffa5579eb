"""Note how a pair of flows behaves differently in `pipeline`, each difference once."""

from __future__ import annotations

import ast

from pipeline.migrate.arguments import UNKNOWN, constant, same_source
from pipeline.migrate.imports import Changes
from pipeline.migrate.pairs import Pair
from pipeline.migrate.scopes import Scopes

__all__ = ["note_differences"]

_ONE_FOR_BOTH = ("image_size", "batch_size", "label_mode", "rescale", "color_mode", "class_names", "resize")


def note_differences(pair: Pair, scopes: Scopes) -> Changes:
    """Return the notes of both flows, and notes on differences that concern both together."""
    remarks = Changes(notes=[*pair.train.notes])
    if pair.validation is not None:
        remarks.notes += pair.validation.notes
        _note_validation(pair, scopes, remarks)
    _note_split(pair, remarks)
    _note_shifts(pair, scopes, remarks)
    return remarks


def _note_validation(pair: Pair, scopes: Scopes, remarks: Changes) -> None:
    train, validation = pair.train, pair.validation
    if validation is None:
        return
    if validation.augmenting is not None:
        text = f"{validation.name} changed its photos at random too, so it measured other photos each time"
        remarks.note(validation.call, f"{text}; here validation photos are never changed")
    for name in _ONE_FOR_BOTH:
        if name == "rescale" and pair.needs_levels:
            continue  # each split rescales by itself
        ours, theirs = train.options.get(name), validation.options.get(name)
        if not _same(ours, theirs, scopes) and name != "class_names":
            text = f"{validation.name} has {name}={theirs or 'its default'}, {train.name} {ours or 'its default'}"
            remarks.note(validation.call, f"{text}: one value counts for both here, that of {train.name}")
    if same_source(train.directory, validation.directory) and not pair.is_split:
        what = "arrays" if train.method == "flow" else "folder"
        text = f"{train.name} and {validation.name} read the same {what}: a photo that trained measures nothing"
        remarks.note(validation.call, f"{text}; use validation_split=0.2 instead")


def _same(ours: str | None, theirs: str | None, scopes: Scopes) -> bool:
    """Return whether two expressions differ at most in spaces and in how a number is written."""
    if ours is None or theirs is None:
        return ours == theirs
    values = [constant(ast.parse(f"({text}\n)", mode="eval").body, scopes) for text in (ours, theirs)]
    return same_source(ours, theirs) or (UNKNOWN not in values and values[0] == values[1])


def _note_split(pair: Pair, remarks: Changes) -> None:
    train = pair.train
    if pair.is_split:
        first = "images" if train.method == "flow" else "files of each class"
        text = f"validation_split took the first {first}; here it takes a random share of each class"
        remarks.note(train.call, f"{text}, the same for the same seed")
    elif train.subset is not None:
        whole = "array" if train.method == "flow" else "folder"
        remarks.note(train.call, f"subset={train.subset!r} is left out: {train.name} is the whole {whole} here")


def _note_shifts(pair: Pair, scopes: Scopes, remarks: Changes) -> None:
    """Add a note that Keras 3 exchanges the two shifts, if the shifts or the image's sides differ."""
    augment, size = pair.train.augment, _sides(pair.train.options.get("image_size", ""), scopes)
    width, height = augment.get("width_shift_range"), augment.get("height_shift_range")
    if (width or height) and (width != height or size is None or size[0] != size[1]):
        text = "in Keras 3 height_shift_range moved pictures sideways and width_shift_range up and down"
        remarks.note(pair.train.augmenting or pair.train.call, f"{text}; here each moves what its name says")


def _sides(text: str, scopes: Scopes) -> tuple[object, object] | None:
    """Return height and width as source text; None if the file does not write them out."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2:
        return ast.unparse(node.elts[0]), ast.unparse(node.elts[1])
    if isinstance(node, ast.Name):
        bindings = scopes.module.bindings.get(node.id, [])
        value = bindings[0].value if len(bindings) == 1 else None
        return _sides(ast.unparse(value), scopes) if value is not None and not isinstance(value, ast.Name) else None
    return None
