"""IPython's additions out of a cell: the same length, the same lines, and Python."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.migrate.magics import parse, read_cell

LINES = [
    "!pip install -q x  # it's",
    "%matplotlib inline",
    "%cd '/content",
    "import tensorflow as tf",
    "if a:\n    %ls",
    "x = (3\n% 2)",
    "files = !ls \\\n  -l",
    "tf.keras?",
    "고양이 = '%'",
    "?print",
    "",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=6))
def test_what_is_left_is_python_of_the_same_shape(lines: list[str]) -> None:
    source = "\n".join(lines)
    cell = read_cell(source)
    assert cell.error is None
    ast.parse(cell.readable)
    assert len(cell.readable) == len(source)
    taken = {line for number, command in cell.commands for line in range(number, number + command.count("\n") + 1)}
    for number, (before, after) in enumerate(zip(source.split("\n"), cell.readable.split("\n"), strict=True), 1):
        assert before == after or number in taken


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        ("x = 1", []),
        ("x = (3\n% 2)", []),
        ("%%time\nx = 1", [(1, "%%time")]),
        ("\n!ls\nx = !pwd", [(2, "!ls"), (3, "!pwd")]),
        ("!ls \\\n  -l\nx = 1", [(1, "!ls \\\n  -l")]),
        ("x = 1\nx??", [(2, "x??")]),
    ],
)
def test_what_is_taken_out(source: str, commands: list[tuple[int, str]]) -> None:
    assert read_cell(source).commands == tuple(commands)


@pytest.mark.parametrize("magic", ["bash", "html", "writefile x.py", "sh", "javascript"])
def test_a_cell_in_another_language_is_blank(magic: str) -> None:
    source = f"\n%%{magic}\nfor x in; do"
    cell = read_cell(source)
    assert (cell.readable.strip(), len(cell.readable), cell.error) == ("", len(source), None)
    assert cell.commands == ((2, source),)


@pytest.mark.parametrize(("source", "line"), [("!ls\nprint 'x'", 2), ("x = 1\n\nx = (", 3), ("pip install x", 1)])
def test_what_is_no_python_is_named_by_line(source: str, line: int) -> None:
    cell = read_cell(source)
    assert cell.error is not None
    assert (cell.error[0], cell.readable.strip()) == (line, "")


@pytest.mark.parametrize("source", ["(" * 10_000, "x = '\ud800'", "-" * 200_000 + "1"])
def test_what_the_parser_itself_cannot_take_is_no_python_either(source: str) -> None:
    assert isinstance(parse(source), tuple)


def test_an_odd_escape_says_nothing(recwarn: pytest.WarningsRecorder) -> None:
    assert isinstance(parse(r"x = '\d'"), ast.Module)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("  import x\n  if x:\n    y = 1\n", "import x\nif x:\n  y = 1\n"),
        ("\n \n\tx = 1\n\ty = (2,\n\t 3)\n", "x = 1\ny = (2, 3)\n"),
        ("    %matplotlib inline\n    x = 1", "0\nx = 1"),
        ("  %%time\n  x = 1\n", "0\nx = 1\n"),
        ("  x = 1\ny = 2\n", "x = 1\ny = 2\n"),  # before IPython 9, as hosted notebooks have it
        (">>> import x\n>>> if x:\n...     y = 1\n...\n>>> z = 2\n", "import x\nif x:\n    y = 1\n\nz = 2\n"),
        ("  >>> x = 1\n  ... \n", "x = 1\n"),
    ],
)
def test_a_cell_is_read_as_ipython_runs_it(source: str, code: str) -> None:
    """IPython takes off an indent that a whole cell has, and the prompts of a console."""
    cell = read_cell(source)
    assert (cell.error, len(cell.readable)) == (None, len(source))
    assert ast.dump(ast.parse(cell.readable)) == ast.dump(ast.parse(code))


@pytest.mark.parametrize("source", ["x = 1\n  y = 2\n", "  x = 1\n    y = 2\n"])
def test_an_indent_inside_a_cell_is_no_python(source: str) -> None:
    assert read_cell(source).error is not None
