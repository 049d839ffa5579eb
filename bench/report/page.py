"""A report's parts - sections of text, tables and pictures - and how figures and tables look as text and Markdown."""

from __future__ import annotations

import dataclasses
import html
import math
import re
from collections.abc import Sequence

from bench.measure.intervals import Estimate

__all__ = ["Column", "Picture", "Section", "Table", "interval", "markdown", "number", "text_table"]

NOTHING = "–"


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: its heading, and one line for a reader who does not know it."""

    name: str
    meaning: str
    words: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of text, as many cells each as there are columns."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A chart in a file.

    Args:
        kind: what it is of; the section that has charts of this kind holds it.
        file: its name, or where it lies.
        title: what it shows, in a few words.
        says: the one sentence to take away from it.
    """

    kind: str
    file: str
    title: str
    says: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading, what is to be known first, its tables, and its pictures, which are those of a kind."""

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    kind: str = ""
    code: str = ""
    pictures: Sequence[Picture] = ()

    @property
    def anchor(self) -> str:
        """Where links within a page point to."""
        return "-".join(self.title.lower().split())


def number(value: float | None) -> str:
    """Three digits that say something, all before the decimal point; a dash where there is none."""
    if value is None or math.isnan(value):
        return NOTHING
    for least, form in ((100, ",.0f"), (10, ".1f"), (1, ".2f"), (0.01, ".3f")):
        if abs(value) >= least:
            return f"{value:{form}}"
    return f"{value:.3g}"


def interval(found: Estimate | None) -> str:
    """Its two ends; a dash where one round says nothing about the next."""
    if found is None or len(found.rounds) < 2:
        return NOTHING
    return f"{number(found.low)} to {number(found.high)}"


def text_table(table: Table) -> str:
    """For a terminal: columns below each other, numbers to the right."""
    cells = [[column.name for column in table.columns], *([_line(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(table.columns))]
    lines = [
        "  ".join(
            cell.ljust(width) if column.words else cell.rjust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([_line(table.caption), *lines] if table.caption else lines)


def markdown(title: str, sections: Sequence[Section]) -> str:
    """Return the whole report, each picture with its sentence above it."""
    parts = [f"# {title}"]
    for section in sections:
        told: set[Column] = set()  # what a column means is said once a section
        parts += [f"## {section.title}", _escaped(section.text)]
        for one in section.pictures:
            parts += [f"**{_escaped(one.title)}.** {_escaped(one.says)}", f"![{_alternative(one.title)}]({one.file})"]
        for table in section.tables:
            parts += [f"**{_escaped(table.caption)}**" if table.caption else "", _markdown_table(table)]
            new = [column for column in table.columns if column.meaning and column not in told]
            parts.append("\n".join(f"- *{column.name}*: {column.meaning}" for column in new))
            told.update(new)
        parts.append(f"```bash\n{section.code}\n```" if section.code else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def _alternative(title: str) -> str:
    return re.sub(r"[\[\]\\]", "", _escaped(title))


def _markdown_table(table: Table) -> str:
    heads = [_cell(column.name) for column in table.columns]
    rules = ["---" if column.words else "---:" for column in table.columns]
    rows = [heads, rules, *([_cell(cell) for cell in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return _escaped(text).replace("\\", "\\\\").replace("|", "\\|")


def _escaped(text: str) -> str:
    """One line in which HTML is text; Markdown would let it through."""
    return html.escape(_line(text), quote=False)


def _line(text: str) -> str:
    return " ".join(text.split())
