"""The parts of a report (sections, tables, charts), and their format as text and Markdown."""

from __future__ import annotations

import dataclasses
import html
import math
import re
from collections.abc import Sequence

from bench.measure.intervals import Estimate

__all__ = ["Column", "DrawnChart", "Section", "Table", "interval", "markdown", "number", "text_table"]

NOTHING = "–"


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: the heading.
        meaning: an explanation in one line, or "".
        words: whether its cells are words, which are aligned left, instead of numbers.
    """

    name: str
    meaning: str
    words: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of text. Each row has a cell for each column."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


@dataclasses.dataclass(frozen=True)
class DrawnChart:
    """A chart in a file.

    Args:
        kind: its kind, such as "memory". The section with the same kind shows it.
        file: the name of the file, or its path.
        title: a short title.
        says: the conclusion in one sentence.
    """

    kind: str
    file: str
    title: str
    says: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A section of a report.

    Args:
        title: the heading.
        text: a paragraph of introduction.
        tables: the tables.
        kind: the kind of the charts that the section shows, or "".
        code: shell commands at the end, or "".
        charts: the charts.
    """

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    kind: str = ""
    code: str = ""
    charts: Sequence[DrawnChart] = ()

    @property
    def anchor(self) -> str:
        """The id of the section for links within a page."""
        return "-".join(self.title.lower().split())


def number(value: float | None) -> str:
    """Return a number with three significant digits and all digits before the point, or a dash for `None` and NaN."""
    if value is None or math.isnan(value):
        return NOTHING
    for least, form in ((100, ",.0f"), (10, ".1f"), (1, ".2f"), (0.01, ".3f")):
        if abs(value) >= least:
            return f"{value:{form}}"
    return f"{value:.3g}"


def interval(found: Estimate | None) -> str:
    """Return the two ends of an interval, or a dash if there are fewer than two rounds."""
    if found is None or len(found.rounds) < 2:
        return NOTHING
    return f"{number(found.low)} to {number(found.high)}"


def text_table(table: Table) -> str:
    """Return a table for a terminal, with aligned columns and numbers to the right."""
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
    """Return the whole report as Markdown, with each chart's sentence above it."""
    parts = [f"# {title}"]
    for section in sections:
        told: set[Column] = set()  # a column is explained once in a section
        parts += [f"## {section.title}", _escaped(section.text)]
        for one in section.charts:
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
    """Return text in one line with HTML escaped, since Markdown would pass it through."""
    return html.escape(_line(text), quote=False)


def _line(text: str) -> str:
    return " ".join(text.split())
