"""Find the code cells in a notebook's JSON, and edit them without changing any other character."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.migrate.text import Edit, apply_edits

__all__ = ["CodeCell", "Literal", "find_code_cells", "splice"]

_SPACE = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL
)


@dataclass(frozen=True)
class Literal:
    """A JSON string: its start and end (quotes included), its value, and the white space before it."""

    start: int
    end: int
    value: str
    space: str


@dataclass(frozen=True)
class CodeCell:
    """The source of a code cell: one string or, if `listed`, a list with one string for each line."""

    literals: tuple[Literal, ...]
    listed: bool

    @property
    def source(self) -> str:
        """Return the code as one string."""
        return "".join(literal.value for literal in self.literals)


def find_code_cells(raw: str, name: str) -> list[CodeCell]:
    """Return the code cells of a notebook in their order.

    Args:
        raw: the notebook's JSON.
        name: the file's name, for error messages.

    Raises:
        InputError: `raw` is not a notebook, has the format from before 2015, or is in another language than Python.
    """
    try:
        notebook = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} must be a notebook: it is not valid JSON ({error})") from error
    _check(notebook, name)
    cells = []
    for offset, cell in zip(_elements(raw, _member(raw, _skip(raw, 0), "cells")), notebook["cells"], strict=True):
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and "source" in cell:
            cells.append(_code_cell(raw, _member(raw, offset, "source"), cell["source"], name))
    return cells


def _check(notebook: Any, name: str) -> None:
    """Raise an `InputError` if the parsed JSON is not a notebook in Python."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        old = isinstance(notebook, dict) and "worksheets" in notebook
        hint = "it is of an old format; open and save it in Jupyter first" if old else 'it holds no list "cells"'
        raise InputError(f"{name} must be a notebook: {hint}")
    metadata = notebook.get("metadata")
    for group, key in (("kernelspec", "language"), ("language_info", "name")):
        described = metadata.get(group) if isinstance(metadata, dict) else None
        language = described.get(key) if isinstance(described, dict) else None
        if isinstance(language, str) and language.lower() not in ("python", "ipython"):
            raise InputError(f"{name} must be a notebook in Python: it is one in {language}")


def _code_cell(raw: str, offset: int, source: Any, name: str) -> CodeCell:
    listed = isinstance(source, list)
    if not all(isinstance(item, str) for item in source) if listed else not isinstance(source, str):
        raise InputError(f"{name} must be a notebook: the source of a cell is neither text nor a list of texts")
    starts = list(_elements(raw, offset)) if listed else [offset]
    return CodeCell(tuple(_literal(raw, start) for start in starts), listed)


def _literal(raw: str, start: int) -> Literal:
    """Return the JSON string that begins at `start`."""
    value, end = json.JSONDecoder(strict=False).raw_decode(raw, start)
    space = start
    while raw[space - 1] in " \t\r\n":  # every string follows a `[`, `,` or `:`, at which this ends
        space -= 1
    return Literal(start, end, value, raw[space:start])


def _skip(raw: str, offset: int) -> int:
    """Return the offset of the first character from `offset` on that is not white space."""
    match = _SPACE.match(raw, offset)
    return match.end() if match else offset


def _elements(raw: str, offset: int) -> Iterator[int]:
    """Yield the offset of each element of the array at `offset`."""
    offset = _skip(raw, offset + 1)
    while raw[offset] != "]":
        yield offset
        offset = _skip(raw, json.JSONDecoder(strict=False).raw_decode(raw, offset)[1])
        offset = _skip(raw, offset + 1) if raw[offset] == "," else offset


def _member(raw: str, offset: int, wanted: str) -> int:
    """Return the offset of the value of the key `wanted` in the object at `offset`; of two equal keys, take the last.

    Python's `json` takes the last one too.
    """
    decoder, value = json.JSONDecoder(strict=False), -1
    offset = _skip(raw, offset + 1)
    while raw[offset] != "}":
        key, offset = decoder.raw_decode(raw, offset)
        offset = _skip(raw, _skip(raw, offset) + 1)
        value = offset if key == wanted else value
        offset = _skip(raw, decoder.raw_decode(raw, offset)[1])
        offset = _skip(raw, offset + 1) if raw[offset] == "," else offset
    return value


def splice(raw: str, cell: CodeCell, edits: Sequence[Edit]) -> list[Edit]:
    """Convert edits of a cell's source to edits of the JSON; in a list, each added line becomes an item."""
    changes, offset = [], 0
    for number, literal in enumerate(cell.literals):
        last = number == len(cell.literals) - 1
        own_edits = list(_within(edits, offset, offset + len(literal.value), last))
        offset += len(literal.value)
        if own_edits and number and not apply_edits(literal.value, own_edits):
            changes.append(Edit(cell.literals[number - 1].end, literal.end, ""))  # with the comma before it
        elif own_edits:
            changes += _raw_edits(raw, cell, literal, own_edits)
    return changes


def _within(edits: Sequence[Edit], start: int, end: int, last: bool) -> Iterator[Edit]:
    """Yield the part of each edit that is in the string from `start` to `end`.

    The string in which an edit begins gets all of its new text.
    """
    for edit in edits:
        begins = start <= edit.start < end or (last and edit.start == end)
        if begins or edit.start < start < edit.end:
            yield Edit(max(edit.start, start) - start, min(edit.end, end) - start, edit.new if begins else "")


def _raw_edits(raw: str, cell: CodeCell, literal: Literal, edits: Sequence[Edit]) -> Iterator[Edit]:
    inside = raw[literal.start + 1 : literal.end - 1]
    ends = itertools.accumulate((len(piece) for piece in _CHARACTER.findall(inside)), initial=literal.start + 1)
    places = list(ends)
    for edit in edits:
        new = json.dumps(edit.new, ensure_ascii=raw.isascii())[1:-1]
        if cell.listed:
            new = re.sub(r"(?<!\\)((?:\\\\)*\\n)", lambda m: f'{m.group(1)}",{literal.space}"', new)
        yield Edit(places[edit.start], places[edit.end], new)
