"""Read a script or notebook as one Python text, and apply edits of this text to the file's bytes."""

from __future__ import annotations

import ast
import bisect
import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError, MissingPathError
from pipeline.migrate.cells import CodeCell, find_code_cells, splice
from pipeline.migrate.magics import Cell, parse, read_cell
from pipeline.migrate.text import Edit, Note, Text, apply_edits

__all__ = ["Document", "Part", "read_document", "read_file"]

_BOM = b"\xef\xbb\xbf"
_MENTIONS = ("ImageDataGenerator", "preprocessing.image", "image_dataset_from_directory", "keras_preprocessing")


@dataclass(frozen=True)
class Part:
    """A script or one code cell: its source, its position in the document's text, and its name for messages."""

    source: str
    start: int
    first_line: int
    name: str = ""


@dataclass(frozen=True)
class Document:
    """A script or notebook.

    Args:
        name: the file's name.
        raw: the file's content.
        encoding: the file's encoding.
        text: all Python code of the file.
        tree: the parsed `text`.
        parts: the script, or each code cell, at its position in `text`.
        notes: notes on lines that could not be read.
        cells: the code cells of a notebook.
    """

    name: str
    raw: str
    encoding: str
    text: Text
    tree: ast.Module
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    cells: tuple[CodeCell, ...] = field(default=())

    def place(self, line: int) -> str:
        """Describe a line of `text`: `line 3`, or `code cell 2, line 3`."""
        part = self.parts[max(bisect.bisect_right([p.first_line for p in self.parts], line) - 1, 0)]
        return f"{part.name and part.name + ', '}line {line - part.first_line + 1}"

    def located(self, line: int) -> str:
        """Describe a line with its file: `train.py:3`, or `train.ipynb: code cell 2, line 3`."""
        return f"{self.name}: {self.place(line)}" if self.cells else f"{self.name}:{line}"

    def changed(self, edits: Sequence[Edit]) -> list[tuple[Part, str]]:
        """Return each part, changed or not, with its text after `edits`."""
        return [(part, apply_edits(part.source, _local(part, edits))) for part in self.parts]

    def rewritten(self, edits: Sequence[Edit]) -> bytes:
        """Return the file's bytes after `edits`; bytes outside the edits do not change.

        Raises:
            InputError: the result would not be Python. This is a fault of this command; no file is changed.
        """
        for part, after in self.changed(edits):
            if after == part.source:
                continue
            parsed = parse(after) if not self.cells else read_cell(after).error
            if isinstance(parsed, tuple):
                raise InputError(f"{self.name} was left alone: the result would be no Python. Please report this")
        if not self.cells:
            return apply_edits(self.raw, list(edits)).encode(self.encoding)
        pairs = zip(self.parts, self.cells, strict=False)  # a notebook without code has one empty part and no cell
        spliced = [edit for part, cell in pairs for edit in splice(self.raw, cell, _local(part, edits))]
        return apply_edits(self.raw, spliced).encode(self.encoding)


def _local(part: Part, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits inside `part`, with offsets relative to it."""
    end = part.start + len(part.source)
    inside = [edit for edit in edits if part.start <= edit.start and edit.end <= end]
    return [Edit(edit.start - part.start, edit.end - part.start, edit.new) for edit in inside]


def read_file(path: Path) -> bytes:
    """Return the bytes of a script or notebook.

    Raises:
        MissingPathError: the file does not exist.
        InputError: the path is a folder, has another extension, or cannot be read.
    """
    if path.suffix.lower() not in (".py", ".ipynb") and not path.is_dir() and path.exists():
        raise InputError(f"FILE must be a script (.py) or a notebook (.ipynb). Received: {str(path)!r}")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingPathError(f"FILE must name a script or a notebook; there is no {str(path)!r}") from error
    except IsADirectoryError as error:
        raise InputError(f"FILE must be a file, not a folder: name the files, as in {path}/*.py") from error
    except (OSError, ValueError) as error:
        raise InputError(f"FILE {str(path)!r} cannot be read: {error}") from error


def read_document(name: str, data: bytes) -> Document:
    """Return the document in `data`, the bytes of the file `name`.

    Raises:
        InputError: `data` is not text, or not a notebook.
    """
    if name.lower().endswith(".ipynb"):
        return _read_notebook(name, *_decoded(name, data, "utf-8-sig" if data.startswith(_BOM) else "utf-8"))
    if b"\0" in data:
        raise InputError(f"{name} must be a text: it holds a zero byte, as files that are none do")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise InputError(f"{name} cannot be read: {error.msg or error}; save it as UTF-8") from error
    return _read_script(name, *_decoded(name, data, encoding))


def _decoded(name: str, data: bytes, encoding: str) -> tuple[str, str]:
    try:
        content = data.decode(encoding)
        same = content.encode(encoding) == data
    except UnicodeError as error:
        raise InputError(f"{name} is not the {encoding} that it should be: {error}; save it as UTF-8") from error
    if not same:
        raise InputError(f"{name} could not be written back byte for byte in {encoding}; save it as UTF-8")
    return content, encoding


def _read_script(name: str, content: str, encoding: str) -> Document:
    tree, notes = parse(content), []
    if isinstance(tree, tuple):
        notes.append(_no_python(*tree, "the file"))
        tree = ast.parse("")
    return Document(name, content, encoding, Text(content), tree, (Part(content, 0, 1),), tuple(notes))


def _read_notebook(name: str, raw: str, encoding: str) -> Document:
    cells = find_code_cells(raw, name)
    read = [read_cell(cell.source) for cell in cells]
    text = Text("\n".join(code.source for code in cells))
    tree = ast.parse("\n".join(cell.readable for cell in read))  # each character is at the same offset as in `text`
    parts: list[Part] = []
    notes: list[Note] = []
    start = 0
    for number, (code, cell) in enumerate(zip(cells, read, strict=True), 1):
        line = bisect.bisect_right(text.starts, start)
        parts.append(Part(code.source, start, line, f"code cell {number}"))
        notes += _cell_notes(cell, line - 1)
        start += len(code.source) + 1
    parts = parts or [Part("", 0, 1)]
    return Document(name, raw, encoding, text, tree, tuple(parts), tuple(notes), tuple(cells))


def _cell_notes(cell: Cell, lines_before: int) -> list[Note]:
    """Return notes on the lines of a cell that are not Python; commands may mention the generator, too."""
    notes = [] if cell.error is None else [_no_python(lines_before + cell.error[0], cell.error[1], "the cell")]
    for line, command in cell.commands:
        first = command.strip().partition("\n")[0][:60]
        if any(word in command for word in _MENTIONS):
            text = (
                f"{first!r} is no Python and could not be read, but it mentions Keras' image module: change it by hand"
            )
            notes.append(Note(lines_before + line, text, unread=True))
        else:
            notes.append(Note(lines_before + line, f"{first!r} is a notebook command, not Python: left as it is"))
    return notes


def _no_python(line: int, problem: str, subject: str) -> Note:
    old = "print" in problem or "exec" in problem or "except" in problem
    hint = "this is Python 2; convert it to Python 3 first" if old else "correct it first"
    return Note(line, f"{subject} could not be read because of this line ({problem}): {hint}", unread=True)
