"""A source text and its positions: lines and UTF-8 columns, as `ast` counts them, to offsets in characters."""

from __future__ import annotations

import ast
import bisect
import itertools
import re
from dataclasses import dataclass

__all__ = ["Edit", "Note", "Text", "apply_edits", "split_lines"]

_NEWLINE = re.compile(r"\r\n|\n|\r")  # Python's line ends; a form feed or U+2028 ends no line


@dataclass(frozen=True)
class Edit:
    """What stands from `start` to `end` gives way to `new`; an insertion where both are equal."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Note:
    """Something to tell about a line; `unread` where the line could not be read."""

    line: int
    text: str
    unread: bool = False


class Text:
    """A source text; positions that `ast` gives become offsets."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(content))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and a column (bytes of UTF-8, from 0)."""
        start = self.starts[line - 1]
        piece = self.content[start : start + column]  # at least as many characters as are needed
        return start + (column if piece.isascii() else len(piece.encode()[:column].decode()))

    def start(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Where `node` begins."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Where `node` ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def segment(self, node: ast.expr | ast.stmt | ast.alias) -> str:
        """The source of `node`, character for character."""
        return self.content[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """Where the line that holds `offset` begins."""
        return self.starts[bisect.bisect_right(self.starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line that holds `offset` ends, before its newline."""
        match = _NEWLINE.search(self.content, offset)
        return match.start() if match else len(self.content)

    def newline(self, offset: int) -> str:
        """The newline after `offset`; where none follows, the text's first; where it has none, LF."""
        match = _NEWLINE.search(self.content, offset) or _NEWLINE.search(self.content)
        return match.group() if match else "\n"


def split_lines(content: str) -> list[str]:
    """The lines of `content` as Python counts them, each with its newline."""
    starts = [*Text(content).starts, len(content)]
    return [content[a:b] for a, b in itertools.pairwise(starts) if b > a]


def apply_edits(content: str, edits: list[Edit]) -> str:
    """`content` with all of `edits`, which do not overlap; insertions at one place keep their order."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [content[at : edit.start], edit.new]
        at = edit.end
    return "".join([*pieces, content[at:]])
