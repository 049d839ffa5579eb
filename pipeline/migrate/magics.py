"""Replace IPython's additions to Python in a cell (%magics, !commands, help?) without moving other characters."""

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
    """A notebook cell as plain Python.

    Args:
        readable: Python of the same length as the cell; blank if the cell cannot be read.
        commands: IPython's commands in the cell, as (line, text).
        error: line and description of a syntax error, or None.
    """

    readable: str
    commands: tuple[tuple[int, str], ...] = ()
    error: tuple[int, str] | None = None


def parse(content: str) -> ast.Module | tuple[int, str]:
    """Parse `content`; return its tree, or the line of a syntax error and its description."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings about the user's code, such as "\d", do not matter here
        try:
            return ast.parse(content)
        except SyntaxError as error:
            return min(error.lineno or 1, len(Text(content).starts)), error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return 1, str(error) or "it is nested too deeply"


def read_cell(source: str) -> Cell:
    """Read a cell's source, with IPython's additions replaced; a cell in another language becomes blank."""
    source = _remove_indent_and_prompts(source)
    first = _first_line(source)
    magic = _CELL_MAGIC.match(_line(Text(source), first))
    if magic and magic.group(1) not in _PYTHON_CELLS:
        return Cell(_blank(source), ((first, source),))
    commands: list[tuple[int, str]] = []
    if magic:
        source = _replace_command(source, first, commands)
    parsed = parse(source)
    while isinstance(parsed, tuple):
        line = _command_line(source, parsed[0])
        if line is None:
            return Cell(_blank(source), tuple(commands), parsed)
        source = _replace_command(source, line, commands)
        parsed = parse(source)
    return Cell(source, tuple(sorted(commands)))


def _remove_indent_and_prompts(source: str) -> str:
    """Blank the parts of a cell's lines that IPython ignores: the first line's indent, and prompts of a console."""
    indent = _INDENT.match(source)
    if indent:
        source = "".join(_blank_prefix(line, re.compile(indent.group(1))) for line in split_lines(source))
    if _PROMPT.match(source):
        source = "".join(_blank_prefix(line, _PROMPT_OF_A_LINE) for line in split_lines(source))
    return source


def _blank_prefix(line: str, prefix: re.Pattern[str]) -> str:
    """Replace a line's prefix by spaces and a form feed: Python counts the indent from there, and nothing moves."""
    match = prefix.match(line)
    return line if match is None else " " * (match.end() - 1) + "\f" + line[match.end() :]


def _command_line(source: str, line: int) -> int | None:
    """Return the number of a line with a command of IPython: `line`, or else the first such line of the cell.

    The parser reports `line`, but a quotation mark in a shell command may lead it to a wrong line.
    """
    text = Text(source)
    lines: list[int] = [line, *range(1, len(text.starts) + 1)]
    for number in lines:
        if _COMMAND.match(_line(text, number)) or _ASSIGNED.match(_line(text, number)):
            return number
    return None


def _replace_command(source: str, line: int, commands: list[tuple[int, str]]) -> str:
    """Replace a command, with its continuation lines, by a zero and spaces of the same length."""
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
    """Replace all characters but newlines by spaces."""
    return re.sub(r"[^\r\n]", " ", source)


def _line(text: Text, line: int) -> str:
    start = text.starts[line - 1]
    return text.content[start : text.line_end(start)]


def _first_line(source: str) -> int:
    """Return the number of the first line that is not blank."""
    return len(Text(source[: len(source) - len(source.lstrip())]).starts)
