"""Convert positions in a source text, which `ast` counts in lines and UTF-8 columns, to offsets in characters."""

from __future__ import annotations

import ast
import bisect
import itertools
import re
from dataclasses import dataclass

__all__ = ["Edit", "Note", "Text", "apply_edits", "split_lines"]

_NEWLINE = re.compile(r"\r\n|\n|\r")  # Python's line ends; form feed and U+2028 are not among them


@dataclass(frozen=True)
class Edit:
    """The replacement of the text from `start` to `end` by `new`; an insertion if both are equal."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Note:
    """A note on a line; `unread` if the line could not be read or changed."""

    line: int
    text: str
    unread: bool = False


class Text:
    """A source text that converts positions of `ast` to offsets in characters."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(content))]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line (from 1) and a column (bytes of UTF-8, from 0)."""
        start = self.starts[line - 1]
        piece = self.content[start : start + column]  # a character has at least one byte, so these are enough
        return start + (column if piece.isascii() else len(piece.encode()[:column].decode()))

    def start(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Return the offset where `node` begins."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Return the offset where `node` ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def segment(self, node: ast.expr | ast.stmt | ast.alias) -> str:
        """Return the source of `node`, character for character."""
        return self.content[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """Return the start of the line that contains `offset`."""
        return self.starts[bisect.bisect_right(self.starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return the end of the line that contains `offset`, before its newline."""
        match = _NEWLINE.search(self.content, offset)
        return match.start() if match else len(self.content)

    def newline(self, offset: int) -> str:
        """Return the first newline after `offset`, else the text's first newline, else LF."""
        match = _NEWLINE.search(self.content, offset) or _NEWLINE.search(self.content)
        return match.group() if match else "\n"


def split_lines(content: str) -> list[str]:
    """Return the lines of `content` as Python counts them, each with its newline."""
    starts = [*Text(content).starts, len(content)]
    return [content[a:b] for a, b in itertools.pairwise(starts) if b > a]


def apply_edits(content: str, edits: list[Edit]) -> str:
    """Apply edits that do not overlap; insertions at the same offset keep their order."""
    pieces, offset = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [content[offset : edit.start], edit.new]
        offset = edit.end
    return "".join([*pieces, content[offset:]])
