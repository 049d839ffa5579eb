"""What IPython adds to Python, taken out of a cell without moving anything else: %magics, !commands, help?."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from pipeline.migrate.text import Text, split_lines

__all__ = ["Cell", "parse", "read_cell"]

_COMMAND = re.compile(r"^\s*(?:[%!?].*|[\w.]+\?{1,2}\s*(?:#.*)?)$")
_ASSIGNED = re.compile(r"^\s*[\w.,\s\[\]]+=\s*([%!].*)$")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_INDENT = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))*([ \t]+)(?=\S)")
_PROMPT = re.compile(r"\s*>>>(?: |$)", re.MULTILINE)
_PROMPT_OF_A_LINE = re.compile(r"[ \t\f]*(?:>>>|\.\.\.)(?: |(?=[\r\n]|$))")
_PYTHON_CELLS = {"time", "timeit", "capture", "prun", "python3", "python", "debug", "memit", "mprun", "lprun"}


@dataclass(frozen=True)
class Cell:
    """A cell as plain Python of the same length, what was taken out by line, and why the rest is unreadable."""

    readable: str
    commands: tuple[tuple[int, str], ...] = ()
    error: tuple[int, str] | None = None


def parse(content: str) -> ast.Module | tuple[int, str]:
    """The tree of `content`, or the line that is no Python and what is wrong with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in someone's text is none of our business
        try:
            return ast.parse(content)
        except SyntaxError as error:
            return min(error.lineno or 1, len(Text(content).starts)), error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return 1, str(error) or "it is nested too deeply"


def read_cell(source: str) -> Cell:
    """`source` with IPython's additions replaced; a cell in another language is blank."""
    source = _begun_at_the_margin(source)
    first = _first_line(source)
    magic = _CELL_MAGIC.match(_line(Text(source), first))
    if magic and magic.group(1) not in _PYTHON_CELLS:
        return Cell(_blank(source), ((first, source),))
    commands: list[tuple[int, str]] = []
    if magic:
        source = _take_out(source, first, commands)
    wrong = parse(source)
    while isinstance(wrong, tuple):
        line = _command_line(source, wrong[0])
        if line is None:
            return Cell(_blank(source), tuple(commands), wrong)
        source = _take_out(source, line, commands)
        wrong = parse(source)
    return Cell(source, tuple(sorted(commands)))


def _begun_at_the_margin(source: str) -> str:
    """Remove what IPython removes from a cell's lines: the first line's indent, and prompts of a console.

    A form feed takes the last place of what goes: Python counts a line's indent from there, and nothing moves.
    """
    indent = _INDENT.match(source)
    if indent:
        source = "".join(_pushed(line, re.compile(indent.group(1))) for line in split_lines(source))
    if _PROMPT.match(source):
        source = "".join(_pushed(line, _PROMPT_OF_A_LINE) for line in split_lines(source))
    return source


def _pushed(line: str, taken: re.Pattern[str]) -> str:
    match = taken.match(line)
    return line if match is None else " " * (match.end() - 1) + "\f" + line[match.end() :]


def _command_line(source: str, line: int) -> int | None:
    """The line that the parser means, where it looks like IPython's, or else the first before it that does.

    The parser may find a quotation mark in a shell command worse than the command itself.
    """
    text = Text(source)
    lines: list[int] = [line, *range(1, len(text.starts) + 1)]
    for number in lines:
        if _COMMAND.match(_line(text, number)) or _ASSIGNED.match(_line(text, number)):
            return number
    return None


def _take_out(source: str, line: int, commands: list[tuple[int, str]]) -> str:
    """`source` with a zero in the place of the command, as long as it was, continuation lines included."""
    text = Text(source)
    assigned = _ASSIGNED.match(_line(text, line))
    begin = text.starts[line - 1]
    begin += assigned.start(1) if assigned else len(_line(text, line)) - len(_line(text, line).lstrip())
    end = text.line_end(begin)
    while source[begin:end].endswith("\\") and end < len(source):
        end = text.line_end(end + len(text.newline(end)))
    commands.append((line, source[begin:end]))
    return source[:begin] + "0" + _blank(source[begin + 1 : end]) + source[end:]


def _blank(source: str) -> str:
    """Spaces in the place of all but the newlines."""
    return re.sub(r"[^\r\n]", " ", source)


def _line(text: Text, line: int) -> str:
    start = text.starts[line - 1]
    return text.content[start : text.line_end(start)]


def _first_line(source: str) -> int:
    """The line of the first thing that is no space."""
    return len(Text(source[: len(source) - len(source.lstrip())]).starts)
